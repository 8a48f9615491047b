"""A key that was replaced: the new one is asked too, and gets what it knows and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storyboard.people.keys import ApiKey
from storyboard.people.models import Team
from storyboard.renders.again import send_again
from storyboard.renders.heard import SELDOM, SELDOM_FOR, Hook
from storyboard.renders.keys import KeyTests
from storyboard.renders.models import Gate
from storyboard.renders.states import State
from tests.films import film
from tests.house import KEY, House, give_key

NEW_KEY = "sk-the-new-one-000000"


def replace(house: House, *, same_account: bool) -> ApiKey:
    """Give the team another key at the same service; of the same account, it is revoked there."""
    if same_account:
        house.service.key = NEW_KEY
    else:
        house.service.strangers.add(NEW_KEY)
    return give_key(house.render.project.team, house.service, NEW_KEY)


def tend(house: House) -> None:
    KeyTests(house.clients, lambda: house.time).tend()


def asked_by(house: House, key: str) -> int:
    return sum(poll.headers["authorization"] == f"Bearer {key}" for poll in house.service.polls)


@pytest.fixture
def sent(house) -> House:
    """A house whose render the service has, paid for by the first key."""
    assert house.tick() == State.WAITING
    house.make(film(72))
    return house


def test_a_passing_403_hands_no_paid_render_to_another_accounts_key(sent):
    paid_by = sent.render.api_key
    replace(sent, same_account=False)
    sent.service.next_poll("error", status=403)
    while sent.next_tick() == State.WAITING:
        tend(sent)
    assert sent.state in (State.SAVING, State.READY)
    assert sent.render.api_key == paid_by
    assert asked_by(sent, NEW_KEY) == 1
    assert Gate.objects.get(account=sent.render.account).refused == ""


def test_an_account_that_does_not_know_the_task_fails_nothing_and_is_asked_seldom(sent):
    paid_by = sent.render.api_key
    replace(sent, same_account=False)
    sent.service.every("poll", "error", status=403)
    for _ in range(12):
        assert sent.next_tick() == State.WAITING
        tend(sent)
    assert asked_by(sent, NEW_KEY) < asked_by(sent, KEY) <= 12
    assert sent.render.next_step_at - sent.time >= timedelta(minutes=9)
    assert (sent.render.api_key, sent.render.misses) == (paid_by, 0)
    paid_by.refresh_from_db()
    assert paid_by.sealed
    sent.service.every("poll")
    assert sent.until_end() == State.READY
    assert sent.render.api_key == paid_by


def test_a_new_key_that_is_refused_as_well_leaves_the_render_to_its_own(sent):
    paid_by = sent.render.api_key
    new = give_key(sent.render.project.team, sent.service, NEW_KEY)
    sent.service.next_poll("error", status=403)
    assert sent.next_tick() == State.WAITING
    assert sent.until_end() == State.READY
    assert sent.render.api_key == paid_by
    assert Gate.objects.get(account=f"{sent.service.url}#{new.pk}").refused == "INVALID_API_KEY"


def test_a_render_whose_key_is_erased_is_not_failed_by_the_key_of_now(sent):
    replace(sent, same_account=False)
    ApiKey.objects.filter(pk=sent.render.api_key_id).update(sealed="")
    for _ in range(6):
        assert sent.next_tick() == State.WAITING
    assert sent.render.reason == "key_gone"
    assert sent.render.next_step_at - sent.time == timedelta(minutes=10)
    sent.service.key = NEW_KEY
    assert sent.until_end() == State.READY


# What was given up, or whose answer was lost


@pytest.fixture
def unsure(house) -> House:
    """A house whose render was charged to the first key, and whose answer was lost."""
    house.service.next_submit("reset", charge=True)
    assert house.tick() == State.UNSURE
    return house


def hear(house: House) -> None:
    Hook.objects.note(house.render.pk, house.service.ledger[0], house.time)


def next_look(house: House) -> str:
    """Let as much time pass as the webhook's task wants to wait, and look into it."""
    house.time = max(house.time, Hook.objects.get().due_at)
    assert house.poller.hooks.tick()
    return house.state


def take_away(house: House) -> None:
    Team.objects.filter(pk=house.render.project.team_id).update(api_key=None)


def pass_days(house: House, days: float) -> None:
    house.time += timedelta(days=days)
    tend(house)


def test_an_unsure_render_comes_home_by_the_key_that_replaced_the_revoked_one(unsure):
    new = replace(unsure, same_account=True)
    hear(unsure)
    assert next_look(unsure) == State.UNSURE
    assert next_look(unsure) == State.WAITING
    assert (unsure.render.api_key, unsure.render.account) == (new, f"{new.address}#{new.pk}")
    assert asked_by(unsure, KEY) == 1
    assert unsure.until_end() == State.READY
    assert len(unsure.service.ledger) == 1


def test_what_nobody_waits_for_comes_late_by_the_key_that_replaced_the_revoked_one(sent):
    sent.render.stop_waiting(sent.time)
    new = replace(sent, same_account=True)
    assert next_look(sent) == State.CANCELLED
    assert next_look(sent) == State.WAITING
    assert sent.until_end() == State.READY
    assert (sent.render.api_key, sent.render.late) == (new, True)
    assert asked_by(sent, KEY) == 1


