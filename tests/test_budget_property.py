"""Random edits by several people at once, over real HTTP, never store an illegal clip."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.waiting import free_port, wait_for

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parent.parent
HANDS = 4
SEED_SCRIPT = """
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from storyboard.people.models import User
from storyboard.stories.models import Project, Scene
user = User.objects.create_user("writer@example.org", "a long password")
project = Project.objects.create(team=user.teams.get(), title="Contended")
for place, frames in enumerate((32, 24, 16)):
    Scene.objects.create(project=project, position=place, prompt="A scene", frames=frames)
session = SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.create()
print(session.session_key)
"""


class Site:
    """The web server on a free port, with a database of its own and a writer signed in."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.env = os.environ | {
            "STORYBOARD_DATA": str(data),
            "SECRET_KEY": "for this test only, and long enough for every check",
            "DEBUG": "true",
            "LOG_LEVEL": "ERROR",
        }
        self.manage("migrate", "--verbosity=0")
        self.session = self.manage("shell", "--no-imports", "-c", SEED_SCRIPT).split()[-1]
        self.port = free_port()
        self.server = subprocess.Popen(
            [
                *(sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "2"),
                *("--port", str(self.port), "--no-ws", "storyboard.wsgi:application"),
            ],
            cwd=ROOT,
            env=self.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.env, check=True, capture_output=True)
        return done.stdout.decode()

    def browser(self) -> requests.Session:
        browser = requests.Session()
        browser.trust_env = False
        browser.cookies.set("sessionid", self.session)
        browser.cookies.set("csrftoken", "t" * 32)
        browser.headers.update({"X-CSRFToken": "t" * 32, "HX-Request": "true"})
        return browser

    def post(self, browser: requests.Session, path: str, data: dict[str, object]) -> int:
        url = f"http://127.0.0.1:{self.port}{path}"
        return browser.post(url, data=data, timeout=30, allow_redirects=False).status_code

    def rows(self) -> list[tuple[int, int, int, int]]:
        """Return (pk, position, frames, cut) of the scenes kept, in order."""
        with sqlite3.connect(self.data / "storyboard.sqlite3") as connection:
            return connection.execute(
                "select id, position, frames, cut from stories_scene"
                " where deleted_at is null order by position, id"
            ).fetchall()

    def stop(self) -> None:
        self.server.terminate()
        self.server.wait(timeout=20)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("contended"))
    try:
        wait_for(lambda: site.post(site.browser(), "/scenes/0/frames/", {}) == 404)
        yield site
    finally:
        site.stop()


EDITS = st.one_of(
    st.tuples(st.just("frames"), st.integers(0, 20), st.integers(6, 70)),
    st.tuples(st.just("add"), st.just(0), st.just(0)),
    st.tuples(st.just("make room"), st.just(0), st.just(0)),
    st.tuples(st.just("move"), st.integers(0, 20), st.integers(0, 16)),
    st.tuples(st.just("delete"), st.integers(0, 20), st.just(0)),
    st.tuples(st.just("restore"), st.integers(1, 40), st.just(0)),
)


def act(site: Site, browser: requests.Session, edit: tuple[str, int, int]) -> int:
    kind, which, value = edit
    if kind in ("add", "make room"):
        path = "/projects/1/scenes/" if kind == "add" else "/projects/1/make-room/"
        return site.post(browser, path, {})
    if kind == "restore":
        return site.post(browser, f"/scenes/{which}/restore/", {})
    rows = site.rows()
    pk = rows[which % len(rows)][0] if rows else 1
    path = {"frames": "frames", "move": "move", "delete": "delete"}[kind]
    return site.post(browser, f"/scenes/{pk}/{path}/", {"frames": value, "position": value})


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(EDITS, min_size=4, max_size=24))
def test_no_sequence_of_edits_however_concurrent_stores_an_illegal_clip(site, edits):
    with ThreadPoolExecutor(HANDS) as hands:
        browsers = [site.browser() for _ in range(HANDS)]
        answers = [
            hands.submit(act, site, browsers[number % HANDS], edit)
            for number, edit in enumerate(edits)
        ]
        statuses = {answer.result() for answer in answers}
    assert statuses <= {200, 404, 422}, statuses
    rows = site.rows()
    assert [position for _, position, _, _ in rows] == list(range(len(rows)))
    assert all(8 <= frames <= 64 for _, _, frames, _ in rows)
    assert sum(frames for _, _, frames, _ in rows) <= 128
    assert len(rows) <= 16
    assert not any(cut for *_, cut in rows)
