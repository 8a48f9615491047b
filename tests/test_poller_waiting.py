"""Waiting: only the service's own end ends what was paid for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storyboard.renders import steps
from storyboard.renders.models import Render, Take
from storyboard.renders.poller import release_dead
from storyboard.renders.queue import queue_story
from storyboard.renders.states import State
from tests.studio import NOON, Interrupted, Studio


@pytest.fixture
def studio(story, editor, fake_service, settings, tmp_path) -> Studio:
    settings.NOVITA_BASE_URL = fake_service.url
    settings.SUBMISSIONS_PER_MINUTE = 0
    [render] = queue_story(story.project, editor, "press", NOON)
    studio = Studio(fake_service, render, tmp_path / "takes")
    studio.tick()
    return studio


def test_the_first_question_comes_about_a_second_after_sending(studio):
    assert studio.tick(0.7) == State.WAITING
    assert studio.service.polls == []
    studio.tick(0.6)
    assert len(studio.service.polls) == 1


def test_waiting_becomes_rendering_and_shows_the_services_figures(studio):
    studio.service.eta = 9
    studio.service.answers("queued", "processing", "succeed", task_id=studio.render.task_id)
    assert studio.next_tick() == State.WAITING
    assert studio.next_tick() == State.RENDERING
    assert (studio.render.progress, studio.render.eta) == (66, 9)
    assert studio.render.lease_owner == ""
    wait = studio.render.next_step_at - studio.time
    assert timedelta(seconds=2.4) <= wait <= timedelta(seconds=3.6)
    assert studio.next_tick() == State.READY
    assert studio.log == ["queued", "submitting", "waiting", "rendering", "saving", "ready"]


@pytest.mark.parametrize(
    ("what", "options"),
    [
        ("error", {"status": 500, "reason": "GET_RESULT_FAILED"}),
        ("error", {"status": 503}),
        ("rate_limit", {}),
        ("garbage", {"kind": "html"}),
        ("garbage", {"kind": "cut"}),
        ("garbage", {"kind": "no_task"}),
        ("garbage", {"kind": "list"}),
        ("reset", {}),
        ("redirect", {"to": "/elsewhere"}),
        ("refuse", {"status": 403, "reason": "INVALID_API_KEY"}),
        ("refuse", {"status": 404, "reason": "API_NOT_FOUND"}),
        ("refuse", {"status": 400, "reason": "INVALID_REQUEST_BODY"}),
    ],
    ids=lambda value: " ".join(map(str, value.values())) if isinstance(value, dict) else value,
)
def test_an_error_of_asking_never_fails_a_paid_render(studio, what, options):
    for _ in range(12):
        studio.service.next_poll(what, **options)
        assert studio.next_tick() == State.WAITING
    assert studio.render.message
    assert studio.until_end() == State.READY
    assert studio.render.message == ""
    assert len(studio.service.submissions) == 1


def test_a_service_that_is_away_for_an_hour_is_asked_rarely_and_loses_nothing(studio):
    studio.service.stop()
    asked, end = 0, studio.time + timedelta(hours=1)
    while studio.time < end:
        assert studio.next_tick() == State.WAITING
        asked += 1
    assert asked < 170
    studio.service.start()
    assert studio.until_end() == State.READY


def test_a_poll_that_is_told_to_wait_waits(studio):
    studio.service.every("poll", "rate_limit", after=120)
    studio.next_tick()
    assert studio.render.next_step_at >= studio.time + timedelta(seconds=120)


def test_a_task_that_failed_fails_with_its_reason_and_stays_so(studio):
    task_id = studio.render.task_id
    studio.service.answers("failed", task_id=task_id, reason="out of memory")
    assert studio.next_tick() == State.FAILED
    assert (studio.render.reason, studio.render.message) == ("TASK_FAILED", "out of memory")
    studio.service.answers("succeed", task_id=task_id)
    studio.tick(3600)
    assert studio.state == State.FAILED


def test_an_unknown_status_keeps_waiting_and_is_shown(studio):
    studio.service.answers("TASK_STATUS_DREAMING", "succeed", task_id=studio.render.task_id)
    assert studio.next_tick() == State.WAITING
    assert studio.render.status_word == "TASK_STATUS_DREAMING"
    assert studio.next_tick() == State.READY


def test_a_full_progress_bar_is_no_end(studio):
    studio.service.answers("processing", task_id=studio.render.task_id)
    for _ in range(3):
        assert studio.next_tick() == State.RENDERING
    assert studio.render.progress == 100


@pytest.mark.parametrize("word", ["no_video", "null_video"])
def test_a_success_without_a_video_fails_and_says_so(studio, word):
    studio.service.answers(word, task_id=studio.render.task_id)
    assert studio.next_tick() == State.FAILED
    assert studio.render.reason == "no_result"


def test_a_task_that_is_not_found_yet_gets_a_grace(studio):
    words = ("gone", "gone", "gone", "processing", "succeed")
    studio.service.answers(*words, task_id=studio.render.task_id)
    for _ in range(3):
        assert studio.next_tick() == State.WAITING
    assert studio.next_tick() == State.RENDERING
    assert studio.render.misses == 0
    assert studio.next_tick() == State.READY


def test_a_task_that_stays_lost_fails(studio):
    studio.service.answers("gone", task_id=studio.render.task_id)
    assert studio.until_end() == State.FAILED
    assert studio.render.reason == "TASK_NOT_FOUND"
    assert len(studio.service.polls) == steps.GRACE


def test_a_task_that_takes_days_is_never_given_up(studio):
    studio.service.answers("processing", "succeed", task_id=studio.render.task_id)
    assert studio.tick(3 * 24 * 3600) == State.RENDERING
    assert studio.render.overdue(studio.time)
    assert studio.render.next_step_at > studio.time + timedelta(seconds=60)
    assert studio.next_tick() == State.READY


def test_a_render_of_an_engine_no_longer_named_waits_for_it(studio):
    client, studio.client = studio.client, None
    assert studio.next_tick() == State.WAITING
    assert studio.render.reason == "engine_changed"
    studio.client = client
    assert studio.until_end() == State.READY


def test_a_lease_lost_in_the_middle_of_a_poll_writes_nothing(studio):
    studio.client = Interrupted(
        studio.service,
        lambda: Render.objects.update(lease_owner="another/1", progress=77),
    )
    studio.service.answers("failed", task_id=studio.render.task_id)
    assert studio.next_tick() == State.WAITING
    assert (studio.render.progress, studio.render.lease_owner) == (77, "another/1")


def test_a_lease_lost_in_the_middle_of_saving_stores_no_take(studio):
    studio.service.answers("succeed", task_id=studio.render.task_id)
    studio.client = Interrupted(
        studio.service, lambda: Render.objects.update(lease_owner="another/1")
    )
    studio.next_tick()
    assert not Take.objects.exists()
    assert studio.render.lease_owner == "another/1"


def test_leases_of_a_dead_process_of_this_host_end_at_once(studio):
    Render.objects.update(
        lease_owner="one:999999999:b/1",
        lease_until=studio.time + steps.LEASE,
        next_step_at=studio.time,
    )
    release_dead("one:1:a", studio.time)
    assert Render.objects.due(studio.time).exists()


@pytest.mark.parametrize("owner", ["one:1:a/1", "elsewhere:999999999:b/1", "one:1:b/1"])
def test_leases_of_the_living_and_of_other_hosts_stand(studio, owner):
    Render.objects.update(
        lease_owner=owner, lease_until=studio.time + steps.LEASE, next_step_at=studio.time
    )
    release_dead("one:1:a", studio.time)
    assert not Render.objects.due(studio.time).exists()
