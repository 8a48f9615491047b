"""`manage.py restore` on PostgreSQL: the old tables stay until the new are whole and held."""

from __future__ import annotations

import json
import os
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
from test_restore import QUEUE, SETUP, STATES, service_settings, until_ready

from tests.postgres.own import VARIABLE
from tests.workshop import ROOT, Workshop

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(VARIABLE not in os.environ, reason="the tests run on SQLite"),
]
MODES = "SELECT COUNT(*) FROM renders_safemode WHERE active"
SCHEMAS = "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE 'story%'"


@pytest.fixture
def house(tmp_path, fake_service) -> Workshop:
    """A house with one take brought home and one render in the queue."""
    house = Workshop(tmp_path / "data", **service_settings(fake_service))
    house.data.mkdir()
    house.manage("migrate", "--verbosity=0")
    house.python(SETUP)
    until_ready(house, fake_service, 1)
    house.python(QUEUE.replace("NONCE", "'second'"))
    return house


@pytest.fixture
def backup(house, tmp_path) -> Path:
    """A backup, since when another render was asked for."""
    folder = tmp_path / "backup"
    house.manage("backup", str(folder))
    house.python(QUEUE.replace("NONCE", "'third'"))
    return folder


def states(house: Workshop) -> dict[str, int]:
    return dict(house.rows(STATES))


def fails(house: Workshop, source: Path, **env: str) -> str:
    done = subprocess.run(
        house.command("restore", str(source), "--replace"),
        cwd=ROOT,
        env=house.env | env,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode
    return done.stderr


def test_a_backup_comes_back_in_safe_mode_and_the_old_tables_are_kept(house, backup, fake_service):
    assert states(house) == {"queued": 2, "ready": 1}
    house.manage("restore", str(backup), "--replace")
    assert states(house) == {"queued": 1, "ready": 1}
    assert house.rows(MODES) == [(1,)]
    assert house.rows(SCHEMAS) == []
    [aside] = house.data.glob("replaced-*")
    assert (aside / "database.dump").stat().st_size
    charged = len(fake_service.ledger)
    house.manage("poller", "--once")
    assert len(fake_service.ledger) == charged
    # A second time as well, over what was restored.
    house.manage("restore", str(backup), "--replace")
    assert states(house) == {"queued": 1, "ready": 1}


def test_another_database_gets_everything(house, backup, fake_service, tmp_path):
    other = Workshop(tmp_path / "other", **service_settings(fake_service))
    other.manage("restore", str(backup))
    assert states(other) == {"queued": 1, "ready": 1}
    assert other.rows(MODES) == [(1,)]


def test_a_dump_that_does_not_load_changes_nothing(house, backup):
    # Damaged where no manifest would tell: the manifest is made to fit.
    dump = backup / "database.dump"
    whole = dump.read_bytes()
    dump.write_bytes(whole[: len(whole) // 2])
    fit(backup, dump)
    assert "pg_restore failed" in fails(house, backup)
    assert states(house) == {"queued": 2, "ready": 1}
    assert house.rows(MODES) == [(0,)]
    assert house.rows(SCHEMAS) == []


def fit(backup: Path, dump: Path) -> None:
    """Write the dump's length and hash into the manifest."""
    manifest = backup / "manifest.json"
    facts = json.loads(manifest.read_text())
    [line] = [line for line in facts["files"] if line["path"] == dump.name]
    line |= {"bytes": dump.stat().st_size, "sha256": sha256(dump.read_bytes()).hexdigest()}
    manifest.write_text(json.dumps(facts))


@pytest.mark.parametrize("step", ["loaded", "held"])
def test_a_restore_that_is_killed_changes_nothing_and_may_be_tried_again(house, backup, step):
    fails(house, backup, STORYBOARD_CRASH_AT=f"restore {step}:1")
    assert states(house) == {"queued": 2, "ready": 1}
    assert house.rows(MODES) == [(0,)]
    house.manage("restore", str(backup), "--replace")
    assert states(house) == {"queued": 1, "ready": 1}
    assert house.rows(SCHEMAS) == []
