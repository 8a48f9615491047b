"""Submissions leave no faster than the service allows, whoever sends them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from storyboard.renders import limiter
from storyboard.renders.limiter import WINDOW, next_slot
from storyboard.renders.models import Render
from storyboard.renders.queue import queue_story

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def queued(story, editor, settings) -> list[Render]:
    settings.SUBMISSIONS_PER_MINUTE = 2
    return [queue_story(story.project, editor, f"p{n}", AT)[0] for n in range(4)]


def ask(render: Render, at: datetime) -> datetime:
    with transaction.atomic():
        return next_slot(render, at)


def sent(render: Render, at: datetime) -> None:
    Render.objects.filter(pk=render.pk).update(submitted_at=at, state="waiting")


def test_the_first_two_leave_at_once_and_the_third_in_a_minute(queued):
    for render in queued[:2]:
        assert ask(render, AT) == AT
        sent(render, AT)
    assert ask(queued[2], AT) == AT + WINDOW
    assert ask(queued[2], AT + WINDOW) == AT + WINDOW


def test_each_is_told_the_slot_of_its_own_place_in_the_line(queued, editor, story):
    later = queue_story(story.project, editor, "p5", AT)[0]
    for render in queued[:2]:
        sent(render, AT)
    assert [ask(render, AT) for render in (*queued[2:], later)] == [
        AT + WINDOW,
        AT + WINDOW,
        AT + 2 * WINDOW,
    ]


def test_another_account_has_slots_of_its_own(queued):
    for render in queued[:2]:
        sent(render, AT)
    queued[2].account = f"{queued[2].engine}#7"
    queued[2].save(update_fields=["account"])
    assert ask(queued[2], AT) == AT


def test_without_a_limit_everything_leaves(queued, settings):
    settings.SUBMISSIONS_PER_MINUTE = 0
    for render in queued:
        assert ask(render, AT) == AT
        sent(render, AT)


def test_a_closed_gate_holds_everybody_until_it_opens(queued):
    until = AT + timedelta(seconds=40)
    limiter.close(queued[0].account, until)
    assert ask(queued[0], AT) == until
    assert ask(queued[3], AT) == until
    assert ask(queued[0], until) == until
