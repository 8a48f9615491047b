"""A key that was replaced: the new one is asked too, and gets what it knows and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storyboard.people.keys import ApiKey
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
