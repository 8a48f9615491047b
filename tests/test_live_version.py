"""The word by which an open page asks whether anything is new: no change may slip past it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from storyboard.renders.board import Board, version_of
from storyboard.renders.heartbeat import beat
from storyboard.renders.models import Render
from storyboard.renders.states import State
from storyboard.stories.models import Project
from tests.shelf import add_render, add_take

HTMX = {"HX-Request": "true"}


def version(story) -> str:
    return version_of(story.project, timezone.now())


@pytest.fixture
def two(story) -> tuple[Render, Render]:
    """Two renders under way; the second was heard of a second ago, the first before that."""
    now = timezone.now()
    first = add_render(story.project, State.SAVING, changed_at=now - timedelta(seconds=9))
    second = add_render(story.project, State.RENDERING, changed_at=now - timedelta(seconds=1))
    return first, second


def test_it_stays_while_nothing_changes(story, two):
    assert version(story) == version(story)


def test_a_write_dated_before_the_newest_one_is_noticed(story, two):
    """Pollers date a step by its beginning: the later write may carry the earlier time."""
    first, second = two
    before = version(story)
    Render.objects.filter(pk=first.pk).update(
        progress=80, changed_at=second.changed_at - timedelta(seconds=1)
    )
    assert version(story) != before


@pytest.mark.parametrize("state", [State.READY, State.FAILED, State.UNSURE, State.CANCELLED])
def test_an_end_dated_before_the_newest_write_is_noticed(story, two, state):
    first, second = two
    before = version(story)
    at = second.changed_at - timedelta(seconds=1)
    Render.objects.filter(pk=first.pk).update(state=state, changed_at=at, finished_at=at)
    assert version(story) != before


def test_a_render_that_came_and_ended_between_two_questions_is_noticed(story, two):
    before = version(story)
    add_render(story.project, State.FAILED, changed_at=two[0].changed_at)
    assert version(story) != before


def test_a_poller_that_starts_or_falls_silent_is_noticed(story, two):
    before = version(story)
    beat("poller", timezone.now())
    alive = version(story)
    assert alive != before
    assert version_of(story.project, timezone.now() + timedelta(minutes=2)) != alive


def test_a_change_while_the_page_is_drawn_is_asked_for_again(story, two):
    """The word a page carries is never newer than the rows it shows."""
    board = Board(story.project, timezone.now())
    take = add_take(story.project)
    Render.objects.filter(pk=two[0].pk).update(state=State.READY, changed_at=timezone.now())
    assert take in board.takes
    assert {span.take for span in board.picks.values()} == {take}
    assert board.version != version(story)


def test_a_render_under_way_is_shown_whatever_was_asked_for_since(cast, story):
    old = add_render(story.project, State.RENDERING, progress=40)
    for _ in range(70):
        add_render(story.project, State.FAILED, reason="ILLEGAL_PROMPT")
    url = reverse("project_live", args=(story.project.pk,))
    page = cast.browser("viewer").get(url, headers=HTMX).content.decode()
    assert old in Board(story.project, timezone.now()).under_way
    assert 'hx-trigger="every 2s"' in page
    assert "Rendering 40 %" in page


def test_an_answer_without_news_takes_four_queries(cast, story, two):
    for _ in range(5):
        add_take(story.project)
    browser = cast.browser("editor")
    url = reverse("project_live", args=(story.project.pk,))
    known = version(story)
    with CaptureQueriesContext(connection) as asked:
        assert browser.get(url, {"v": known}, headers=HTMX).status_code == 204
    assert len(asked) <= 4


def test_the_board_reads_a_story_in_six_queries(story, two, django_assert_max_num_queries):
    for _ in range(3):
        add_take(story.project)
    project = Project.objects.get(pk=story.project.pk)
    scenes = list(project.scenes.kept().in_order())
    for scene in scenes:
        scene.project = project
    with django_assert_max_num_queries(6):
        board = Board(project, timezone.now(), scenes)
        assert len(board.film()) == len(scenes)
        assert len(board.takes) == 3
        assert len(board.cut(board.takes[0])) == 3
        assert board.under_way
        assert board.paused
        assert board.speaking
