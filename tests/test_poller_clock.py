"""Clocks that jump: nothing is sent twice, nothing ends early, no time is negative."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storyboard.renders.queue import queue_story
from storyboard.renders.states import State
from tests.studio import NOON, Interrupted, Studio

JUMPS = [
    timedelta(hours=-1),
    timedelta(hours=1),
    timedelta(days=-1),
    timedelta(days=1),
    timedelta(minutes=-5),
    timedelta(minutes=5),
]


@pytest.fixture
def studio(story, editor, fake_service, settings, tmp_path) -> Studio:
    settings.NOVITA_BASE_URL = fake_service.url
    settings.SUBMISSIONS_PER_MINUTE = 2
    [render] = queue_story(story.project, editor, "press", NOON)
    return Studio(fake_service, render, tmp_path / "takes")


@pytest.mark.parametrize("jump", JUMPS, ids=str)
@pytest.mark.parametrize("when", [State.WAITING, State.RENDERING])
def test_a_clock_that_jumps_ends_nothing_early_and_sends_nothing_twice(studio, jump, when):
    while studio.state != when:
        studio.next_tick()
    studio.time += jump
    assert studio.until_end() == State.READY
    assert len(studio.service.ledger) == 1
    assert studio.log.count(State.SUBMITTING) == 1


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_a_clock_that_jumps_during_a_submission_keeps_its_task(studio, jump):
    client = studio.client

    def leap() -> None:
        studio.time += jump

    studio.client = Interrupted(studio.service, leap)
    assert studio.tick() == State.WAITING
    studio.client = client
    assert studio.until_end() == State.READY
    assert len(studio.service.ledger) == 1


@pytest.mark.parametrize("ahead", [timedelta(minutes=5), timedelta(days=1)], ids=str)
def test_a_poller_whose_clock_is_ahead_takes_over_and_does_not_resend(studio, tmp_path, ahead):
    """It believes the other's lease over: the worst that it may do is to call it unsure."""
    other = Studio(studio.service, studio.render, tmp_path / "takes")
    other.time += ahead
    client = studio.client
    studio.client = Interrupted(studio.service, lambda: other.tick())
    assert studio.tick() == State.WAITING
    assert studio.log[:3] == [State.QUEUED, State.SUBMITTING, State.UNSURE]
    studio.client = client
    assert studio.until_end() == State.READY
    assert len(studio.service.ledger) == 1


def test_a_page_after_a_clock_was_set_back_shows_no_negative_time(studio, cast):
    studio.next_tick()
    studio.time -= timedelta(days=1)
    studio.next_tick()
    page = cast.browser("editor").get(f"/projects/{studio.render.project_id}/")
    assert page.status_code == 200
    assert "-1 " not in page.content.decode().partition('id="live"')[2]
