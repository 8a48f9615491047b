"""A render moves by one conditional write at a time, and only for whoever may move it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from storyboard.renders import heartbeat
from storyboard.renders.again import send_again
from storyboard.renders.models import Render
from storyboard.renders.queue import queue_story
from storyboard.renders.states import LeaseLost, NotPossible, State

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
LEASE = timedelta(seconds=90)


@pytest.fixture
def render(story, editor) -> Render:
    return queue_story(story.project, editor, "press", AT)[0]


def put(render: Render, state: State, **changes: object) -> None:
    Render.objects.filter(pk=render.pk).update(state=state, **changes)
    render.refresh_from_db()


def states(render: Render) -> list[str]:
    return [event.to_state for event in render.events.all()]


def test_what_is_claimed_is_not_claimed_again_until_the_lease_ends(render):
    mine = Render.objects.claim("a", AT, LEASE)
    assert mine == render
    assert Render.objects.claim("b", AT + LEASE, LEASE) is None
    assert Render.objects.claim("b", AT + LEASE + timedelta(seconds=1), LEASE) == render


def test_what_is_not_due_is_not_claimed(render):
    assert Render.objects.claim("a", AT - timedelta(seconds=1), LEASE) is None


@pytest.mark.parametrize("state", [State.READY, State.FAILED, State.CANCELLED, State.UNSURE])
def test_an_end_is_never_claimed(render, state):
    put(render, state)
    assert Render.objects.claim("a", AT, LEASE) is None


def test_moving_on_writes_the_state_its_log_and_the_time(render):
    mine = Render.objects.claim("a", AT, LEASE)
    later = AT + timedelta(seconds=3)
    mine.advance(State.SUBMITTING, at=later, note="attempt 1", keep_lease=True, attempt=1)
    render.refresh_from_db()
    assert (render.state, render.attempt, render.changed_at) == (State.SUBMITTING, 1, later)
    assert render.lease_owner == mine.lease_owner
    assert states(render) == [State.QUEUED, State.SUBMITTING]
    mine.advance(State.WAITING, at=later)
    render.refresh_from_db()
    assert render.lease_owner == ""
    assert render.lease_until is None


def test_a_poller_that_slept_past_its_lease_writes_nothing(render):
    slow = Render.objects.claim("a", AT, LEASE)
    late = AT + LEASE + timedelta(seconds=1)
    quick = Render.objects.claim("b", late, LEASE)
    with pytest.raises(LeaseLost):
        slow.advance(State.SUBMITTING, at=late)
    quick.advance(State.SUBMITTING, at=late)
    assert states(render) == [State.QUEUED, State.SUBMITTING]


def test_even_its_own_second_claim_shuts_out_the_first(render):
    slow = Render.objects.claim("a", AT, LEASE)
    late = AT + LEASE + timedelta(seconds=1)
    Render.objects.claim("a", late, LEASE)
    with pytest.raises(LeaseLost):
        slow.advance(State.SUBMITTING, at=late)
    with pytest.raises(LeaseLost):
        slow.renew(late + LEASE)


def test_a_poll_without_news_does_not_touch_the_page(render):
    mine = Render.objects.claim("a", AT, LEASE)
    mine.advance(State.QUEUED, at=AT + LEASE, next_step_at=AT + LEASE, tries=3, reason="")
    render.refresh_from_db()
    assert render.changed_at == AT
    assert states(render) == [State.QUEUED]


def test_a_poll_with_news_does(render):
    put(render, State.RENDERING)
    mine = Render.objects.claim("a", AT, LEASE)
    mine.advance(State.RENDERING, at=AT + LEASE, progress=40)
    render.refresh_from_db()
    assert render.changed_at == AT + LEASE


def test_a_queued_render_can_be_cancelled(render):
    render.cancel(AT)
    render.refresh_from_db()
    assert (render.state, render.finished_at) == (State.CANCELLED, AT)


def test_cancelling_wins_over_a_poller_that_has_not_sent_yet(render):
    mine = Render.objects.claim("a", AT, LEASE)
    render.cancel(AT)
    with pytest.raises(LeaseLost):
        mine.advance(State.SUBMITTING, at=AT)
    render.refresh_from_db()
    assert render.state == State.CANCELLED


@pytest.mark.parametrize("state", [s for s in State if s != State.QUEUED])
def test_what_may_have_been_sent_cannot_be_cancelled(render, state):
    put(render, state)
    with pytest.raises(NotPossible):
        render.cancel(AT)
    render.refresh_from_db()
    assert render.state == state


def test_an_unsure_render_can_be_let_go(render):
    put(render, State.UNSURE)
    render.let_go(AT)
    render.refresh_from_db()
    assert render.state == State.CANCELLED
    with pytest.raises(NotPossible):
        render.let_go(AT)


def test_an_unsure_render_is_sent_again_once_however_often_it_is_asked(render, editor):
    put(render, State.UNSURE)
    again = send_again(render, editor, AT)
    assert send_again(render, editor, AT) == again
    assert again.state == State.QUEUED
    assert again.request == render.request
    assert again.token != render.token
    render.refresh_from_db()
    assert render.state == State.CANCELLED
    assert f"render {again.pk}" in render.events.last().note
    assert f"render {render.pk}" in again.events.first().note
    assert Render.objects.count() == 2


def test_a_failed_render_stays_failed_when_sent_again(render, editor):
    put(render, State.FAILED)
    again = send_again(render, editor, AT)
    render.refresh_from_db()
    assert (render.state, again.state) == (State.FAILED, State.QUEUED)


@pytest.mark.parametrize("state", [State.QUEUED, State.SUBMITTING, State.WAITING, State.READY])
def test_what_is_alive_is_not_sent_again(render, editor, state):
    put(render, state)
    with pytest.raises(NotPossible):
        send_again(render, editor, AT)
    assert Render.objects.count() == 1


@pytest.mark.parametrize("state", [State.UNSURE, State.SUBMITTING])
def test_a_late_task_id_heals_what_was_unsure(render, state):
    put(render, state, reason="interrupted", message="It may have been accepted.")
    assert render.adopt("task-1", AT, "by another way")
    render.refresh_from_db()
    assert (render.state, render.task_id, render.reason) == (State.WAITING, "task-1", "")
    assert render.next_step_at == AT
    assert not render.adopt("task-2", AT, "again")


def test_a_late_task_id_of_a_cancelled_render_is_kept_but_moves_nothing(render):
    put(render, State.CANCELLED)
    assert render.adopt("task-1", AT, "by another way")
    render.refresh_from_db()
    assert (render.state, render.task_id) == (State.CANCELLED, "task-1")


def test_a_project_can_be_deleted_for_good_with_its_renders(render, story):
    story.project.delete()
    assert not Render.objects.exists()


@pytest.mark.django_db
def test_a_poller_is_alive_for_thirty_seconds_after_its_last_beat():
    assert not heartbeat.poller_alive(AT)
    heartbeat.beat("a", AT)
    heartbeat.beat("a", AT + timedelta(seconds=5))
    assert heartbeat.poller_alive(AT + timedelta(seconds=34))
    assert not heartbeat.poller_alive(AT + timedelta(seconds=36))
    heartbeat.stop("a")
    assert not heartbeat.poller_alive(AT + timedelta(seconds=5))
