"""A render that kills its poller each time: the others go on, and it is never given up."""

from __future__ import annotations

import pytest

from storyboard.renders import steps
from storyboard.renders.dead import release_dead
from storyboard.renders.models import Render
from storyboard.renders.queue import queue_story
from storyboard.renders.states import State
from tests.studio import NOON, Studio


@pytest.fixture
def studio(story, editor, fake_service, settings, tmp_path) -> Studio:
    settings.NOVITA_BASE_URL = fake_service.url
    settings.SUBMISSIONS_PER_MINUTE = 0
    [render] = queue_story(story.project, editor, "press", NOON)
    return Studio(fake_service, render, tmp_path / "takes")


def die(studio: Studio) -> float:
    """Let a poller claim the render and die; return the seconds until it may be tried again."""
    studio.render.refresh_from_db()
    studio.time = max(studio.time, studio.render.next_step_at)
    assert Render.objects.claim("one:999999999:b", studio.time, steps.LEASE)
    release_dead("one:1:a", studio.time)
    studio.render.refresh_from_db()
    return (studio.render.next_step_at - studio.time).total_seconds()


def test_after_three_deaths_in_a_row_it_is_tried_ever_more_rarely(studio):
    assert studio.tick() == State.WAITING
    waits = [die(studio) for _ in range(9)]
    assert waits[:2] == [0, 0]
    assert waits[2:] == [30, 60, 120, 240, 480, 600, 600]
    assert studio.render.reason == "poller_died"
    assert "9 times" in studio.render.message


def test_others_go_on_meanwhile(studio, story, editor):
    assert studio.tick() == State.WAITING
    for _ in range(3):
        die(studio)
    [other] = queue_story(story.project, editor, "another press", studio.time)
    studio.tick()
    other.refresh_from_db()
    assert other.state == State.WAITING


def test_it_is_never_given_up_and_a_step_that_is_done_clears_it(studio):
    assert studio.tick() == State.WAITING
    for _ in range(5):
        die(studio)
    assert studio.until_end() == State.READY
    assert studio.render.reason == ""
    assert len(studio.service.ledger) == 1


def test_what_may_have_been_sent_is_called_unsure_at_once(studio):
    render = Render.objects.claim("one:999999999:b", studio.time, steps.LEASE)
    render.advance(State.SUBMITTING, at=studio.time, keep_lease=True, submitted_at=studio.time)
    release_dead("one:1:a", studio.time)
    assert studio.tick() == State.UNSURE
    assert studio.service.submissions == []
