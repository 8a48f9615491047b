"""The poller, tick by tick, against a service on a real socket."""

from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storyboard.novita.client import Client
from storyboard.novita.types import Task
from storyboard.renders import home, steps, store
from storyboard.renders.models import Render, Span, Take
from storyboard.renders.poller import Poller, release_dead
from storyboard.renders.probe import probe
from storyboard.renders.queue import queue_scene, queue_story
from storyboard.renders.states import State
from storyboard.stories.models import Scene
from tests.films import film, gif
from tests.scripted_service import Answer, ScriptedService, as_json, refusal, task

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time


class Interrupted(Client):
    """The real client, with something that happens between an answer and its reader."""

    def __init__(self, url: str, key: str, afterwards: Callable[[], None]) -> None:
        super().__init__(url, key)
        self.afterwards = afterwards

    def submit_body(self, body: dict[str, Any]) -> str:
        answer = super().submit_body(body)
        self.afterwards()
        return answer

    def task(self, task_id: str) -> Task:
        answer = super().task(task_id)
        self.afterwards()
        return answer


class Studio:
    """A poller with its clock in our hand, and the render that it moves."""

    def __init__(self, service: ScriptedService, render: Render, root) -> None:
        self.service = service
        self.render = render
        self.clock = Clock()
        self.client: Client | None = Client(service.url, service.key, timeout=(2, 0.5))
        self.poller = Poller(
            lambda render: self.client,
            owner="one:1:a",
            clock=self.clock,
            store=store.TakeStore(root),
        )

    def tick(self, seconds: float = 0) -> str:
        """Let time pass, move what is due one step, and return the render's state."""
        self.clock.time += timedelta(seconds=seconds)
        self.poller.tick()
        return self.state

    def next_tick(self) -> str:
        """Let as much time pass as the render wants to wait."""
        self.render.refresh_from_db()
        assert self.render.next_step_at is not None, f"{self.render.state} waits for nothing"
        self.clock.time = max(self.clock.time, self.render.next_step_at)
        return self.tick()

    def until_end(self, most: int = 40) -> str:
        for _ in range(most):
            if self.next_tick() not in (
                State.QUEUED,
                State.SUBMITTING,
                State.WAITING,
                State.RENDERING,
                State.SAVING,
            ):
                return self.state
        raise AssertionError(f"still {self.state} after {most} ticks")

    @property
    def state(self) -> str:
        self.render.refresh_from_db()
        return self.render.state

    @property
    def log(self) -> list[str]:
        return [event.to_state for event in self.render.events.all()]


@pytest.fixture
def service():
    service = ScriptedService()
    yield service
    service.stop()


@pytest.fixture
def studio(story, editor, service, settings, tmp_path) -> Studio:
    settings.NOVITA_BASE_URL = service.url
    settings.SUBMISSIONS_PER_MINUTE = 0
    [render] = queue_story(story.project, editor, "press", NOON)
    return Studio(service, render, tmp_path / "takes")


# The happy path


def test_a_story_comes_home_step_by_step(studio, story):
    service = studio.service
    assert studio.tick() == State.WAITING
    assert service.submitted == [studio.render.request]
    assert studio.render.task_id == "task-1"
    assert studio.render.attempt == 1
    assert studio.tick() == State.WAITING, "the first poll is about a second away"
    assert service.polled == []
    assert studio.next_tick() == State.WAITING
    service.results = [task("TASK_STATUS_PROCESSING", progress_percent=40, eta=9)]
    assert studio.next_tick() == State.RENDERING
    assert (studio.render.progress, studio.render.eta) == (40, 9)
    service.finish_with(film(72, fps=8, width=96, height=64))
    assert studio.next_tick() == State.READY
    assert studio.log == ["queued", "submitting", "waiting", "rendering", "saving", "ready"]
    assert studio.render.finished_at == studio.clock.time
    assert studio.render.lease_owner == ""

    take = Take.objects.get()
    assert (take.number, take.fps, take.frames, take.width, take.height) == (1, 8.0, 72, 96, 64)
    assert (take.seed, take.original) == ("4711", "")
    with studio.poller.store.open(take.file) as file:
        content = file.read()
    assert take.sha256 == hashlib.sha256(content).hexdigest()
    assert take.bytes == len(content)
    spans = list(take.spans.all())
    assert [(span.first_frame, span.frames) for span in spans] == [(0, 32), (32, 24), (56, 16)]
    assert [span.prompt for span in spans] == [scene.prompt for scene in story.scenes]
    assert all(studio.poller.store.exists(span.poster) for span in spans)
    assert studio.poller.store.exists(take.poster)
    for scene, span in zip(story.scenes, spans, strict=True):
        scene.refresh_from_db()
        assert scene.pick == span


