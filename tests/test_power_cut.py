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
# Migrates; says of each note of a migration whether a transaction was open.
NOTING = """
import json
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
seen = []
record = MigrationRecorder.record_applied
def record_and_note(self, app, name):
    seen.append([f"{app}.{name}", connection.in_atomic_block])
    record(self, app, name)
MigrationRecorder.record_applied = record_and_note
call_command("migrate", verbosity=0)
print(json.dumps(seen))
"""
# Migrates until its so-manyth change is to be written down, and dies there.
DYING = """
import os, signal
from django.core.management import call_command
from django.db.migrations.recorder import MigrationRecorder
record = MigrationRecorder.record_{done}
left = [{after}]
def record_or_die(self, app, name):
    left[0] -= 1
    if left[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    record(self, app, name)
MigrationRecorder.record_{done} = record_or_die
call_command("migrate", *{arguments}, verbosity=0)
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


@pytest.fixture(scope="module")
def fresh(tmp_path_factory) -> Workshop:
    house = Workshop(tmp_path_factory.mktemp("fresh") / "data")
    house.data.mkdir()
    house.manage("migrate", "--verbosity=0")
    return house


def die_migrating(house: Workshop, *arguments: str, done: str, after: int) -> None:
    code = DYING.format(done=done, after=after, arguments=arguments)
    assert house.start("shell", "--no-imports", "-c", code).wait(60) == -signal.SIGKILL


def test_every_migration_is_written_down_in_a_transaction(installed):
    seen = installed.python(NOTING)
    assert len(seen) > 20
    assert [name for name, together in seen if not together] == []


# What 2 and 15 create has indexes, which Django leaves to the end.
@pytest.mark.parametrize("after", [2, 15])
def test_a_migration_killed_before_it_was_written_down_is_done_again(installed, fresh, after):
    """F40: the tables of a migration and the note of it appear together."""
    die_migrating(installed, done="applied", after=after)
    assert installed.rows("SELECT COUNT(*) FROM django_migrations") == [(after,)]
    installed.manage("migrate", "--verbosity=0")
    assert installed.rows(SCHEMA) == fresh.rows(SCHEMA)
    assert installed.rows("PRAGMA foreign_key_check") == []


def test_a_way_back_killed_before_it_was_written_down_is_gone_again(installed, fresh):
    installed.manage("migrate", "--verbosity=0")
    die_migrating(installed, "renders", "0001", done="unapplied", after=2)
    installed.manage("migrate", "--verbosity=0", "renders", "0001")
    installed.manage("migrate", "--verbosity=0")
    assert installed.rows(SCHEMA) == fresh.rows(SCHEMA)


@pytest.mark.parametrize("after", [2, 20])
def test_a_migration_that_was_killed_completes_when_run_again(installed, fresh, after):
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
    assert installed.rows(SCHEMA) == fresh.rows(SCHEMA)
    assert installed.rows("PRAGMA integrity_check") == [("ok",)]
