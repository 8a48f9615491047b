"""GET /healthz and `manage.py status`: what works and what does not, and for whom."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from storyboard.renders import heartbeat, holding
from storyboard.renders.states import State
from tests.shelf import add_render
from tests.waiting import free_port

TOKEN = "a-token-of-the-monitoring"
FINE = {"database": "ok", "poller": "ok", "disk": "ok"}


@contextmanager
def database_down() -> Iterator[None]:
    def refuse(*anything: object) -> None:
        raise OperationalError("disk I/O error at /var/lib/secret/place")

    with connection.execute_wrapper(refuse):
        yield


@pytest.fixture
def poller(db):
    heartbeat.beat("here:1:a", timezone.now())


@pytest.fixture
def status(settings, db):
    """Return a function that runs `manage.py status`; nothing listens on the web's port."""
    settings.PORT = free_port()

    def run(*arguments: str) -> tuple[int, str]:
        out = io.StringIO()
        try:
            call_command("status", *arguments, stdout=out)
        except SystemExit as left:
            return int(left.code or 0), out.getvalue()
        return 0, out.getvalue()

    return run


def test_all_is_well_without_an_account(poller):
    answer = Client().get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "parts": FINE}
    assert "no-store" in answer["Cache-Control"]


def test_without_a_poller_it_fails(db):
    answer = Client().get("/healthz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "failing", "parts": FINE | {"poller": "failing"}}


def test_a_poller_that_fell_silent_fails(db):
    heartbeat.beat("here:1:a", timezone.now() - timedelta(seconds=31))
    assert Client().get("/healthz").json()["parts"]["poller"] == "failing"


def test_without_a_database_it_fails_and_does_not_say_why(poller):
    with database_down():
        answer = Client().get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["parts"] == FINE | {"database": "failing", "poller": "failing"}
    assert b"secret" not in answer.content


def test_a_full_disk_fails(poller, settings, tmp_path, monkeypatch):
    settings.RESERVE_BYTES = 10**18
    answer = Client().get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["parts"] == FINE | {"disk": "failing"}


def test_a_data_folder_that_is_gone_is_measured_where_it_would_be(poller, settings, tmp_path):
    settings.DATA = tmp_path / "unmounted" / "data"
    assert Client().get("/healthz").status_code == 200


def test_figures_are_for_whoever_bears_the_token(poller, story, settings):
    add_render(story.project, State.QUEUED)
    for token, shown in (("", False), (TOKEN, True)):
        settings.METRICS_TOKEN = token
        answer = Client().get("/healthz?full", headers={"Authorization": f"Bearer {TOKEN}"})
        assert ("full" in answer.json()) is shown
    assert answer.json()["full"]["queue_depth"] == 1
    for header in ("Bearer wrong", TOKEN, f"Basic {TOKEN}", "Bearer", "Bearer tökén"):
        answer = Client().get("/healthz?full", headers={"Authorization": header})
        assert "full" not in answer.json(), header


def test_figures_come_with_a_failing_part_too(story, settings):
    settings.METRICS_TOKEN = TOKEN
    answer = Client().get("/healthz?full", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 503
    assert answer.json()["full"]["poller_beat_age"] is None


def test_it_answers_plain_http_beside_a_proxy_with_tls(poller, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get("/healthz").status_code == 200
    assert Client().get("/").status_code == 301


def test_it_is_for_reading_alone(db):
    assert Client().post("/healthz").status_code == 405


def test_status_says_each_part_in_words(status, poller, story):
    now = timezone.now()
    add_render(story.project, State.QUEUED, queued_at=now - timedelta(minutes=5))
    add_render(story.project, State.WAITING, queued_at=now - timedelta(hours=3))
    add_render(story.project, State.UNSURE)
    code, words = status()
    assert code == 1, "no web listens"
    assert "does not answer on port" in words
    assert "1 running, last sign of life 0 s ago" in words
    assert "1 waiting to be sent, the first for 5 min" in words
    assert "waiting, asked for 3 h ago" in words
    assert "1 may have been charged" in words
    assert "answered when last asked" in words


def test_status_says_that_renders_are_held(status, poller, story):
    add_render(story.project, State.QUEUED)
    holding.begin(timezone.now(), "Restored.")
    assert "safe mode: nothing is sent" in status()[1]
    assert json.loads(status("--json")[1])["safe_mode"] is True


def test_status_of_an_empty_house(status):
    _, words = status()
    assert "none is running; nothing is sent or fetched" in words
    assert "empty" in words
    assert "has not been asked" in words


def test_status_says_that_the_service_does_not_answer(status, poller, story):
    add_render(story.project, State.QUEUED, reason="not_connected")
    _, words = status()
    assert "did not answer when last asked" in words
    assert json.loads(status("--json")[1])["engine"] == "unreachable"


def test_status_as_json_has_every_figure(status, poller, story):
    render = add_render(story.project, State.RENDERING)
    code, text = status("--json")
    found = json.loads(text)
    assert code == 1
    assert found["parts"] == {"web": "failing"} | FINE
    assert found["oldest_under_way"]["id"] == render.pk
    assert found["renders"]["rendering"] == 1
    assert found["disk_free"] > 0


@pytest.mark.parametrize(
    "names", [["story.example"], [".story.example"], ["*"], ["127.0.0.1", "story.example"]]
)
def test_status_finds_the_web_by_whatever_name_it_may_be_called(
    status, poller, live_server, settings, names
):
    settings.ALLOWED_HOSTS = names
    settings.PORT = live_server.thread.port
    assert status()[0] == 0
    assert json.loads(status("--json")[1])["parts"] == {"web": "ok"} | FINE


def test_status_without_a_database(status, poller):
    with database_down():
        code, words = status()
    assert code == 1
    assert "does not answer; the rest is unknown" in words
    assert "Traceback" not in words