def test_nothing_is_left_in_the_store_but_what_rows_name(studio):
    studio.service.finish_with(film(72))
    studio.until_end()
    root = studio.poller.store.root
    named = {Take.objects.get().file, *Span.objects.values_list("poster", flat=True)}
    assert {p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()} == named


def test_a_take_of_other_frames_than_asked_for_is_cut_by_share(studio):
    studio.service.finish_with(film(36, fps=12))
    assert studio.until_end() == State.READY
    take = Take.objects.get()
    assert (take.frames, take.fps) == (36, 12.0)
    assert [(s.first_frame, s.frames) for s in take.spans.all()] == [(0, 16), (16, 12), (28, 8)]


def test_a_scene_alone_changes_no_other_scenes_pick(studio, story, editor):
    studio.service.finish_with(film(24))
    assert studio.until_end() == State.READY
    picked = Scene.objects.get(pk=story.scenes[0].pk).pick_id
    studio.render = queue_scene(story.scenes[1], editor, "alone", studio.clock.time)
    assert studio.until_end() == State.READY
    assert [take.number for take in Take.objects.all()] == [2, 1]
    assert Scene.objects.get(pk=story.scenes[0].pk).pick_id == picked
    span = Scene.objects.get(pk=story.scenes[1].pk).pick
    assert span is not None
    assert span.take.number == 2
    assert (span.first_frame, span.frames) == (0, 24)


def test_a_gif_is_kept_and_plays_as_an_mp4(studio):
    studio.service.finish_with(Answer(gif(36), type="image/gif"))
    assert studio.until_end() == State.READY
    take = Take.objects.get()
    assert take.video_type == "gif"
    assert take.original.endswith(".gif")
    assert take.file.endswith(".mp4")
    with studio.poller.store.open(take.original) as file:
        assert file.read() == gif(36)
    with studio.poller.store.open(take.file) as file:
        facts = probe(io.BytesIO(file.read()))
    assert (facts.frames, facts.fps, facts.playable) == (36, 10.0, True)
    assert take.bytes == len(gif(36))


def test_two_videos_are_two_takes_and_the_first_is_picked(studio, story):
    studio.service.finish_with(film(72), film(36))
    assert studio.until_end() == State.READY
    assert [(take.number, take.frames) for take in Take.objects.order_by("number")] == [
        (1, 72),
        (2, 36),
    ]
    assert Scene.objects.get(pk=story.scenes[0].pk).pick.take.number == 1


def test_a_scene_that_is_gone_leaves_its_span(studio, story):
    Scene.objects.filter(pk=story.scenes[1].pk).delete()
    studio.service.finish_with(film(72))
    assert studio.until_end() == State.READY
    assert [span.scene_id for span in Span.objects.all()] == [
        story.scenes[0].pk,
        None,
        story.scenes[2].pk,
    ]


def test_the_key_is_not_shown_to_the_videos_host(studio):
    studio.service.finish_with(film(72))
    studio.until_end()
    assert studio.service.download_headers
    for headers in studio.service.download_headers:
        assert "Authorization" not in headers


def test_the_log_names_renders_and_states_but_no_words_and_no_key(studio, caplog):
    caplog.set_level(logging.DEBUG, "storyboard")
    studio.service.finish_with(film(72))
    studio.until_end()
    assert f"render {studio.render.pk}: queued to submitting" in caplog.text
    for secret in ("Dusk falls", studio.service.key, studio.render.token):
        assert secret not in caplog.text


