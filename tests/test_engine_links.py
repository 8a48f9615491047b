"""Links to finished films: signed, short-lived, renewed by each poll, read whole or in part."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from engine_at_hand import AtHand

from storyboard.engine.models import EngineTask, TaskState

pytestmark = pytest.mark.django_db

FILM = bytes(range(256)) * 1200
BASE = "http://127.0.0.1:8900"


@pytest.fixture
def engine(tmp_path) -> AtHand:
    return AtHand(tmp_path / "engine")


@pytest.fixture
def task(engine, now) -> EngineTask:
    """A task whose film is there."""
    engine.submit()
    task = EngineTask.objects.claim(now)
    assert task
    name = f"{task.task_id}.mp4"
    (engine.engine.films / name).write_bytes(FILM)
    assert task.succeed(name, now)
    return EngineTask.objects.get(pk=task.pk)


def link(engine, task, **how) -> str:
    return engine.result(task.task_id, **how).json["videos"][0]["video_url"]


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def at(engine: AtHand, moment: datetime) -> None:
    engine.engine.clock = lambda: moment


def refused(answer, status: int, code: str) -> None:
    """Hold that the answer is a storage host's error, in XML."""
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/xml")
    found = ElementTree.fromstring(answer.body)  # noqa: S314
    assert (found.tag, found.findtext("Code")) == ("Error", code)
    assert found.findtext("Message")


def test_a_finished_task_names_its_video_as_documented(engine, task, now):
    at(engine, now)
    found = engine.result(task.task_id).json
    assert found["task"]["status"] == "TASK_STATUS_SUCCEED"
    (video,) = found["videos"]
    assert set(video) == {"video_url", "video_url_ttl", "video_type"}
    assert (video["video_url_ttl"], video["video_type"]) == ("3600", "mp4")
    info = found["extra"]["debug_info"]
    assert all(info[name].isdecimal() for name in info if name != "request_info")


def test_the_link_needs_no_key_and_gives_the_film(engine, task):
    answer = engine.ask("GET", path_of(link(engine, task)), key=None)
    assert answer.status == 200
    assert answer.body == FILM
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["Content-Length"] == str(len(FILM))
    assert answer.headers["Accept-Ranges"] == "bytes"


def test_the_link_leads_back_the_way_the_client_came(engine, task):
    assert link(engine, task, host="engine.example:1234").startswith("http://engine.example:1234/")
    assert link(engine, task, host="[::1]:8900").startswith("http://[::1]:8900/")


@pytest.mark.parametrize("host", ["", "evil.example/x?", 'a"b', "user@host", "a\r\nb"])
def test_a_strange_host_is_not_echoed(engine, task, host):
    assert link(engine, task, host=host).startswith(f"{BASE}/files/")


def test_an_expired_link_is_refused_as_a_storage_host_would(engine, task, now):
    at(engine, now)
    old = path_of(link(engine, task))
    at(engine, now + timedelta(seconds=3598))
    assert engine.ask("GET", old, key=None).status == 200
    at(engine, now + timedelta(seconds=3600))
    refused(engine.ask("GET", old, key=None), 403, "AccessDenied")


def test_a_new_poll_gives_a_fresh_link(engine, task, now):
    at(engine, now)
    old = link(engine, task)
    at(engine, now + timedelta(seconds=4000))
    fresh = link(engine, task)
    assert fresh != old
    assert engine.ask("GET", path_of(fresh), key=None).status == 200


def test_the_time_to_live_is_a_setting(tmp_path, now):
    engine = AtHand(tmp_path / "engine", ttl=10)
    at(engine, now)
    engine.submit()
    task = EngineTask.objects.claim(now)
    name = f"{task.task_id}.mp4"
    (engine.engine.films / name).write_bytes(FILM)
    task.succeed(name, now)
    video = engine.result(task.task_id).json["videos"][0]
    assert video["video_url_ttl"] == "10"
    at(engine, now + timedelta(seconds=10))
    refused(engine.ask("GET", path_of(video["video_url"]), key=None), 403, "AccessDenied")


@pytest.mark.parametrize(
    "tamper",
    [
        lambda path: path.replace("Expires=1", "Expires=9"),
        lambda path: path[:-1] + ("0" if path[-1] != "0" else "1"),
        lambda path: path.partition("?")[0],
        lambda path: path.partition("&")[0],
        lambda path: path.replace("/files/", "/files/../films/"),
        lambda path: path.replace(".mp4", ".gif"),
        lambda path: path.replace("Signature=", "Signature=%C3%BF"),
        lambda path: "/files/%2e%2e%2flink_key?Expires=9999999999&Signature=0",
        lambda path: "/files/?Expires=x&Signature=",
    ],
)
def test_a_tampered_link_is_refused(engine, task, tamper):
    answer = engine.ask("GET", tamper(path_of(link(engine, task))), key=None)
    refused(answer, 403, "SignatureDoesNotMatch")


def test_the_key_opens_no_film(engine, task):
    refused(engine.ask("GET", f"/files/{task.file}"), 403, "SignatureDoesNotMatch")


def test_a_film_that_is_gone_is_not_found(engine, task):
    path = path_of(link(engine, task))
    (engine.engine.films / task.file).unlink()
    refused(engine.ask("GET", path, key=None), 404, "NoSuchKey")


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-99", 0, 99),
        ("bytes=1000-", 1000, len(FILM) - 1),
        ("bytes=-10", len(FILM) - 10, len(FILM) - 1),
        ("bytes=100-99999999", 100, len(FILM) - 1),
        (f"bytes=-{len(FILM) * 2}", 0, len(FILM) - 1),
    ],
)
def test_a_part_can_be_read(engine, task, asked, first, last):
    answer = engine.ask("GET", path_of(link(engine, task)), key=None, range=asked)
    assert answer.status == 206
    assert answer.body == FILM[first : last + 1]
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(FILM)}"
    assert answer.headers["Content-Length"] == str(last - first + 1)


@pytest.mark.parametrize("asked", [f"bytes={len(FILM)}-", "bytes=-0", "bytes=9-3"])
def test_a_part_that_is_not_there_cannot(engine, task, asked):
    answer = engine.ask("GET", path_of(link(engine, task)), key=None, range=asked)
    refused(answer, 416, "InvalidRange")
    assert answer.headers["Content-Range"] == f"bytes */{len(FILM)}"


@pytest.mark.parametrize("asked", ["bytes=-", "bytes=0-1,5-6", "lines=1-2", "bytes=a-b", "x"])
def test_a_range_it_does_not_understand_gets_the_whole(engine, task, asked):
    answer = engine.ask("GET", path_of(link(engine, task)), key=None, range=asked)
    assert (answer.status, len(answer.body)) == (200, len(FILM))


def test_a_part_of_another_version_gets_the_whole(engine, task):
    path = path_of(link(engine, task))
    answer = engine.ask("GET", path, key=None, range="bytes=0-9", if_range='"old"')
    assert answer.status == 200
    tag = answer.headers["ETag"]
    assert engine.ask("GET", path, key=None, range="bytes=0-9", if_range=tag).status == 206


def test_head_tells_the_length_alone(engine, task):
    answer = engine.ask("HEAD", path_of(link(engine, task)), key=None)
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(FILM))


def test_a_task_that_failed_has_no_link_and_says_why(engine, now):
    engine.submit()
    task = EngineTask.objects.claim(now)
    task.fail("The disk is full.", now)
    found = engine.result(task.task_id).json
    assert (found["task"]["status"], found["task"]["reason"]) == (
        TaskState.FAILED,
        "The disk is full.",
    )
    assert found["videos"] == []
