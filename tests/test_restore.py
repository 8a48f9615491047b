"""`manage.py restore`: all of a backup or nothing, in safe mode, and no render paid for twice."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from tests.fake_service import FakeService
from tests.waiting import wait_for
from tests.workshop import ROOT, Workshop

pytestmark = [pytest.mark.process, pytest.mark.sqlite]

SETUP = """
import json
from django.utils import timezone
from storyboard.people.models import User
from storyboard.renders.queue import queue_story
from storyboard.stories.models import Project
user = User.objects.create_user("writer@example.org", "a long password")
project = Project.objects.create(team=user.teams.get(), title="A story")
project.add_scene("A scene").set_frames(8)
print(json.dumps(queue_story(project, user, "first", timezone.now())[0].pk))
"""
QUEUE = """
import json
from django.utils import timezone
from storyboard.people.models import User
from storyboard.renders.queue import queue_story
from storyboard.stories.models import Project
user, project = User.objects.get(), Project.objects.get()
print(json.dumps(queue_story(project, user, NONCE, timezone.now())[0].pk))
"""
STATES = "SELECT state, COUNT(*) FROM renders_render GROUP BY state ORDER BY state"


def service_settings(service: FakeService) -> dict[str, str]:
    return {
        "NOVITA_BASE_URL": service.url,
        "NOVITA_API_KEY": service.key,
        "SUBMISSIONS_PER_MINUTE": "0",
    }


def until_ready(house: Workshop, service: FakeService, count: int) -> None:
    """Let the poller bring this many renders home."""

    def ready() -> bool:
        house.manage("poller", "--once")
        return dict(house.rows(STATES)).get("ready", 0) == count

    wait_for(ready, seconds=60)


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Workshop:
    """A house with one take brought home and one render in the queue; copied, never used."""
    service = FakeService()
    try:
        house = Workshop(tmp_path_factory.mktemp("house") / "data", **service_settings(service))
        house.data.mkdir()
        (house.data / "secret_key").write_text("the old secret\n")
        (house.data / "engine_key").write_text("the old engine's\n")
        house.manage("migrate", "--verbosity=0")
        house.python(SETUP)
        until_ready(house, service, 1)
        house.python(QUEUE.replace("NONCE", "'second'"))
        return house
    finally:
        service.stop()


@pytest.fixture
def house(finished, fake_service, tmp_path) -> Workshop:
    house = finished.copy(tmp_path / "data", **service_settings(fake_service))
    with closing(sqlite3.connect(house.data / "storyboard.sqlite3")) as database, database:
        database.execute(
            "UPDATE renders_render SET engine = :here, account = :here", {"here": fake_service.url}
        )
    return house


@pytest.fixture
def other(fake_service, tmp_path) -> Workshop:
    """Another machine, where nothing is installed yet."""
    return Workshop(tmp_path / "other", **service_settings(fake_service))


def refused(house: Workshop, *arguments: str) -> str:
    done = subprocess.run(
        house.command(*arguments),
        cwd=ROOT,
        env=house.env,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    return done.stderr


def takes(house: Workshop) -> dict[str, bytes]:
    root = house.data / "takes"
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.mark.parametrize("name", ["copy", "copy.tar"])
def test_another_machine_gets_everything_and_sends_nothing(
    house, other, tmp_path, name, fake_service
):
    house.manage("backup", str(tmp_path / name), "--with-secrets")
    words = other.manage("restore", str(tmp_path / name))
    assert "Held until a person confirms: 1 renders" in words
    assert "the old secret" not in words
    assert takes(other) == takes(house)
    assert (other.data / "secret_key").read_text() == "the old secret\n"
    assert other.rows("PRAGMA integrity_check") == [("ok",)]
    assert other.rows(STATES) == house.rows(STATES)
    assert sorted(p.name for p in other.data.iterdir()) == [
        *("engine_key", "secret_key", "storyboard.sqlite3", "takes"),
    ]
    for _ in range(2):
        other.manage("poller", "--once")
    assert fake_service.submissions == []
    other.manage("release", "--yes")
    until_ready(other, fake_service, 2)
    assert len(fake_service.ledger) == 1


def test_an_older_backup_pays_for_nothing_twice_and_each_difference_is_said(
    house, tmp_path, fake_service
):
    """F42: between the backup and the loss the queue was sent and paid for."""
    house.manage("backup", str(tmp_path / "copy"))
    house.manage("poller", "--once")
    assert len(fake_service.ledger) == 1
    until_ready(house, fake_service, 2)
    taken = takes(house)
    words = house.manage("restore", str(tmp_path / "copy"), "--replace")
    assert "Held until a person confirms: 1 renders" in words
    assert "What was there is in" in words
    for _ in range(3):
        house.manage("poller", "--once")
    assert len(fake_service.ledger) == 1
    assert dict(house.rows(STATES)) == {"queued": 1, "ready": 1}
    assert takes(house) == taken, "a film that was paid for is never taken away"
    [aside] = house.data.glob("replaced-*")
    with closing(sqlite3.connect(aside / "storyboard.sqlite3")) as old:
        assert old.execute(STATES).fetchall() == [("ready", 2)]


def test_without_takes_the_missing_ones_are_named(house, other, tmp_path):
    house.manage("backup", str(tmp_path / "copy"), "--without-takes")
    words = other.manage("restore", str(tmp_path / "copy"))
    assert f"Files of takes that are not here: {len(takes(house))}." in words
    assert "verifytakes" in words
    for name in takes(house):
        assert name in words


def test_takes_that_were_copied_another_way_are_found(house, other, tmp_path):
    house.manage("backup", str(tmp_path / "copy"), "--without-takes")
    other.data.mkdir()
    shutil.copytree(house.data / "takes", other.data / "takes")
    assert "not here" not in other.manage("restore", str(tmp_path / "copy"))


def test_a_backup_of_an_older_version_is_migrated(other, tmp_path):
    old = Workshop(tmp_path / "old")
    old.data.mkdir()
    old.manage("migrate", "--verbosity=0")
    old.manage("migrate", "--verbosity=0", "renders", "0005")
    old.manage("backup", str(tmp_path / "copy"))
    other.manage("restore", str(tmp_path / "copy"))
    assert other.rows("SELECT active FROM renders_safemode") == [(1,)]
    assert "No planned migration operations" in other.manage("migrate", "--plan")


def test_whoever_was_signed_in_signs_in_anew(house, other, tmp_path):
    with closing(sqlite3.connect(house.data / "storyboard.sqlite3")) as database, database:
        database.execute("INSERT INTO django_session VALUES ('key', 'data', '2099-01-01')")
    house.manage("backup", str(tmp_path / "copy"))
    other.manage("restore", str(tmp_path / "copy"))
    assert other.rows("SELECT COUNT(*) FROM django_session") == [(0,)]


def test_what_is_there_is_not_replaced_unasked(house, tmp_path):
    house.manage("backup", str(tmp_path / "copy"))
    assert "With --replace it is moved aside" in refused(house, "restore", str(tmp_path / "copy"))
    assert house.rows("SELECT COUNT(*) FROM renders_safemode") == [(0,)]


def test_a_running_house_is_not_restored_over(house, tmp_path):
    house.manage("backup", str(tmp_path / "copy"))
    house.python(
        "from django.utils import timezone\nfrom storyboard.renders import heartbeat\n"
        "heartbeat.beat('here:1:a', timezone.now())\nprint('null')"
    )
    said = refused(house, "restore", str(tmp_path / "copy"), "--replace")
    assert "Stop it first. Nothing was restored." in said


def test_a_restore_that_is_killed_changes_nothing_and_is_tried_again(house, tmp_path):
    house.manage("backup", str(tmp_path / "copy"))
    house.python(QUEUE.replace("NONCE", "'third'"))
    before = house.rows(STATES)
    done = subprocess.run(
        house.command("restore", str(tmp_path / "copy"), "--replace"),
        cwd=ROOT,
        env=house.env | {"STORYBOARD_CRASH_AT": "restore kept:1"},
        check=False,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL
    assert house.rows(STATES) == before
    assert house.rows("SELECT COUNT(*) FROM renders_safemode WHERE active") == [(0,)]
    house.manage("restore", str(tmp_path / "copy"), "--replace")
    assert dict(house.rows(STATES)) == {"queued": 1, "ready": 1}
    for aside in house.data.glob("replaced-*"):
        with closing(sqlite3.connect(aside / "storyboard.sqlite3")) as kept:
            assert kept.execute(STATES).fetchall() == before


def test_a_database_that_something_reads_is_not_taken_from_under_it(house, tmp_path):
    house.manage("backup", str(tmp_path / "copy"))
    with closing(sqlite3.connect(house.data / "storyboard.sqlite3")) as reader:
        reader.execute("BEGIN")
        before = reader.execute(STATES).fetchall()
        said = refused(house, "restore", str(tmp_path / "copy"), "--replace")
    assert "Something else has" in said
    assert house.rows(STATES) == before


def test_a_database_that_is_none_any_more_is_replaced_with_its_log(house, tmp_path):
    house.manage("backup", str(tmp_path / "copy"))
    database = house.data / "storyboard.sqlite3"
    database.write_bytes(b"no database at all, " * 1000)
    database.with_name(f"{database.name}-wal").write_bytes(b"nor a log")
    house.manage("restore", str(tmp_path / "copy"), "--replace")
    assert dict(house.rows(STATES)) == {"queued": 1, "ready": 1}
    [aside] = house.data.glob("replaced-*")
    assert (aside / database.name).read_bytes().startswith(b"no database")


def damage(copy: Path, kind: str) -> None:
    manifest = json.loads((copy / "manifest.json").read_text())
    film = next(p for p in (copy / "takes").rglob("*.mp4"))
    match kind:
        case "flipped":
            film.write_bytes(film.read_bytes()[:-1] + b"?")
        case "gone":
            film.unlink()
        case "more":
            (copy / "takes" / "more.mp4").write_bytes(b"more")
        case "linked":
            film.unlink()
            film.symlink_to("/etc/passwd")
        case "newer":
            (copy / "manifest.json").write_text(json.dumps(manifest | {"storyboard": "99.0.0"}))
        case "strange":
            (copy / "manifest.json").write_text(json.dumps(manifest | {"format": 2}))
        case "unlisted":
            (copy / "manifest.json").unlink()
        case "database":
            with (copy / "database.sqlite3").open("r+b") as file:
                file.write(b"no database")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("flipped", "is not what its manifest says"),
        ("gone", "is not what its manifest says"),
        ("more", "is not what its manifest says"),
        ("linked", "is no plain file"),
        ("database", "is not what its manifest says: database.sqlite3"),
        ("newer", "Update first"),
        ("strange", "does not know"),
        ("unlisted", "has no manifest"),
    ],
)
def test_a_damaged_backup_changes_nothing(house, other, tmp_path, kind, words):
    house.manage("backup", str(tmp_path / "copy"))
    damage(tmp_path / "copy", kind)
    said = refused(other, "restore", str(tmp_path / "copy"))
    assert words in said
    assert "Nothing was restored." in said
    assert not other.data.exists() or list(other.data.iterdir()) == []


def test_a_tar_that_was_cut_short_or_leads_outside_changes_nothing(house, other, tmp_path):
    target = tmp_path / "copy.tar"
    house.manage("backup", str(target))
    whole = target.read_bytes()
    target.write_bytes(whole[: len(whole) // 2])
    assert "Nothing was restored." in refused(other, "restore", str(target))
    target.write_bytes(whole)
    with tarfile.open(target, "a") as tar:
        tar.addfile(tarfile.TarInfo("../outside"))
    assert "leads outside" in refused(other, "restore", str(target))
    assert not (tmp_path / "outside").exists()
    assert "There is no backup" in refused(other, "restore", str(tmp_path / "nothing"))