# Sending: each answer ends in the right state, and nothing is sent twice by itself


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (refusal(400, "INVALID_REQUEST_BODY", "width is wrong"), "INVALID_REQUEST_BODY"),
        (refusal(400, "ILLEGAL_PROMPT"), "ILLEGAL_PROMPT"),
        (refusal(403, "INVALID_API_KEY"), "INVALID_API_KEY"),
        (refusal(400, "BILLING_BALANCE_NOT_ENOUGH"), "BILLING_BALANCE_NOT_ENOUGH"),
        (refusal(404, "API_NOT_FOUND"), "API_NOT_FOUND"),
    ],
)
def test_a_refusal_fails_the_render_with_the_services_reason(studio, answer, reason):
    studio.service.submits = [answer]
    assert studio.tick() == State.FAILED
    assert studio.render.reason == reason
    assert studio.render.message
    studio.tick(3600)
    assert len(studio.service.submitted) == 1


@pytest.mark.parametrize(
    "answer",
    [
        refusal(500, "CREATE_TASK_FAILED"),
        Answer(b"<html>Bad gateway</html>", 502, "text/html"),
        Answer(b"", 504, "text/html"),
        Answer(b"<html>Welcome</html>", 200, "text/html"),
        as_json({"task_id": ""}),
        as_json({"task_id": None}),
        as_json({"task_id": 7}),
        as_json([]),
        Answer(b'{"task_id": "cut', 200),
        Answer(b'{"task_id": "cut"}', 200, length=400),
        Answer(b"x" * 3_000_000, 200),
        Answer(hang_up=True),
        Answer(delay=1.2),
    ],
    ids=[
        "500",
        "502",
        "504",
        "a page",
        "empty id",
        "null id",
        "number id",
        "a list",
        "cut json",
        "cut body",
        "endless",
        "hang-up",
        "time-out",
    ],
)
def test_an_answer_that_never_came_is_no_licence_to_ask_again(studio, answer):
    studio.service.submits = [answer]
    assert studio.tick() == State.UNSURE
    assert "was not sent again" in studio.render.message
    studio.tick(7 * 24 * 3600)
    assert studio.state == State.UNSURE
    assert len(studio.service.submitted) == 1


def test_a_busy_service_is_asked_again_when_it_says(studio):
    busy = refusal(429, "RATE_LIMIT_EXCEEDED", headers={"Retry-After": "40"})
    studio.service.submits = [busy, None]
    assert studio.tick() == State.QUEUED
    assert studio.render.reason == "RATE_LIMIT_EXCEEDED"
    studio.tick(39)
    assert len(studio.service.submitted) == 1
    assert studio.tick(3) == State.WAITING
    assert len(studio.service.submitted) == 2
    assert studio.render.attempt == 2
    assert studio.render.message == ""


def test_a_busy_service_is_left_alone_by_every_render(studio, story, editor):
    studio.service.submits = [
        refusal(429, "RATE_LIMIT_EXCEEDED", headers={"Retry-After": "40"}),
        None,
    ]
    studio.tick()
    other = queue_scene(story.scenes[0], editor, "other", NOON)
    studio.tick(10)
    other.refresh_from_db()
    assert other.state == State.QUEUED
    assert other.next_step_at >= NOON + timedelta(seconds=40)
    assert len(studio.service.submitted) == 1


def test_a_service_that_is_not_there_took_nothing(studio, settings):
    url = studio.service.url
    studio.service.stop()
    studio.client = Client(url, "key", timeout=(1, 1))
    assert studio.tick() == State.QUEUED
    assert studio.render.submitted_at is None
    assert studio.render.reason == "not_connected"
    assert studio.next_tick() == State.QUEUED
    assert studio.render.attempt == 2


def test_a_third_submission_in_a_minute_waits_for_its_slot(studio, story, editor, settings):
    settings.SUBMISSIONS_PER_MINUTE = 2
    others = [queue_scene(story.scenes[n], editor, f"more{n}", NOON) for n in (0, 1)]
    for _ in range(3):
        studio.tick()
    assert len(studio.service.submitted) == 2
    others[1].refresh_from_db()
    assert others[1].state == State.QUEUED
    assert others[1].next_step_at == NOON + timedelta(seconds=61)
    studio.clock.time = others[1].next_step_at
    for _ in range(3):
        studio.tick()
    assert len(studio.service.submitted) == 3


def test_a_render_whose_poller_died_while_sending_is_unsure_and_not_sent(studio):
    Render.objects.update(state=State.SUBMITTING, lease_owner="dead/1", lease_until=NOON, attempt=1)
    assert studio.tick(1) == State.UNSURE
    assert studio.render.reason == "interrupted"
    assert studio.service.submitted == []


