"""POST /hooks/<token>/: a hint is stored and answered at once, and nothing in it is believed."""

from __future__ import annotations

import json
import logging
import re
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from types import SimpleNamespace

import psycopg
import pytest
import requests
from django.conf import settings as configured
from django.test import Client
from django.urls import reverse

from storyboard.keeping.logs import JsonLine, OneLine
from storyboard.renders.heard import TASKS_MAX, Hook
from storyboard.renders.models import Render
from storyboard.renders.scrub import without_tokens
from storyboard.renders.states import State
from tests.shelf import add_render
from tests.site import Site


@pytest.fixture
def render(story) -> Render:
    return add_render(story.project, State.UNSURE, task_id=None)


@pytest.fixture
def outside() -> Client:
    """A stranger, who proves to be no browser of ours."""
    return Client(enforce_csrf_checks=True)


def event(task_id: object = "task-1", **changes: object) -> dict:
    return {"event_type": "ASYNC_TASK_RESULT", "payload": {"task": {"task_id": task_id}}} | changes


def post(client: Client, token: str, body: object):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(reverse("hook", args=(token,)), content, content_type="application/json")


def plain(page: bytes) -> bytes:
    """Leave out what each page has of its own: the token of its forms, and the request's id."""
    return re.sub(rb"\b([A-Za-z0-9]{64}|[0-9a-f]{10})\b", b"", page)


def told(render: Render) -> list[str]:
    return [hook.task_id for hook in render.hooks.all()]


def test_an_event_is_stored_with_its_task_and_nothing_else(outside, render):
    before = Render.objects.values().get(pk=render.pk)
    body = event() | {"payload": {"task": {"task_id": "task-1", "status": "TASK_STATUS_FAILED"}}}
    body["payload"]["videos"] = [{"video_url": "https://evil.example/film.mp4"}]
    answer = post(outside, render.token, body)
    assert answer.status_code == 204
    assert told(render) == ["task-1"]
    assert Render.objects.values().get(pk=render.pk) == before
    assert not answer.cookies


def test_the_same_event_five_times_is_one(outside, render):
    for _ in range(5):
        assert post(outside, render.token, event()).status_code == 204
    assert told(render) == ["task-1"]


# PostgreSQL stores no NUL, and must not be asked for one.
@pytest.mark.parametrize("token", ["x" * 32, "a%00b", "%F0%9F%98%80", "%2e%2e", "x" * 3000])
def test_an_unknown_token_is_answered_as_a_missing_page(outside, render, token):
    body = json.dumps(event()).encode()
    answer = outside.post(f"/hooks/{token}/", body, content_type="application/json")
    missing = Client().post("/nothing/here/", b"", content_type="application/json")
    assert answer.status_code == missing.status_code == 404
    assert plain(answer.content) == plain(missing.content)
    assert {*answer.headers} == {*missing.headers}
    assert {*answer.cookies} == {*missing.cookies}
    assert not Hook.objects.exists()


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "options"])
def test_only_a_post_is_answered(outside, render, method):
    assert getattr(outside, method)(reverse("hook", args=(render.token,))).status_code == 405


def test_without_tls_it_is_refused_and_not_led_on(outside, render, settings):
    settings.HTTPS = settings.SECURE_SSL_REDIRECT = True
    answer = post(outside, render.token, event())
    assert (answer.status_code, answer.content) == (403, b"")
    assert told(render) == []
    path = reverse("hook", args=(render.token,))
    body = json.dumps(event())
    assert outside.post(path, body, "application/json", secure=True).status_code == 204
    assert outside.get(reverse("account_login")).status_code == 301


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 200_000,
        event(""),
        event("  "),
        event(None),
        event(7),
        event(["task-1"]),
        event("a\0b"),
        event("a\nb"),
        event("x" * 201),
        event(payload=None),
        event(payload={"task": []}),
        event(payload={"task_id": "task-1"}),
    ],
    ids=str,
)
def test_what_is_no_event_is_refused_and_not_stored(outside, render, body):
    assert post(outside, render.token, body).status_code == 400
    assert told(render) == []


def test_an_event_of_another_kind_is_answered_and_ignored(outside, render):
    assert post(outside, render.token, event(event_type="SOMETHING_ELSE")).status_code == 204
    assert told(render) == []


def test_a_body_over_the_limit_is_refused(outside, render):
    assert post(outside, render.token, b" " * 256 * 1024 + b"{}").status_code == 413
    assert told(render) == []


