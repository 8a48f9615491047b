"""Safe mode: nothing that was not sent is sent until a person says so."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from storyboard.renders import holding
from storyboard.renders.models import Pass, SafeMode
from storyboard.renders.queue import queue_story
from storyboard.renders.states import NotPossible, State
from tests.shelf import add_render
from tests.studio import NOON, Studio

WHY = "Restored from a backup."


@pytest.fixture
def studio(story, editor, fake_service, settings, tmp_path) -> Studio:
    settings.NOVITA_BASE_URL = fake_service.url
    settings.SUBMISSIONS_PER_MINUTE = 0
    [render] = queue_story(story.project, editor, "press", NOON)
    return Studio(fake_service, render, tmp_path / "takes")


def queued_again(studio, user, nonce: str):
    return queue_story(studio.render.project, user, nonce, NOON)[0]


def test_what_is_queued_stays_queued_and_says_why(studio):
    holding.begin(NOON, WHY)
    assert studio.tick() == State.QUEUED
    assert studio.tick(7 * 24 * 3600) == State.QUEUED
    assert studio.render.reason == holding.HELD
    assert studio.service.submissions == []
    assert list(holding.held()) == [studio.render]


def test_what_is_queued_meanwhile_is_held_too_without_a_spinning_poller(studio, editor):
    holding.begin(NOON, WHY)
    later = queued_again(studio, editor, "later")
    studio.tick()
    later.refresh_from_db()
    assert (later.state, later.reason) == (State.QUEUED, holding.HELD)
    assert studio.poller.tick() is False
    assert studio.service.submissions == []


def test_cancelling_one_does_not_send_the_others(studio, editor):
    other = queued_again(studio, editor, "other")
    holding.begin(NOON, WHY)
    other.cancel(NOON)
    for _ in range(3):
        studio.tick(60)
    assert studio.state == State.QUEUED
    assert studio.service.submissions == []


def test_a_changed_address_does_not_fail_what_is_held(studio):
    holding.begin(NOON, WHY)
    studio.client = None
    assert studio.tick(60) == State.QUEUED


def test_what_the_service_works_on_is_polled_and_fetched(studio):
    studio.tick()
    holding.begin(studio.time, WHY)
    assert studio.until_end() == State.READY
    assert len(studio.service.ledger) == 1


def test_what_was_being_sent_becomes_unsure(story):
    render = add_render(
        story.project,
        State.SUBMITTING,
        task_id=None,
        lease_owner="elsewhere:1:a",
        lease_until=NOON + timedelta(seconds=60),
    )
    holding.begin(NOON, WHY)
    render.refresh_from_db()
    assert (render.state, render.reason) == (State.UNSURE, "interrupted")
    assert "may have been accepted" in render.message


def test_one_is_let_through_and_the_others_stay(studio, editor, owner):
    other = queued_again(studio, editor, "other")
    holding.begin(NOON, WHY)
    holding.let_through(studio.render, owner, NOON)
    assert studio.tick() == State.WAITING
    studio.tick(3600)
    other.refresh_from_db()
    assert other.state == State.QUEUED
    assert len(studio.service.ledger) == 1


def test_what_was_let_through_twice_is_sent_once(studio, owner):
    holding.begin(NOON, WHY)
    holding.let_through(studio.render, owner, NOON)
    holding.let_through(studio.render, owner, NOON)
    studio.tick()
    with pytest.raises(NotPossible, match="waiting by now"):
        holding.let_through(studio.render, owner, NOON)
    assert len(studio.service.ledger) == 1


def test_the_end_of_safe_mode_sends_all(studio, owner):
    holding.begin(NOON, WHY)
    studio.tick()
    assert holding.release(NOON, owner) == 1
    assert studio.tick() == State.WAITING
    assert studio.render.reason == ""
    mode = SafeMode.objects.get()
    assert (mode.active, mode.released_by, mode.released_at) == (False, owner, NOON)


def test_it_ends_once(studio):
    holding.begin(NOON, WHY)
    assert holding.release(NOON) == 1
    assert holding.release(NOON) is None


def test_a_pass_from_before_the_restore_is_worth_nothing(studio, owner):
    """The backup may hold a pass that was used after it was made."""
    holding.begin(NOON, WHY)
    holding.let_through(studio.render, owner, NOON)
    holding.begin(NOON, WHY)
    assert studio.tick() == State.QUEUED
    assert studio.service.submissions == []
    assert not Pass.objects.exists()
    assert SafeMode.objects.filter(active=True).count() == 1


def test_the_command_ends_it(studio, capsys):
    holding.begin(NOON, WHY)
    call_command("release", yes=True)
    assert "Renders that are sent now: 1." in capsys.readouterr().out
    call_command("release")
    assert "not in safe mode" in capsys.readouterr().out


@pytest.mark.parametrize(("answer", "active"), [("yes", False), ("no", True), ("", True)])
def test_the_command_asks_first(studio, capsys, monkeypatch, answer, active):
    holding.begin(NOON, WHY)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{answer}\n" if answer else ""))
    if active:
        with pytest.raises(CommandError, match="Nothing was changed"):
            call_command("release")
    else:
        call_command("release")
    assert "may be charged again" in capsys.readouterr().out
    assert SafeMode.objects.filter(active=True).exists() == active
