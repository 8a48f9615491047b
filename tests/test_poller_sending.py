"""Sending: each answer ends in the right state, and nothing is sent twice by itself."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from storyboard.renders import money, steps
from storyboard.renders.again import send_again
from storyboard.renders.models import Hook, Render
from storyboard.renders.queue import queue_scene, queue_story
from storyboard.renders.states import State
from tests.studio import NOON, Interrupted, Studio


@pytest.fixture
def studio(story, editor, fake_service, settings, tmp_path) -> Studio:
    settings.NOVITA_BASE_URL = fake_service.url
    settings.SUBMISSIONS_PER_MINUTE = 0
    [render] = queue_story(story.project, editor, "press", NOON)
    return Studio(fake_service, render, tmp_path / "takes")


def test_what_is_sent_is_what_was_frozen_and_of_the_documented_shape(studio):
    assert studio.tick() == State.WAITING
    [sent] = studio.service.submissions
    assert sent.json.pop("extra") == {
        "response_video_type": "mp4",
        "webhook": {"url": f"http://127.0.0.1:8000/hooks/{studio.render.token}/"},
    }
    assert sent.json | {"extra": {"response_video_type": "mp4"}} == studio.render.request
    assert studio.service.violations == []
    assert studio.service.ledger == [studio.render.task_id]
    assert studio.render.attempt == 1
    assert studio.render.submitted_at == NOON


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, "INVALID_REQUEST_BODY"),
        (400, "ILLEGAL_PROMPT"),
        (403, "FEATURE_NOT_ALLOWED"),
        (404, "API_NOT_FOUND"),
    ],
)
def test_a_refusal_fails_the_render_with_the_services_reason(studio, status, reason):
    studio.service.every("submit", "refuse", status=status, reason=reason, message="No.")
    assert studio.tick() == State.FAILED
    assert (studio.render.reason, studio.render.message) == (reason, "No.")
    studio.tick(3600)
    assert len(studio.service.submissions) == 1
    assert studio.service.ledger == []


@pytest.mark.parametrize(
    ("what", "options"),
    [
        ("error", {"status": 500, "reason": "CREATE_TASK_FAILED", "charge": True}),
        ("error", {"status": 500, "charge": False}),
        ("error", {"status": 502}),
        ("error", {"status": 503}),
        ("error", {"status": 504}),
        *(("garbage", {"kind": kind}) for kind in ("html", "cut", "no_task", "empty_task")),
        *(("garbage", {"kind": kind}) for kind in ("list", "empty", "huge")),
        ("redirect", {"to": "/elsewhere"}),
        ("hang", {}),
        ("reset", {}),
    ],
    ids=lambda value: " ".join(map(str, value.values())) if isinstance(value, dict) else value,
)
def test_an_answer_that_never_came_is_no_licence_to_ask_again(studio, what, options):
    studio.service.next_submit(what, **options)
    assert studio.tick() == State.UNSURE
    assert "was not sent again" in studio.render.message
    studio.tick(7 * 24 * 3600)
    assert studio.state == State.UNSURE
    assert len(studio.service.submissions) == 1


def test_a_busy_service_is_asked_again_when_it_says(studio):
    studio.service.next_submit("rate_limit", after=40)
    assert studio.tick() == State.QUEUED
    assert studio.render.reason == "RATE_LIMIT_EXCEEDED"
    studio.tick(39)
    assert len(studio.service.submissions) == 1
    assert studio.tick(3) == State.WAITING
    assert len(studio.service.submissions) == 2
    assert studio.render.attempt == 2
    assert studio.render.message == ""
    assert len(studio.service.ledger) == 1


def test_a_busy_service_is_left_alone_by_every_render(studio, story, editor):
    studio.service.next_submit("rate_limit", after=40)
    studio.tick()
    other = queue_scene(story.scenes[0], editor, "other", NOON)
    studio.tick(10)
    other.refresh_from_db()
    assert other.state == State.QUEUED
    assert other.next_step_at >= NOON + timedelta(seconds=40)
    assert len(studio.service.submissions) == 1


def test_a_service_that_is_not_there_took_nothing(studio):
    studio.service.stop()
    assert studio.tick() == State.QUEUED
    assert studio.render.submitted_at is None
    assert studio.render.reason == "not_connected"
    assert studio.next_tick() == State.QUEUED
    studio.service.start()
    assert studio.next_tick() == State.WAITING
    assert studio.render.attempt == 3
    assert len(studio.service.ledger) == 1


def test_a_third_submission_in_a_minute_waits_for_its_slot(studio, story, editor, settings):
    settings.SUBMISSIONS_PER_MINUTE = 2
    others = [queue_scene(story.scenes[n], editor, f"more{n}", NOON) for n in (0, 1)]
    for _ in range(3):
        studio.tick()
    assert len(studio.service.submissions) == 2
    others[1].refresh_from_db()
    assert others[1].state == State.QUEUED
    assert others[1].next_step_at == NOON + timedelta(seconds=61)
    studio.time = others[1].next_step_at
    for _ in range(3):
        studio.tick()
    assert len(studio.service.submissions) == 3


def test_a_cancel_lets_those_behind_move_up(studio, story, editor, settings):
    settings.SUBMISSIONS_PER_MINUTE = 1
    studio.tick()
    first, second = [queue_scene(story.scenes[n], editor, f"n{n}", NOON) for n in (0, 1)]
    studio.tick()
    studio.tick()
    second.refresh_from_db()
    assert second.next_step_at == NOON + timedelta(seconds=122)
    first.cancel(studio.time)
    studio.tick()
    second.refresh_from_db()
    assert second.next_step_at == NOON + timedelta(seconds=61)


def test_a_render_whose_poller_died_while_sending_is_unsure_and_not_sent(studio):
    Render.objects.update(state=State.SUBMITTING, lease_owner="dead/1", lease_until=NOON, attempt=1)
    assert studio.tick(1) == State.UNSURE
    assert studio.render.reason == "interrupted"
    assert studio.service.submissions == []


def test_an_answer_after_the_lease_was_taken_over_is_adopted(studio):
    def oversleep() -> None:
        studio.time += timedelta(minutes=5)
        # What another poller does with a lease that ended in `submitting`.
        Render.objects.update(state=State.UNSURE, lease_owner="", lease_until=None)

    client = studio.client
    studio.client = Interrupted(studio.service, oversleep)
    assert studio.tick() == State.WAITING
    studio.client = client
    assert studio.until_end() == State.READY
    assert len(studio.service.ledger) == 1


def test_a_cancel_before_sending_sends_nothing(studio):
    studio.render.cancel(NOON)
    studio.tick(60)
    assert studio.service.submissions == []
    assert studio.state == State.CANCELLED


@pytest.mark.parametrize(
    ("status", "reason"), [(429, "RATE_LIMIT_EXCEEDED"), (401, "INVALID_API_KEY")]
)
def test_a_cancel_after_a_certain_refusal_has_spent_nothing(studio, team, cast, status, reason):
    Render.objects.update(estimate="1.25")
    studio.service.next_submit("refuse", status=status, reason=reason)
    assert studio.tick() == State.QUEUED
    assert studio.render.submitted_at == NOON, "the pace is kept by it"
    url = reverse("render_cancel", args=(studio.render.pk,))
    assert cast.browser("editor").post(url).status_code == 302
    assert studio.state == State.CANCELLED
    assert money.spending(Render.objects.all(), team, NOON).spent == 0
    page = cast.browser("editor").get(reverse("project_detail", args=(studio.render.project_id,)))
    assert b"Cancelled: nothing was spent" in page.content
    assert studio.render.submitted_at == NOON


def test_a_cancel_of_what_a_webhook_told_of_stays_counted(studio, team):
    """The refusal was a lie: the service says that it has a task of this render."""
    Render.objects.update(estimate="1.25")
    studio.service.next_submit("rate_limit")
    studio.tick()
    Hook.objects.note(studio.render.pk, "a task", studio.time)
    studio.render.cancel(studio.time)
    assert money.spending(Render.objects.all(), team, NOON).spent == Decimal("1.25")


def test_what_was_queued_for_another_address_is_not_sent_to_this_one(studio):
    studio.client = None
    assert studio.tick() == State.FAILED
    assert studio.render.reason == "engine_changed"


def test_what_waits_in_a_deleted_story_is_not_sent_any_more(studio, story, editor):
    story.project.delete_at(NOON)
    assert studio.tick() == State.FAILED
    assert studio.render.reason == "story_deleted"
    assert studio.service.submissions == []
    story.project.restore()
    again = send_again(studio.render, editor, NOON)
    assert again.state == State.QUEUED


def test_our_own_error_before_sending_cools_off_and_goes_on(studio):
    client = studio.client
    studio.poller.steps.client_for = lambda render: 1 / 0
    assert studio.tick() == State.QUEUED
    assert studio.render.next_step_at == NOON + steps.COOL_OFF
    studio.tick(1)
    assert "our own error" in studio.render.events.last().note
    studio.poller.steps.client_for = lambda render: client
    assert studio.next_tick() == State.WAITING


def test_our_own_error_after_sending_never_sends_again(studio):
    studio.client = Interrupted(studio.service, lambda: 1 / 0)
    assert studio.tick() == State.UNSURE
    assert studio.render.reason == "own_error"
    studio.tick(3600)
    assert len(studio.service.submissions) == 1


def test_a_task_id_that_another_render_has_is_no_usable_answer(studio, story, editor):
    studio.tick()
    other = queue_scene(story.scenes[0], editor, "other", studio.time)
    taken = Interrupted(
        studio.service,
        lambda: Render.objects.filter(pk=studio.render.pk).update(
            task_id=studio.service.ledger[-1]
        ),
    )
    studio.client = taken
    studio.poller.tick()
    other.refresh_from_db()
    assert other.state == State.UNSURE
    assert len(studio.service.submissions) == 2


def test_the_log_names_renders_and_states_but_no_words_and_no_key(studio, caplog):
    caplog.set_level("DEBUG", "storyboard")
    studio.tick()
    assert studio.until_end() == State.READY
    assert f"render {studio.render.pk}: queued to submitting" in caplog.text
    for secret in ("Dusk falls", studio.service.key, studio.render.token):
        assert secret not in caplog.text
