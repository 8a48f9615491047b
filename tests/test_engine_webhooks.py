"""Webhooks: told on a task's end, again when nobody listens, and to nobody but the allowed."""

from __future__ import annotations

import io
from datetime import timedelta

import av
import pytest
from engine_at_hand import AtHand
from webhook_listener import Listener

from storyboard.engine.models import EngineTask, EngineWebhook
from storyboard.engine.webhooks import Teller, allowed

pytestmark = pytest.mark.django_db

BACK_OFF = (2.0, 10.0, 30.0, 120.0, 600.0)


@pytest.fixture
def engine(tmp_path, now) -> AtHand:
    found = AtHand(tmp_path / "engine")
    found.time = now
    found.engine.clock = lambda: found.time
    return found


@pytest.fixture
def listener():
    found = Listener(200)
    yield found
    found.stop()


def teller(engine: AtHand, *hosts: str, timeout: float = 5.0) -> Teller:
    return Teller(engine.engine, hosts, back_off=BACK_OFF, timeout=timeout)


def ended(engine: AtHand, url: str, *, reason: str = "") -> EngineTask:
    """A task that names a webhook, at its end."""
    engine.submit(extra={"webhook": {"url": url}})
    task = EngineTask.objects.claim(engine.time)
    if reason:
        task.fail(reason, engine.time)
    else:
        task.succeed(f"{task.task_id}.mp4", engine.time)
    return EngineTask.objects.get(pk=task.pk)


def mock(engine: AtHand, url: str, status: str) -> str:
    test_mode = {"enabled": True, "return_task_status": status}
    extra = {"webhook": {"url": url, "test_mode": test_mode}}
    return engine.submit(extra=extra).json["task_id"]


def test_a_finished_task_is_told_as_documented(engine, listener):
    task = ended(engine, listener.url)
    assert teller(engine, listener.address).tick()
    (event,) = listener.heard
    expected = engine.result(task.task_id).json
    expected["extra"]["webhook"] = {"url": listener.url}
    assert event == {"event_type": "ASYNC_TASK_RESULT", "payload": expected}
    assert event["payload"]["videos"][0]["video_url"].startswith("http://127.0.0.1:8900/files/")


def test_a_failed_task_is_told_with_its_reason(engine, listener):
    ended(engine, listener.url, reason="The disk is full.")
    teller(engine, listener.address).tick()
    task = listener.heard[0]["payload"]["task"]
    assert (task["status"], task["reason"]) == ("TASK_STATUS_FAILED", "The disk is full.")


def test_a_task_without_a_webhook_is_told_to_nobody(engine, listener):
    engine.submit()
    EngineTask.objects.claim(engine.time).succeed("a.mp4", engine.time)
    assert not teller(engine, listener.address).tick()


def test_a_task_that_is_still_drawn_is_not_told(engine, listener):
    engine.submit(extra={"webhook": {"url": listener.url}})
    EngineTask.objects.claim(engine.time)
    assert not teller(engine, listener.address).tick()


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_an_event_that_arrived_is_not_told_again(engine, listener, status):
    listener.script = [status]
    ended(engine, listener.url)
    telling = teller(engine, listener.address)
    assert telling.tick()
    engine.time += timedelta(days=1)
    assert not telling.tick()
    assert len(listener.heard) == 1


@pytest.mark.parametrize("status", [302, 400, 404, 500])
def test_it_is_told_five_times_again_and_then_given_up(engine, listener, status):
    listener.script = [status]
    ended(engine, listener.url)
    telling = teller(engine, listener.address)
    waits = []
    for _ in range(6):
        assert telling.tick()
        assert not telling.tick()
        waiting = EngineWebhook.objects.get()
        if waiting.settled_at is None:
            waits.append((waiting.next_at - engine.time).total_seconds())
            engine.time = waiting.next_at
    assert len(listener.heard) == 6
    assert waits == pytest.approx(BACK_OFF)
    engine.time += timedelta(days=1)
    assert not telling.tick()
    assert EngineWebhook.objects.get().outcome == f"given up: HTTP {status}"


def test_a_repetition_that_arrives_ends_it(engine, listener):
    listener.script = [500, 200]
    ended(engine, listener.url)
    telling = teller(engine, listener.address)
    telling.tick()
    engine.time += timedelta(seconds=2)
    telling.tick()
    assert EngineWebhook.objects.get().outcome == "delivered"
    first, second = listener.heard
    assert first["payload"]["task"] == second["payload"]["task"]


def test_a_redirect_is_not_followed(engine, listener):
    other = Listener(200)
    try:
        listener.script, listener.location = [307], other.url
        ended(engine, listener.url)
        teller(engine, listener.address, other.address).tick()
        assert (len(listener.heard), other.heard) == (1, [])
    finally:
        other.stop()


