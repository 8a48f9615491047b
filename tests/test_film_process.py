"""`manage.py films` as a process: what it makes, and what is left when it is killed."""

from __future__ import annotations

import signal

import pytest

from storyboard.renders import crash
from tests.workshop import Workshop

ASK = """
import json
from django.utils import timezone
from storyboard.exports.asking import ask
from storyboard.people.models import User
from storyboard.stories.models import Project, Scene
user = User.objects.create_user("writer@example.org", "a long password")
project = Project.objects.create(team=user.teams.get(), title="A story")
for place, frames in enumerate((16, 8)):
    Scene.objects.create(project=project, position=place, prompt="A scene", frames=frames)
film = ask(project, user, timezone.now(), kind="mp4", burnt=False, title_card=True)
print(json.dumps(film.pk))
"""
LEASE_ENDS = """
import json
from django.utils import timezone
from storyboard.exports.models import Film
print(json.dumps(Film.objects.filter(state="making").update(lease_until=timezone.now())))
"""

pytestmark = pytest.mark.process


@pytest.fixture
def asked(tmp_path) -> Workshop:
    """An installation in which somebody asked for a film of cards."""
    installed = Workshop(tmp_path / "data")
    installed.data.mkdir()
    installed.manage("migrate", "--verbosity=0")
    installed.python(ASK)
    return installed


@pytest.mark.parametrize("point", crash.FILM_POINTS)
def test_a_maker_killed_at_any_point_leaves_no_half_film_and_another_makes_it(asked, point):
    doomed = asked.start("films", "--once", STORYBOARD_CRASH_AT=f"{point}:1")
    assert doomed.wait(timeout=60) == -signal.SIGKILL, asked.log()
    assert asked.rows("select state from exports_film") == [("making",)]
    # Its lease is a minute; the clock is put on.
    assert asked.python(LEASE_ENDS) == 1
    asked.manage("films", "--once")
    [(state, tries, file, frames, size)] = asked.rows(
        "select state, tries, file, frames, bytes from exports_film"
    )
    assert (state, tries, frames) == ("ready", 2, 24 + 16)
    assert (asked.data / "takes" / file).stat().st_size == size


def test_a_maker_that_is_told_to_stop_leaves(asked):
    maker = asked.start("films")
    try:
        for line in iter(lambda: asked.rows("select state from exports_film"), [("ready",)]):
            assert line in ([("queued",)], [("making",)]), asked.log()
            assert maker.poll() is None
    finally:
        maker.send_signal(signal.SIGTERM)
    assert maker.wait(timeout=10) == 0