def test_a_flood_of_tasks_stays_small(outside, render):
    answers = [post(outside, render.token, event(f"task-{n}")).status_code for n in range(30)]
    assert answers == [204] * TASKS_MAX + [429] * (30 - TASKS_MAX)
    assert len(told(render)) == TASKS_MAX


def test_no_log_line_holds_a_token(outside, render, caplog):
    """Django itself logs the path of whatever is answered with 4xx or 5xx."""
    for body in (b"x", event("  "), b" " * 300_000):
        post(outside, render.token, body)
    outside.get(reverse("hook", args=(render.token,)))
    assert len(caplog.records) == 4
    formatters = {kind["()"] for kind in configured.LOGGING["formatters"].values()}
    assert formatters == {f"{kind.__module__}.{kind.__qualname__}" for kind in (OneLine, JsonLine)}
    lines = [kind().format(row) for row in caplog.records for kind in (OneLine, JsonLine)]
    assert all("/hooks/[secret]/" in line and render.token not in line for line in lines)


def test_a_traceback_holds_no_token_either(render):
    try:
        raise OSError(f"POST http://story.example/hooks/{render.token}/ failed")
    except OSError as error:
        details = (type(error), error, error.__traceback__)
        record = logging.LogRecord("x", logging.ERROR, "x", 1, "it failed", None, details)
    assert render.token not in OneLine().format(record) + JsonLine().format(record)


@pytest.mark.parametrize(
    "text",
    [
        "https://story.example/hooks/{}/",
        "https:\\/\\/story.example\\/hooks\\/{}\\/",
        "to=https%3A%2F%2Fstory.example%2Fhooks%2F{}%2F",
        "/HOOKS/{}",
        "/join/{}/",
    ],
)
def test_an_address_is_known_by_its_shape_however_it_is_written(text, render):
    assert render.token not in without_tokens(text.format(render.token))
    half = render.token[:16]
    assert half not in without_tokens(text.format(render.token)[: text.index("{") + 16])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("site"))
    try:
        site.await_answer()
        yield site
    finally:
        site.stop()


SEED = """
from django.utils import timezone
from storyboard.people.models import User
from storyboard.renders.models import Render
from storyboard.stories.models import Project
user = User.objects.create_user("{name}@example.org", "a long password")
project = Project.objects.create(team=user.teams.get(), title="A story")
at = timezone.now()
render = Render.objects.create(project=project, nonce="n", request={{}}, scenes=[], state="unsure",
    engine="http://127.0.0.1:1", queued_at=at, changed_at=at)
print(render.token, render.pk)
"""


def seeded(site: Site, name: str) -> SimpleNamespace:
    token, pk = site.ask(SEED.format(name=name))
    return SimpleNamespace(url=f"{site.address}/hooks/{token}/", pk=pk)


def timed(url: str, body: object) -> tuple[int, float]:
    started = time.monotonic()
    answer = requests.post(url, json=body, timeout=10)
    return answer.status_code, time.monotonic() - started


@pytest.mark.process
def test_fifty_events_at_once_have_one_effect(site):
    render = seeded(site, "fifty")
    with ThreadPoolExecutor(25) as pool:
        answers = list(pool.map(lambda n: timed(render.url, event()), range(50)))
    assert {status for status, _ in answers} == {204}
    query = f"select task_id from renders_hook where render_id = {int(render.pk)}"  # noqa: S608
    assert site.rows(query) == [("task-1",)]


@contextmanager
def held(site: Site) -> Iterator[None]:
    """Keep everybody else from writing what an event writes."""
    if database := site.env.get("DATABASE_URL"):
        with psycopg.connect(database) as other:
            other.execute("LOCK TABLE renders_hook IN EXCLUSIVE MODE")
            yield
            other.rollback()
        return
    with closing(sqlite3.connect(site.data / "storyboard.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.process
def test_while_the_database_is_locked_it_answers_within_a_second(site):
    render = seeded(site, "locked")
    with held(site):
        answers = [timed(render.url, event()) for _ in range(3)]
        unknown = timed(f"{site.address}/hooks/{'x' * 32}/", event())
    assert {status for status, _ in answers} == {503}
    assert max(seconds for _, seconds in answers) < 1
    assert unknown[0] == 404
    # The service comes again.
    assert timed(render.url, event())[0] == 204


@pytest.mark.process
def test_a_body_that_never_ends_is_not_waited_for(site):
    render = seeded(site, "endless")

    def endless():
        for _ in range(64):
            yield b" " * 64 * 1024

    answer = requests.post(render.url, data=endless(), timeout=10)
    assert answer.status_code in (400, 413)