def test_one_that_answers_too_late_counts_as_none(engine, listener):
    listener.delay = 0.5
    ended(engine, listener.url)
    teller(engine, listener.address, timeout=0.1).tick()
    webhook = EngineWebhook.objects.get()
    assert (webhook.settled_at, webhook.outcome) == (None, "ReadTimeout")


def test_one_that_nobody_listens_at_is_tried_again(engine, listener):
    listener.stop()
    ended(engine, listener.url)
    teller(engine, listener.address).tick()
    webhook = EngineWebhook.objects.get()
    assert (webhook.settled_at, webhook.outcome) == (None, "ConnectionError")


def test_an_event_that_a_killed_engine_was_at_is_told_again(engine, listener):
    ended(engine, listener.url)
    lease = timedelta(seconds=30)
    assert EngineWebhook.objects.claim(engine.time, lease)
    telling = teller(engine, listener.address)
    assert not telling.tick()
    engine.time += lease
    assert telling.tick()
    assert len(listener.heard) == 1


def test_two_tellers_tell_one_event_once(engine, listener):
    ended(engine, listener.url)
    lease = timedelta(seconds=30)
    assert EngineWebhook.objects.claim(engine.time, lease)
    assert EngineWebhook.objects.claim(engine.time, lease) is None


def test_an_address_that_is_not_allowed_is_told_nothing(engine, listener):
    ended(engine, listener.url)
    assert teller(engine, "example.org").tick()
    assert listener.heard == []
    assert EngineWebhook.objects.get().outcome == "not on the allow-list"


@pytest.mark.parametrize(
    ("url", "hosts", "may"),
    [
        ("http://127.0.0.1:8000/hook/", ["127.0.0.1:8000"], True),
        ("http://127.0.0.1:8001/hook/", ["127.0.0.1:8000"], False),
        ("http://127.0.0.1:8000/hook/", ["127.0.0.1"], False),
        ("https://story.example/hook/", ["story.example"], True),
        ("http://STORY.example/hook/", ["Story.Example"], True),
        ("https://story.example:443/", ["story.example:443"], True),
        ("https://story.example:8443/", ["story.example"], False),
        ("https://story.example.evil.example/", ["story.example"], False),
        ("https://story.example@evil.example/", ["story.example"], False),
        ("https://evil.example/story.example", ["story.example"], False),
        ("http://[::1]:8000/", ["[::1]:8000"], True),
        ("ftp://story.example/", ["story.example"], False),
        ("http:///path", [""], False),
        ("http://[broken", ["story.example"], False),
        ("https://story.example/", [], False),
    ],
)
def test_the_allow_list_names_hosts_with_their_ports(url, hosts, may):
    assert allowed(url, hosts) is may


def test_by_default_only_this_installation_is_told(settings):
    assert f"127.0.0.1:{settings.PORT}" in settings.ENGINE_WEBHOOK_HOSTS
    assert not allowed("http://127.0.0.1:1/", settings.ENGINE_WEBHOOK_HOSTS)
    assert not allowed("https://example.org/", settings.ENGINE_WEBHOOK_HOSTS)


@pytest.mark.parametrize(
    ("status", "videos"), [("TASK_STATUS_SUCCEED", ["mp4"]), ("TASK_STATUS_FAILED", [])]
)
def test_test_mode_tells_a_mock_event_and_draws_nothing(engine, listener, status, videos):
    task_id = mock(engine, listener.url, status)
    assert EngineTask.objects.claim(engine.time) is None
    telling = teller(engine, listener.address)
    assert not telling.tick(), "the submission is answered first"
    engine.time += timedelta(seconds=1)
    assert telling.tick()
    payload = listener.heard[0]["payload"]
    assert (payload["task"]["task_id"], payload["task"]["status"]) == (task_id, status)
    assert bool(payload["task"]["reason"]) is (status == "TASK_STATUS_FAILED")
    assert payload["extra"]["webhook"]["test_mode"]["enabled"] is True
    assert [video["video_type"] for video in payload["videos"]] == videos


@pytest.mark.parametrize("kind", ["mp4", "gif"])
def test_the_video_of_a_mock_event_can_be_opened(engine, listener, kind):
    test_mode = {"enabled": True, "return_task_status": "TASK_STATUS_SUCCEED"}
    webhook = {"url": listener.url, "test_mode": test_mode}
    answer = engine.submit(extra={"webhook": webhook, "response_video_type": kind})
    url = engine.result(answer.json["task_id"]).json["videos"][0]["video_url"]
    film = engine.ask("GET", url.removeprefix("http://127.0.0.1:8900"), key=None)
    with av.open(io.BytesIO(film.body)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 8


def test_test_mode_that_is_not_enabled_is_a_real_run(engine, listener):
    webhook = {"url": listener.url, "test_mode": {"enabled": False, "return_task_status": "x"}}
    assert engine.submit(extra={"webhook": webhook}).status == 200
    assert EngineTask.objects.claim(engine.time)
