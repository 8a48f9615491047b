"""Random edits by several people at once, over real HTTP, never store an illegal clip."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.site import Site

pytestmark = pytest.mark.process

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


@dataclass
class Story:
    """A contended story, and the session of a writer who may change it."""

    site: Site
    session: str

    def browser(self) -> requests.Session:
        return self.site.browser(self.session, htmx=True)

    def rows(self) -> list[tuple]:
        """Return (pk, position, frames, cut) of the scenes kept, in order."""
        return self.site.rows(
            "select id, position, frames, cut from stories_scene"
            " where deleted_at is null order by position, id"
        )


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("contended"))
    try:
        site.await_answer()
        yield Story(site, site.ask(SEED_SCRIPT)[-1])
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


def act(story: Story, browser: requests.Session, edit: tuple[str, int, int]) -> int:
    kind, which, value = edit
    if kind in ("add", "make room"):
        path = "/projects/1/scenes/" if kind == "add" else "/projects/1/make-room/"
        return story.site.post(browser, path, {})
    if kind == "restore":
        return story.site.post(browser, f"/scenes/{which}/restore/", {})
    rows = story.rows()
    pk = rows[which % len(rows)][0] if rows else 1
    path = {"frames": "frames", "move": "move", "delete": "delete"}[kind]
    return story.site.post(browser, f"/scenes/{pk}/{path}/", {"frames": value, "position": value})


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(EDITS, min_size=4, max_size=24))
def test_no_sequence_of_edits_however_concurrent_stores_an_illegal_clip(story, edits):
    with ThreadPoolExecutor(HANDS) as hands:
        browsers = [story.browser() for _ in range(HANDS)]
        answers = [
            hands.submit(act, story, browsers[number % HANDS], edit)
            for number, edit in enumerate(edits)
        ]
        statuses = {answer.result() for answer in answers}
    assert statuses <= {200, 404, 422}, statuses
    rows = story.rows()
    assert [position for _, position, _, _ in rows] == list(range(len(rows)))
    assert all(8 <= frames <= 64 for _, _, frames, _ in rows)
    # A scene whose clip is full comes back from the bin as a clip of its own.
    clips: list[list[int]] = []
    for _, _, frames, cut in rows:
        if cut or not clips:
            clips.append([])
        clips[-1].append(frames)
    assert all(sum(clip) <= 128 and len(clip) <= 16 for clip in clips)
