"""SQLite when the power goes: what was acknowledged is there, and migrations go on."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.waiting import wait_for
from tests.workshop import Workshop

pytestmark = [pytest.mark.process, pytest.mark.sqlite]

# Takes each render to "submitting" as the poller does, and notes how long the log is by then.
SENDING = """
import json
from pathlib import Path
from django.conf import settings
from django.db import connection
from django.db.backends.signals import connection_created
from django.utils import timezone
from storyboard.people.models import User
from storyboard.renders.management.commands.poller import make_durable
from storyboard.renders.queue import queue_story
from storyboard.stories.models import Project
user = User.objects.create_user("writer@example.org", "a long password")
project = Project.objects.create(team=user.teams.get(), title="A story")
project.add_scene("A scene").set_frames(8)
connection.close()
connection_created.connect(make_durable)
with connection.cursor() as cursor:
    cursor.execute("PRAGMA wal_autocheckpoint=0")
    cursor.execute("PRAGMA synchronous")
    assert cursor.fetchone() == (2,)
log = Path(settings.DATA, "storyboard.sqlite3-wal")
seen = []
for number in range(40):
    [render] = queue_story(project, user, f"press-{number}", timezone.now())
    render.advance("submitting", at=timezone.now(), attempt=1)
    seen.append([render.pk, log.stat().st_size])
for name in ("storyboard.sqlite3", "storyboard.sqlite3-wal"):
    Path(settings.DATA, f"cut-{name}").write_bytes(Path(settings.DATA, name).read_bytes())
print(json.dumps(seen))
"""
SCHEMA = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name"
SEED = 20261123


@pytest.fixture
def installed(tmp_path) -> Workshop:
    house = Workshop(tmp_path / "data")
    house.data.mkdir()
    return house


def test_a_log_cut_anywhere_keeps_every_intent_to_pay_before_the_cut(installed, tmp_path):
    """F39: the database and its log as a power cut leaves them, 50 times."""
    installed.manage("migrate", "--verbosity=0")
    seen = installed.python(SENDING)
    whole = (installed.data / "cut-storyboard.sqlite3-wal").read_bytes()
    assert seen[-1][1] <= len(whole)
    chance = random.Random(SEED)
    kept_some = 0
    for number in range(50):
        place = tmp_path / f"cut-{number}.sqlite3"
        shutil.copyfile(installed.data / "cut-storyboard.sqlite3", place)
        cut = chance.randrange(len(whole) + 1)
        Path(f"{place}-wal").write_bytes(whole[:cut])
        with closing(sqlite3.connect(place)) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)], cut
            assert database.execute("PRAGMA foreign_key_check").fetchall() == [], cut
            sending = "SELECT id FROM renders_render WHERE state = 'submitting'"
            found = {pk for (pk,) in database.execute(sending)}
        acknowledged = {pk for pk, size in seen if size <= cut}
        assert acknowledged <= found, cut
        kept_some += 0 < len(found) < len(seen)
    assert kept_some > 10


@pytest.mark.parametrize("after", [2, 20])
def test_a_migration_that_was_killed_completes_when_run_again(installed, tmp_path, after):
    """F40: killed once so many migrations were written down."""
    database = installed.data / "storyboard.sqlite3"

    def far_enough() -> bool:
        if process.poll() is not None:
            return True
        try:
            with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as reader:
                done = reader.execute("SELECT COUNT(*) FROM django_migrations").fetchone()[0]
        except sqlite3.OperationalError:
            return False
        return bool(done >= after)

    process = installed.start("migrate", "--verbosity=0")
    wait_for(far_enough)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    installed.manage("migrate", "--verbosity=0")
    fresh = Workshop(tmp_path / "fresh")
    fresh.data.mkdir()
    fresh.manage("migrate", "--verbosity=0")
    assert installed.rows(SCHEMA) == fresh.rows(SCHEMA)
    assert installed.rows("PRAGMA integrity_check") == [("ok",)]