def test_an_answer_after_the_lease_was_taken_over_is_adopted(studio):
    def oversleep() -> None:
        studio.clock.time += timedelta(minutes=5)
        # What the other poller does with a lease that ended in `submitting`.
        Render.objects.update(state=State.UNSURE, lease_owner="", lease_until=None)

    client = studio.client
    studio.client = Interrupted(studio.service.url, studio.service.key, oversleep)
    assert studio.tick() == State.WAITING
    studio.client = client
    assert studio.render.task_id == "task-1"
    studio.service.finish_with(film(72))
    assert studio.until_end() == State.READY
    assert len(studio.service.submitted) == 1


def test_a_cancel_before_sending_sends_nothing(studio):
    studio.render.cancel(NOON)
    studio.tick(60)
    assert studio.service.submitted == []
    assert studio.state == State.CANCELLED


def test_what_was_queued_for_another_address_is_not_sent_to_this_one(studio):
    studio.client = None
    assert studio.tick() == State.FAILED
    assert studio.render.reason == "engine_changed"


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
    studio.client = Interrupted(studio.service.url, studio.service.key, lambda: 1 / 0)
    assert studio.tick() == State.UNSURE
    assert studio.render.reason == "own_error"
    studio.tick(3600)
    assert len(studio.service.submitted) == 1


def test_a_task_id_that_another_render_has_is_no_usable_answer(studio, story, editor):
    studio.service.submits = [as_json({"task_id": "twice"})]
    studio.tick()
    studio.render = queue_scene(story.scenes[0], editor, "other", studio.clock.time)
    assert studio.tick() == State.UNSURE
    assert len(studio.service.submitted) == 2


# Waiting: only the service's own end ends what was paid for


@pytest.mark.parametrize(
    "answer",
    [
        refusal(500, "GET_RESULT_FAILED"),
        refusal(429, "RATE_LIMIT_EXCEEDED"),
        Answer(b"<html>", 503, "text/html"),
        Answer(b"not json", 200),
        as_json({"task": None}),
        Answer(hang_up=True),
        refusal(403, "INVALID_API_KEY"),
        refusal(404, "API_NOT_FOUND"),
    ],
    ids=["500", "429", "503", "garbage", "no task", "hang-up", "key", "404"],
)
def test_an_error_of_asking_never_fails_a_paid_render(studio, answer):
    studio.tick()
    studio.service.results = [answer]
    for _ in range(12):
        assert studio.next_tick() == State.WAITING
    assert studio.render.message
    assert len(studio.service.submitted) == 1
    studio.service.finish_with(film(72))
    assert studio.until_end() == State.READY
    assert studio.render.message == ""


def test_errors_of_asking_space_out(studio):
    studio.tick()
    studio.service.results = [refusal(500, "GET_RESULT_FAILED")]
    waits = []
    for _ in range(6):
        studio.next_tick()
        waits.append((studio.render.next_step_at - studio.clock.time).total_seconds())
    assert waits[0] < 3
    assert waits[-1] > 20


def test_a_poll_that_is_told_to_wait_waits(studio):
    studio.tick()
    studio.service.results = [refusal(429, "RATE_LIMIT_EXCEEDED", headers={"Retry-After": "120"})]
    studio.next_tick()
    assert studio.render.next_step_at >= studio.clock.time + timedelta(seconds=120)


def test_a_task_that_failed_fails_with_its_reason(studio):
    studio.tick()
    studio.service.results = [task("TASK_STATUS_FAILED", reason="out of memory")]
    assert studio.next_tick() == State.FAILED
    assert studio.render.message == "out of memory"
    studio.service.finish_with(film(72))
    studio.tick(3600)
    assert studio.state == State.FAILED, "an end is an end"


def test_an_unknown_status_keeps_waiting_and_is_shown(studio):
    studio.tick()
    studio.service.results = [task("TASK_STATUS_DREAMING")]
    assert studio.next_tick() == State.WAITING
    assert studio.render.status_word == "TASK_STATUS_DREAMING"
    studio.service.finish_with(film(72))
    assert studio.until_end() == State.READY


def test_a_full_progress_bar_is_no_end(studio):
    studio.tick()
    studio.service.results = [task("TASK_STATUS_PROCESSING", progress_percent=100)]
    assert studio.next_tick() == State.RENDERING
    assert studio.next_tick() == State.RENDERING