def test_an_unsure_render_is_not_bound_to_an_account_that_does_not_know_its_task(unsure):
    paid_by = unsure.render.api_key
    replace(unsure, same_account=False)
    unsure.service.every("poll", "error", status=403)
    hear(unsure)
    for _ in range(8):
        assert next_look(unsure) == State.UNSURE
        tend(unsure)
    assert asked_by(unsure, NEW_KEY) < asked_by(unsure, KEY) == 8
    unsure.service.every("poll")
    assert next_look(unsure) == State.WAITING
    assert unsure.render.api_key == paid_by
    assert unsure.until_end() == State.READY


def test_over_money_a_webhooks_task_is_asked_for_by_the_account_that_paid(unsure):
    paid_by = unsure.render.api_key
    Gate.objects.update_or_create(
        account=unsure.render.account,
        defaults={"refused": "BILLING_BALANCE_NOT_ENOUGH", "refused_at": unsure.time},
    )
    replace(unsure, same_account=False)
    hear(unsure)
    assert next_look(unsure) == State.WAITING
    assert unsure.render.api_key == paid_by
    assert asked_by(unsure, NEW_KEY) == 0


@pytest.mark.parametrize("act", ["let go", "send again"])
def test_what_was_let_go_comes_late_though_its_key_was_taken_away(unsure, editor, act):
    if act == "let go":
        unsure.render.let_go(unsure.time)
    else:
        send_again(unsure.render, editor, unsure.time)
    take_away(unsure)
    pass_days(unsure, 0.9)
    hear(unsure)
    unsure.service.answers("succeed", task_id=unsure.service.ledger[0])
    assert next_look(unsure) == State.WAITING
    assert asked_by(unsure, KEY) == 1
    assert unsure.until_end() == State.READY
    assert unsure.render.late
    tend(unsure)
    assert ApiKey.objects.get().sealed == ""


def test_what_seemed_refused_keeps_its_key_for_the_day_in_which_it_may_come_late(house):
    house.service.next_submit("refuse", charge=True)
    assert house.tick() == State.FAILED
    take_away(house)
    pass_days(house, 0.9)
    assert ApiKey.objects.get().sealed
    pass_days(house, 0.1)
    assert ApiKey.objects.get().sealed == ""


@pytest.mark.parametrize("end", ["the service called it failed", "it was never sent"])
def test_of_what_nothing_can_come_no_key_is_kept(house, end):
    if end == "it was never sent":
        house.render.cancel(house.time)
    else:
        house.tick()
        house.service.answers("failed", task_id=house.render.task_id)
        assert house.until_end() == State.FAILED
    take_away(house)
    tend(house)
    assert ApiKey.objects.get().sealed == ""


@pytest.fixture
def keyless(unsure) -> House:
    """A house whose render was let go, and whose key was taken away and erased since."""
    unsure.render.let_go(unsure.time)
    take_away(unsure)
    pass_days(unsure, 1)
    assert ApiKey.objects.get().sealed == ""
    hear(unsure)
    return unsure


def test_without_its_key_a_webhooks_task_is_asked_for_by_the_new_one(keyless):
    assert next_look(keyless) == State.CANCELLED
    assert keyless.service.polls == []
    new = replace(keyless, same_account=True)
    keyless.service.answers("succeed", task_id=keyless.service.ledger[0])
    assert next_look(keyless) == State.WAITING
    assert keyless.until_end() == State.READY
    assert (keyless.render.api_key, keyless.render.late) == (new, True)


@pytest.mark.parametrize("replaced", [False, True])
def test_a_webhooks_task_that_no_key_knows_ends_within_a_day_and_says_so(keyless, replaced):
    if replaced:
        replace(keyless, same_account=False)
    looks = 0
    while Hook.objects.get().due_at:
        assert next_look(keyless) == State.CANCELLED
        looks += 1
    assert looks == SELDOM_FOR / SELDOM + 1
    assert Hook.objects.get().outcome == "its key was taken away"
    assert asked_by(keyless, NEW_KEY) == (looks if replaced else 0)
    assert keyless.render.task_id is None


def test_with_a_revoked_key_what_nobody_waits_for_is_asked_for_a_day_only(sent):
    sent.render.stop_waiting(sent.time)
    sent.service.key = "revoked"
    while Hook.objects.get().due_at:
        assert next_look(sent) == State.CANCELLED
    assert Hook.objects.get().outcome == "nothing came within a day"
    assert sent.time - sent.render.finished_at < timedelta(days=1, minutes=11)


def test_what_seemed_too_early_and_was_accepted_is_not_sent_again_by_another_account(house):
    paid_by = house.render.api_key
    house.service.next_submit("rate_limit", after=60, charge=True)
    assert house.tick() == State.QUEUED
    replace(house, same_account=False)
    # It is known to the service a moment later than the webhook says.
    house.service.next_poll("refuse", status=404, reason="TASK_NOT_FOUND")
    hear(house)
    house.time = house.render.next_step_at
    assert house.poller.hooks.tick()
    assert house.tick() == State.QUEUED
    assert next_look(house) == State.WAITING
    assert house.render.api_key == paid_by
    assert house.until_end() == State.READY
    assert len(house.service.ledger) == 1
