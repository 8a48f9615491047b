"""A key that was replaced: the new one is asked too, and gets what it knows and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storyboard.people.keys import ApiKey
from storyboard.renders.keys import KeyTests
from storyboard.renders.models import Gate, Hook
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