@pytest.mark.parametrize("videos", [[], None])
def test_a_success_without_a_video_fails_and_says_so(studio, videos):
    studio.tick()
    studio.service.results = [task("TASK_STATUS_SUCCEED", videos=videos)]
    assert studio.next_tick() == State.FAILED
    assert studio.render.reason == "no_result"


def test_a_task_that_is_not_found_yet_gets_a_grace(studio):
    studio.tick()
    gone = refusal(404, "TASK_NOT_FOUND")
    studio.service.results = [gone, gone, gone, task("TASK_STATUS_PROCESSING")]
    for _ in range(3):
        assert studio.next_tick() == State.WAITING
    assert studio.next_tick() == State.RENDERING
    assert studio.render.misses == 0


def test_a_task_that_stays_lost_fails(studio):
    studio.tick()
    studio.service.results = [refusal(404, "TASK_NOT_FOUND")]
    assert studio.until_end() == State.FAILED
    assert studio.render.reason == "TASK_NOT_FOUND"
    assert len(studio.service.polled) == steps.GRACE


def test_a_task_that_takes_days_is_never_given_up(studio):
    studio.tick()
    studio.service.results = [task("TASK_STATUS_PROCESSING")]
    studio.tick(3 * 24 * 3600)
    assert studio.state == State.RENDERING
    assert studio.render.overdue(studio.clock.time)
    assert studio.render.next_step_at > studio.clock.time + timedelta(seconds=60)
    studio.service.finish_with(film(72))
    assert studio.until_end() == State.READY


def test_a_render_of_an_engine_no_longer_named_waits_for_it(studio):
    studio.tick()
    client, studio.client = studio.client, None
    assert studio.next_tick() == State.WAITING
    assert studio.render.reason == "engine_changed"
    studio.client = client
    studio.service.finish_with(film(72))
    assert studio.until_end() == State.READY


def test_a_lease_lost_in_the_middle_of_a_poll_writes_nothing(studio):
    studio.tick()

    def take_over() -> None:
        Render.objects.update(lease_owner="another/1", progress=77)

    studio.client = Interrupted(studio.service.url, studio.service.key, take_over)
    studio.service.results = [task("TASK_STATUS_FAILED", reason="late news")]
    assert studio.next_tick() == State.WAITING
    assert studio.render.progress == 77
    assert studio.render.lease_owner == "another/1"


# Saving: whole, or asked for again


@pytest.mark.parametrize(
    "bad",
    [
        Answer(b"", type="video/mp4"),
        Answer(b"<html>Access denied</html>", type="text/html"),
        Answer(b"<html>Access denied</html>", type="video/mp4"),
        Answer(b"ffconcat version 1.0\nfile a.mp4\n", type="video/mp4"),
        Answer(film(72)[:2000], type="video/mp4"),
        Answer(film(72)[:2000], type="video/mp4", length=len(film(72))),
        Answer(b"<Error><Code>AccessDenied</Code></Error>", 403, "application/xml"),
        Answer(film(72), length=600 * 1024 * 1024, type="video/mp4"),
    ],
    ids=["empty", "page", "page as video", "text", "cut", "cut short", "expired", "huge"],
)
class TestWhatIsNoWholeVideo:
    def test_is_fetched_again_with_a_fresh_link(self, studio, bad):
        good = studio.service.serve(film(72))
        studio.service.results = [
            task("TASK_STATUS_SUCCEED", videos=[studio.service.serve(bad)]),
            task("TASK_STATUS_SUCCEED", videos=[good]),
        ]
        studio.tick()
        assert studio.next_tick() == State.SAVING
        assert studio.render.misses == 1
        assert not Take.objects.exists()
        assert studio.next_tick() == State.READY
        assert len(studio.service.submitted) == 1

    def test_fails_in_the_end_and_leaves_no_file(self, studio, bad):
        studio.service.finish_with(bad)
        assert studio.until_end() == State.FAILED
        assert studio.render.reason in (
            "not_a_video",
            "link_expired",
            "download_broken",
            "too_large",
        )
        assert studio.render.message
        assert not Take.objects.exists()
        assert [p for p in studio.poller.store.root.rglob("*") if p.is_file()] == []
        assert len(studio.service.submitted) == 1


