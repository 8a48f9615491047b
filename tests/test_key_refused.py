"""A refused key or account holds every render of its engine back, and fails none."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from storyboard.novita.client import Client
from storyboard.renders import heartbeat, refusals
from storyboard.renders.models import Gate, Hook, Render
from storyboard.renders.queue import queue_story
from storyboard.renders.states import State
from tests.studio import NOON, Studio


@pytest.fixture
def studio(story, editor, fake_service, settings, tmp_path) -> Studio:
    settings.NOVITA_BASE_URL = fake_service.url
    settings.SUBMISSIONS_PER_MINUTE = 0
    [render] = queue_story(story.project, editor, "press", NOON)
    return Studio(fake_service, render, tmp_path / "takes")


@pytest.fixture
def ten(studio, editor) -> Studio:
    for number in range(9):
        queue_story(studio.render.project, editor, f"press {number}", NOON)
    return studio


def pass_time(studio: Studio, minutes: float) -> None:
    end = studio.time + timedelta(minutes=minutes)
    while studio.time < end:
        for _ in range(40):
            if not studio.poller.tick():
                break
        studio.time += timedelta(seconds=10)


def states() -> set[str]:
    return set(Render.objects.values_list("state", flat=True))


def refuse(studio: Studio, reason: str = "INVALID_API_KEY", status: int = 401) -> None:
    studio.service.every("submit", "refuse", status=status, reason=reason, message="No.")


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, "INVALID_API_KEY"),
        (403, "INVALID_API_KEY"),
        (401, "MISSING_API_KEY"),
        (403, "API_NOT_ALLOWED"),
        (403, "BILLING_AUTH_FAILED"),
        (400, "BILLING_BALANCE_NOT_ENOUGH"),
        (403, "NEED_REAL_NAME_VERIFY"),
    ],
)
def test_ten_renders_and_a_bad_key_make_three_calls_and_lose_nothing(ten, status, reason):
    refuse(ten, reason, status)
    pass_time(ten, 5)
    assert 2 <= len(ten.service.submissions) <= 3
    assert states() == {State.QUEUED}
    assert set(Render.objects.values_list("reason", flat=True)) == {reason}
    assert ten.service.ledger == []


def test_the_pause_grows_to_ten_minutes_and_no_further(ten):
    refuse(ten)
    pass_time(ten, 60)
    assert 8 <= len(ten.service.submissions) <= 10
    assert states() == {State.QUEUED}


def test_another_key_opens_the_gate_at_once(ten):
    refuse(ten)
    pass_time(ten, 5)
    ten.service.every("submit")
    ten.client = Client(ten.service.url, "another", timeout=(2, 2))
    ten.service.key = "another"
    refusals.use_key(ten.service.url, ten.client.key_mark, ten.time)
    assert set(Render.objects.values_list("reason", flat=True)) == {""}
    pass_time(ten, 3)
    assert states() == {State.READY}
    assert len(ten.service.ledger) == 10
    assert Gate.objects.get().refused == ""


def test_an_account_with_credit_again_goes_on_by_itself(ten):
    refuse(ten, "BILLING_BALANCE_NOT_ENOUGH", 400)
    pass_time(ten, 2)
    ten.service.every("submit")
    pass_time(ten, 12)
    assert states() == {State.READY}
    assert len(ten.service.ledger) == 10


def test_a_key_revoked_meanwhile_fails_nothing_that_was_paid_for(ten):
    for _ in range(4):
        ten.poller.tick()
    sent = len(ten.service.ledger)
    assert sent
    polls = len(ten.service.polls)
    refuse(ten)
    ten.service.every("poll", "refuse", status=401, reason="INVALID_API_KEY", message="No.")
    pass_time(ten, 5)
    assert len(ten.service.polls) - polls + len(ten.service.submissions) - sent <= 3
    assert states() <= {State.QUEUED, State.WAITING, State.RENDERING}
    ten.service.every("submit")
    ten.service.every("poll")
    pass_time(ten, 15)
    assert states() == {State.READY}
    assert len(ten.service.ledger) == 10


def test_without_credit_what_was_paid_for_still_comes_home(studio, editor):
    studio.tick()
    queue_story(studio.render.project, editor, "other", NOON)
    refuse(studio, "BILLING_BALANCE_NOT_ENOUGH", 400)
    pass_time(studio, 1)
    assert studio.state == State.READY
    assert Gate.objects.get().refused == "BILLING_BALANCE_NOT_ENOUGH"


def test_another_engines_gate_stays_open(studio):
    Gate.objects.create(
        account="https://other.test",
        refused="INVALID_API_KEY",
        refused_until=NOON.replace(year=2030),
    )
    assert studio.tick() == State.WAITING


def test_one_banner_says_it_to_the_team_and_to_nobody_else(ten, signed_in, editor, outsider):
    refuse(ten)
    ten.tick()
    words = "nothing is being sent, nothing is lost"
    for page in (reverse("project_list"), reverse("project_detail", args=[ten.render.project_id])):
        text = signed_in(editor).get(page).text
        assert text.count(words) == 1
        assert "An owner has to correct the key." in text
        assert ten.service.key not in text
    assert words not in signed_in(outsider).get(reverse("project_list")).text


def test_an_open_page_shows_the_banner_and_takes_it_away_again(ten, signed_in, editor):
    client = signed_in(editor)
    address = reverse("project_live", args=[ten.render.project_id])

    def poll(seen: str) -> tuple[int, str, str]:
        answer = client.get(address, {"v": seen}, headers={"hx-request": "true"})
        version = re.search(r"\?v=(\w+)", answer.text)
        return answer.status_code, version[1] if version else seen, answer.text

    _, seen, _ = poll("")
    assert poll(seen)[0] == 204
    refuse(ten)
    ten.tick()
    status, seen, text = poll(seen)
    assert status == 200
    banner = text.partition('id="service-state"')[2]
    assert 'hx-swap-oob="morph"' in banner
    assert "nothing is being sent, nothing is lost" in banner
    assert 'id="attention-link"' in text
    refusals.use_key(ten.service.url, "another", ten.time)
    status, _, text = poll(seen)
    assert status == 200
    assert 'id="key-refused"' not in text


def test_a_full_disk_is_said_once(studio, signed_in, editor):
    Render.objects.update(state=State.SAVING, reason="store_full")
    assert signed_in(editor).get(reverse("project_list")).text.count('id="store-full"') == 1


def test_the_gate_remembers_no_key(studio):
    refuse(studio)
    studio.tick()
    gate = Gate.objects.get()
    assert gate.key_mark == studio.client.key_mark
    assert studio.service.key not in repr(gate.__dict__)


def test_a_service_that_is_not_there_is_said_once_until_it_is_back(ten, signed_in, editor):
    ten.service.stop()
    pass_time(ten, 1)
    text = signed_in(editor).get(reverse("project_list")).text
    assert text.count("The service has not been reached since 1 May, 12:00 UTC.") == 1
    heartbeat.beat("one", timezone.now())
    editor_page = reverse("project_detail", args=[ten.render.project_id])
    text = signed_in(editor).get(editor_page).text
    assert "has not been reached" not in text
    assert text.count("Nothing is lost. We keep trying") == 1
    ten.service.start()
    pass_time(ten, 1)
    assert "has not been reached" not in signed_in(editor).get(reverse("project_list")).text


def test_what_a_webhook_named_is_not_asked_for_while_the_gate_is_closed(ten):
    refuse(ten)
    ten.poller.tick()
    ten.service.every("poll", "refuse", status=401, reason="INVALID_API_KEY", message="No.")
    until = Gate.objects.get().refused_until
    render = ten.render
    Render.objects.filter(pk=render.pk).update(state=State.UNSURE, next_step_at=None)
    Hook.objects.note(render.pk, "a task of ours", ten.time)
    before = len(ten.service.polls)
    while ten.poller.hooks.tick():
        pass
    assert len(ten.service.polls) == before
    assert Hook.objects.get().due_at == until
    ten.time = until
    while ten.poller.hooks.tick():
        pass
    assert len(ten.service.polls) == before + 1
    assert Hook.objects.get().due_at == Gate.objects.get().refused_until > until
