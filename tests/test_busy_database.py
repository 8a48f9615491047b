"""SQLite held by a long writer: people wait, and neither an error page nor a lost press follows."""

from __future__ import annotations

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from tests.site import Site
from tests.waiting import wait_for

pytestmark = [pytest.mark.process, pytest.mark.sqlite]

HELD_SECONDS = 6
PRESSES = 8
STORY = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.conf import settings
from storyboard.people.models import Team, User
from storyboard.stories.models import Project, Scene
user = User.objects.create_user("writer@example.org", "a long password")
project = Project.objects.create(team=Team.objects.of(user).get(), title="A story")
Scene.objects.create(project=project, position=0, prompt="A scene", frames=16)
session = SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.save()
print(session.session_key, project.pk)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    data = tmp_path_factory.mktemp("busy") / "data"
    data.mkdir()
    found = Site(data)
    try:
        found.await_answer()
        yield found
    finally:
        found.stop()


def test_presses_wait_for_a_busy_database_and_none_is_lost(site):
    session, project = site.ask(STORY)
    path = f"/projects/{project}/render/"

    def press(number: int) -> int:
        with site.browser(session) as browser:
            return site.post(browser, path, {"nonce": f"press-{number:04}"})

    held = threading.Event()

    def hold() -> None:
        with closing(sqlite3.connect(site.data / "storyboard.sqlite3")) as writer:
            writer.execute("BEGIN IMMEDIATE")
            held.set()
            time.sleep(HELD_SECONDS)
            writer.rollback()

    with ThreadPoolExecutor(PRESSES + 1) as pool:
        holding = pool.submit(hold)
        wait_for(held.is_set)
        answers = list(pool.map(press, range(PRESSES)))
        holding.result()
    assert answers == [302] * PRESSES
    assert site.rows("select count(*) from renders_render") == [(PRESSES,)]
