"""The cast: people with fixed roles in one team, and one who is a stranger to it."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import tempfile
from pathlib import Path

# Before Django reads its settings, and so before pytest-django, which would read them earlier
# were the module named in pyproject.toml: nothing of this machine's installation is touched.
_DATA = tempfile.mkdtemp(prefix="storyboard-tests-")
# WhiteNoise warns of a missing folder; `manage.py prepare` fills it.
os.mkdir(os.path.join(_DATA, "static"), 0o700)
atexit.register(shutil.rmtree, _DATA, ignore_errors=True)
_SETTINGS = Path(__file__).resolve().parent.parent / "storyboard" / "settings.py"
for _name in re.findall(r"\benv(?:_\w+)?\(\s*\"([A-Z_]+)\"", _SETTINGS.read_text()):
    os.environ.pop(_name, None)
os.environ["STORYBOARD_DATA"] = _DATA
os.environ["SECRET_KEY"] = "for the tests only, and long enough to satisfy every check"
os.environ["STORYBOARD_SEAL_KEYS"] = "dGhlIHNlYWwgb2YgdGhlc2UgdGVzdHMsIG5vIG90aGU="
# Set by `python -m tests.postgres`.
if _SERVER := os.environ.get("STORYBOARD_TEST_SERVER"):
    os.environ["DATABASE_URL"] = f"{_SERVER}/storyboard"
os.environ["DJANGO_SETTINGS_MODULE"] = "storyboard.settings"

from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace

import django
import pytest

django.setup()

from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client
from django.utils import timezone

from storyboard.people.models import Guest, Membership, Team, User
from storyboard.people.roles import Role
from storyboard.stories.models import Project, Scene

pytest_plugins = ["tests.fake_service", "tests.buckets", "tests.everybody", "tests.house"]


@pytest.fixture(autouse=True)
def one_connection_for_a_test(monkeypatch):
    """The end of a request must not close the connection that holds the test's transaction.

    SQLite in memory is never closed; on PostgreSQL only a connection in no transaction is.
    """
    close = BaseDatabaseWrapper.close_if_unusable_or_obsolete

    def close_unless_in_use(connection: BaseDatabaseWrapper) -> None:
        if not connection.in_atomic_block:
            close(connection)

    name = "close_if_unusable_or_obsolete"
    monkeypatch.setattr(BaseDatabaseWrapper, name, close_unless_in_use)


@pytest.fixture(autouse=True)
def plain_static_files(settings):
    """Tests run without collectstatic, and so without a manifest."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def team(db) -> Team:
    return Team.objects.create(name="Winter Tales")


def member(team: Team, role: Role, *, may_spend: bool = True) -> User:
    user = User.objects.create_user(f"{role}@example.org", "a long password", name=role.title())
    Membership.objects.create(team=team, user=user, role=role, may_spend=may_spend)
    return user


@pytest.fixture
def owner(team) -> User:
    return member(team, Role.OWNER)


@pytest.fixture
def editor(team) -> User:
    return member(team, Role.EDITOR)


@pytest.fixture
def commenter(team) -> User:
    return member(team, Role.COMMENTER)


@pytest.fixture
def viewer(team) -> User:
    return member(team, Role.VIEWER)


@pytest.fixture
def saver(team) -> User:
    """Somebody who writes, and may not spend."""
    user = User.objects.create_user("saver@example.org", "a long password", name="Saver")
    Membership.objects.create(team=team, user=user, role=Role.EDITOR, may_spend=False)
    return user


@pytest.fixture
def outsider(db) -> User:
    return User.objects.create_user("outsider@example.org", "a long password", name="Outsider")


@pytest.fixture
def guest(story) -> Callable[..., User]:
    """Return a function that lets somebody new in to the story alone, with a role."""

    def let_in(role: str = Role.EDITOR, *, may_spend: bool = False) -> User:
        address = f"guest-{role}@example.org"
        user = User.objects.create_user(address, "a long password", name=f"Guest {role}")
        Guest.objects.create(project=story.project, user=user, role=role, may_spend=may_spend)
        return user

    return let_in


@pytest.fixture
def signed_in():
    """Return a function that signs a person in and hands back their browser."""

    def sign_in(user: User | None) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in


@pytest.fixture
def story(team) -> SimpleNamespace:
    """A project of three scenes, 32 + 24 + 16 of its 128 frames."""
    project = Project.objects.create(team=team, title="The Little Match Girl")
    words = (("Dusk falls on the snow", 32), ("A match is lit", 24), ("A star falls", 16))
    scenes = [
        Scene.objects.create(project=project, position=place, prompt=prompt, frames=frames)
        for place, (prompt, frames) in enumerate(words)
    ]
    return SimpleNamespace(project=project, scenes=scenes)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def cast(owner, editor, commenter, viewer, outsider, signed_in) -> SimpleNamespace:
    """Everybody at once, and `browser(role)`: a browser that one of them is signed in with."""
    people = SimpleNamespace(
        owner=owner, editor=editor, commenter=commenter, viewer=viewer, outsider=outsider
    )
    people.browser = lambda role: signed_in(getattr(people, role))
    return people
