"""Stop waiting: a person gives up what the service has, and what is made comes home late."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from storyboard.renders.heard import SELDOM, SELDOM_FOR, Hook
from storyboard.renders.models import Render, Take
from storyboard.renders.money import spending
from storyboard.renders.queue import queue_story
from storyboard.renders.states import NotPossible, State
from storyboard.stories.models import Scene
from tests.ladder import assert_only_writers_may
from tests.shelf import add_render, add_take
from tests.studio import NOON, Studio

HTMX = {"HX-Request": "true"}
ACTS = ("render_stop_waiting", "attention_stop_waiting")


@pytest.fixture
def studio(story, editor, fake_service, settings, tmp_path) -> Studio:
    """A render that the service has taken, of scenes that have their picks."""
    settings.NOVITA_BASE_URL = fake_service.url
    settings.SUBMISSIONS_PER_MINUTE = 0
    add_take(story.project)
    [render] = queue_story(story.project, editor, "press", NOON, every=True)
    studio = Studio(fake_service, render, tmp_path / "takes")
    studio.tick()
    assert studio.state == State.WAITING
    return studio


@pytest.mark.parametrize("act", ACTS)
def test_only_writers_may_stop_waiting(cast, story, act):
    render = add_render(story.project, State.RENDERING)
    assert_only_writers_may(cast, reverse(act, args=(render.pk,)))
    render.refresh_from_db()
    assert render.state == State.RENDERING


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(("headers", "status"), [(HTMX, 200), ({}, 302)])
@pytest.mark.parametrize("state", [State.WAITING, State.RENDERING])
def test_it_is_cancelled_keeps_its_task_and_says_so(cast, story, now, act, headers, status, state):
    render = add_render(story.project, state, submitted_at=now, estimate=Decimal("0.5"))
    browser = cast.browser("editor")
    answer = browser.post(reverse(act, args=(render.pk,)), headers=headers)
    assert answer.status_code == status
    render.refresh_from_db()
    assert (render.state, render.reason) == (State.CANCELLED, "stopped_waiting")
    assert render.task_id
    page = browser.get(reverse("project_detail", args=(story.project.pk,))).content.decode()
    assert "No longer waited for: it was sent and is not refunded" in page
    assert spending(Render.objects.all(), story.project.team, now).spent == Decimal("0.5")


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(
    "state", [State.QUEUED, State.SUBMITTING, State.SAVING, State.READY, State.UNSURE]
)
def test_nothing_else_can_be_given_up_so(cast, story, act, state):
    render = add_render(story.project, state)
    answer = cast.browser("editor").post(reverse(act, args=(render.pk,)), headers=HTMX)
    assert answer.status_code == 422
    assert "Nothing was changed" in answer.content.decode()
    render.refresh_from_db()
    assert render.state == state
    assert not Hook.objects.exists()


def test_the_confirm_says_that_it_is_not_refunded_and_readers_have_no_button(cast, story):
    add_render(story.project, State.RENDERING)
    url = reverse("project_detail", args=(story.project.pk,))
    assert "It was sent and is not refunded" in cast.browser("editor").get(url).content.decode()
    assert "Stop waiting" not in cast.browser("viewer").get(url).content.decode()


def test_a_film_that_comes_all_the_same_offers_itself_and_replaces_no_pick(studio):
    picks = dict(Scene.objects.values_list("pk", "pick"))
    studio.render.stop_waiting(studio.time)
    asked = len(studio.service.polls)
    assert studio.tick(60) == State.CANCELLED
    assert len(studio.service.polls) == asked
    studio.service.answers("processing", task_id=studio.render.task_id)
    assert studio.tick(SELDOM.total_seconds()) == State.CANCELLED
    assert len(studio.service.polls) == asked + 1
    studio.make()
    assert studio.tick(SELDOM.total_seconds()) == State.WAITING
    assert studio.until_end() == State.READY
    assert studio.render.late
    assert Take.objects.count() == 2
    assert dict(Scene.objects.values_list("pk", "pick")) == picks


@pytest.mark.parametrize("down", [False, True])
def test_it_asks_seldom_and_for_a_day_only(studio, down):
    studio.render.stop_waiting(studio.time)
    if down:
        studio.service.stop()
    else:
        studio.service.answers("processing", task_id=studio.render.task_id)
    asked = 0
    end = studio.time + SELDOM_FOR + timedelta(hours=1)
    while studio.time < end:
        studio.time += SELDOM
        asked += studio.poller.hooks.tick()
    assert asked == SELDOM_FOR / SELDOM
    hook = Hook.objects.get()
    assert (hook.due_at, hook.outcome) == (None, "nothing came within a day")
    assert studio.state == State.CANCELLED


def test_what_failed_after_it_was_given_up_is_asked_for_no_more(studio):
    studio.render.stop_waiting(studio.time)
    studio.service.answers("failed", task_id=studio.render.task_id)
    assert studio.tick(SELDOM.total_seconds()) == State.CANCELLED
    assert Hook.objects.get().due_at is None


def test_a_task_that_a_webhook_had_named_is_asked_for_as_well(studio):
    task = studio.render.task_id
    Hook.objects.create(render=studio.render, task_id=task, at=studio.time, outcome="adopted")
    studio.render.stop_waiting(studio.time)
    studio.make()
    assert studio.tick(SELDOM.total_seconds()) == State.WAITING


def test_a_poller_that_was_asking_meanwhile_changes_nothing(studio):
    stale = Render.objects.get(pk=studio.render.pk)
    studio.render.stop_waiting(studio.time)
    with pytest.raises(NotPossible):
        stale.stop_waiting(studio.time)
    assert studio.state == State.CANCELLED
    assert Hook.objects.count() == 1


def test_checking_from_the_story_says_what_is_known(cast, story, settings):
    settings.PUBLIC_URL = ""
    render = add_render(story.project, State.UNSURE, task_id=None)
    url = reverse("render_check", args=(render.pk,))
    words = cast.browser("editor").post(url, headers=HTMX).content.decode()
    assert "cannot reach Storyboard to tell" in words
    assert "Yes, send it again" in words
