"""A database that fails under a step: its render is taken up in seconds, not after the lease."""

from __future__ import annotations

import pytest
from django.db import OperationalError

from storyboard.renders import steps
from storyboard.renders.models import Render
from storyboard.renders.queue import queue_story
from storyboard.renders.states import State
from tests.studio import NOON, Interrupted, Studio


@pytest.fixture
def studio(story, editor, fake_service, settings, tmp_path) -> Studio:
    settings.NOVITA_BASE_URL = fake_service.url
    settings.SUBMISSIONS_PER_MINUTE = 0
    [render] = queue_story(story.project, editor, "press", NOON)
    return Studio(fake_service, render, tmp_path / "takes")


def drop(studio: Studio) -> None:
    """Leave a lease behind, as a step does that the database fails and that cannot say so."""
    studio.render.refresh_from_db()
    studio.time = max(studio.time, studio.render.next_step_at)
    assert Render.objects.claim(studio.poller.owner, studio.time, steps.LEASE)


def test_a_render_dropped_by_its_step_is_let_go_of_at_the_second_look(studio):
    assert studio.tick() == State.WAITING
    drop(studio)
    studio.poller.let_go_of_dropped()
    assert not Render.objects.due(studio.time).exists()
    studio.poller.let_go_of_dropped()
    assert Render.objects.due(studio.time).exists()
    assert studio.until_end() == State.READY


def test_a_render_that_a_thread_is_at_keeps_its_lease(studio):
    assert studio.tick() == State.WAITING

    def look() -> None:
        for _ in range(3):
            studio.poller.let_go_of_dropped()
        assert not Render.objects.due(studio.time).exists()

    studio.client = Interrupted(studio.service, look)
    assert studio.next_tick() in (State.WAITING, State.RENDERING)
    assert studio.render.events.filter(note__contains="own error").count() == 0


def test_after_an_error_of_the_database_nobody_is_at_the_render(studio):
    def fail() -> None:
        raise OperationalError("the server closed the connection")

    studio.client = Interrupted(studio.service, fail)
    studio.tick()
    assert studio.poller.active == set()