def test_an_expired_link_is_asked_for_three_times_more_and_then_named(studio):
    studio.service.finish_with(Answer(b"<Error/>", 403, "application/xml"))
    assert studio.until_end() == State.FAILED
    assert studio.render.reason == "link_expired"
    assert "3600 seconds" in studio.render.message
    assert len(studio.service.downloaded) == 1 + steps.FRESH_LINKS


def test_a_host_of_videos_that_is_down_for_an_hour_loses_nothing(studio):
    studio.service.finish_with(Answer(b"busy", 503, "text/plain"))
    studio.tick()
    studio.next_tick()
    start = studio.clock.time
    while studio.clock.time < start + timedelta(hours=1):
        assert studio.next_tick() == State.SAVING
    studio.service.finish_with(film(72))
    assert studio.until_end() == State.READY


def test_one_bad_video_of_two_does_not_lose_the_other(studio):
    studio.service.finish_with(film(72), b"<html>")
    assert studio.until_end() == State.READY
    assert Take.objects.get().frames == 72


def test_a_full_disk_pauses_the_saving_until_there_is_room(studio, monkeypatch):
    studio.service.finish_with(film(72))
    studio.tick()
    monkeypatch.setattr(store, "SPARE_BYTES", 2**62)
    for _ in range(200):
        assert studio.next_tick() == State.SAVING
    assert studio.render.reason == "store_full"
    assert studio.service.downloaded == []
    monkeypatch.undo()
    assert studio.until_end() == State.READY


def test_a_result_that_is_being_saved_is_taken_up_by_the_next_poller(studio):
    studio.service.finish_with(film(72))
    studio.tick()
    Render.objects.update(state=State.SAVING, lease_owner="dead/1", lease_until=studio.clock.time)
    assert studio.tick(2) == State.READY
    assert Take.objects.count() == 1


def test_saving_keeps_its_lease_while_bytes_come_in(studio, monkeypatch):
    seen = []
    content = film(72)
    studio.service.results = [
        task(
            "TASK_STATUS_SUCCEED",
            videos=[studio.service.serve(Answer(content, type="video/mp4", drip=0.02))],
        )
    ]
    studio.tick()
    write = home.Sink.write

    def slowly(sink, data: bytes) -> int:
        studio.clock.time += timedelta(seconds=30)
        written = write(sink, data)
        seen.append(Render.objects.get().lease_until - studio.clock.time)
        return written

    monkeypatch.setattr(home.Sink, "write", slowly)
    assert studio.next_tick() == State.READY
    assert len(seen) >= 2
    assert min(seen) > timedelta(seconds=60)


def test_a_poller_that_is_told_to_stop_leaves_a_download_to_the_next_one(studio):
    studio.service.finish_with(film(72))
    studio.tick()

    def stop(what: str) -> None:
        if what == "download":
            studio.poller.stop()

    studio.service.meanwhile = stop
    assert studio.next_tick() == State.SAVING
    assert studio.render.lease_owner == ""
    studio.poller.stopping = False
    studio.service.meanwhile = lambda what: None
    assert studio.until_end() == State.READY


def test_takes_of_one_project_are_numbered_in_a_row(studio, story, editor):
    studio.service.finish_with(film(24))
    for number in range(3):
        studio.render = queue_scene(story.scenes[0], editor, f"again{number}", studio.clock.time)
        studio.poller.drain()
        while Render.objects.under_way().exists():
            studio.tick(1)
    assert sorted(Take.objects.values_list("number", flat=True)) == [1, 2, 3, 4]


# Leases of the dead


def test_leases_of_a_dead_process_of_this_host_end_at_once(studio):
    Render.objects.update(
        state=State.WAITING,
        task_id="task-9",
        lease_owner="one:999999999:b/1",
        lease_until=NOON + steps.LEASE,
    )
    release_dead("one:1:a", NOON)
    assert Render.objects.due(NOON).exists()


@pytest.mark.parametrize("owner", ["one:1:a/1", "elsewhere:999999999:b/1", "one:1:b/1"])
def test_leases_of_the_living_and_of_other_hosts_stand(studio, owner):
    Render.objects.update(lease_owner=owner, lease_until=NOON + steps.LEASE)
    release_dead("one:1:a", NOON)
    assert not Render.objects.due(NOON).exists()
