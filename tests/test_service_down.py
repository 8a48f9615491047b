"""F18: the service is gone for an hour, and everything that was under way comes home after."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storyboard.renders.queue import queue_story
from storyboard.renders.states import State
from tests.studio import NOON, Studio

HOUR = timedelta(hours=1)
# Asked every 30 seconds at the slowest, a render is asked for 120 times an hour; a tenth more.
MOST = 132


@pytest.fixture
def studio(story, editor, fake_service, settings, tmp_path) -> Studio:
    settings.NOVITA_BASE_URL = fake_service.url
    settings.SUBMISSIONS_PER_MINUTE = 0
    [render] = queue_story(story.project, editor, "press", NOON)
    return Studio(fake_service, render, tmp_path / "takes")


@pytest.mark.parametrize("sent_before", [True, False], ids=["waiting", "queued"])
def test_an_hour_without_the_service_loses_nothing_and_asks_little(studio, sent_before):
    if sent_before:
        assert studio.tick() == State.WAITING
    studio.service.stop()
    down_at, asked = studio.time, 0
    while studio.time - down_at < HOUR:
        assert studio.next_tick() == (State.WAITING if sent_before else State.QUEUED)
        assert studio.render.reason == "not_connected"
        asked += 1
    assert asked <= MOST
    if sent_before:
        # The film was made meanwhile; one that was not is asked for every two minutes by now.
        studio.service.polls_until_done = 0
    studio.service.start()
    back_at = studio.time
    assert studio.until_end() == State.READY
    assert studio.time - back_at <= timedelta(minutes=2)
    assert len(studio.service.ledger) == 1
