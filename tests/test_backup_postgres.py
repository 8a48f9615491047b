"""Backup and restore on PostgreSQL, with a server of our own."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres.programs import program
from tests.postgres.server import Postgres
from tests.test_restore import QUEUE, SETUP, service_settings, takes
from tests.waiting import wait_for
from tests.workshop import ROOT, Workshop

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(not program("initdb"), reason="PostgreSQL is not installed here"),
]

STATES = """
import json
from storyboard.renders.models import Render, SafeMode
states = [list(row) for row in Render.objects.order_by("pk").values_list("state", "reason")]
print(json.dumps([states, SafeMode.objects.filter(active=True).count()]))
"""


@pytest.fixture
def server() -> Iterator[Postgres]:
    # Not below pytest's folder, which the server's own account may not enter.
    folder = Path(tempfile.mkdtemp(prefix="storyboard-postgres-"))
    server = Postgres(folder / "server")
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


def test_a_backup_goes_to_another_database_and_nothing_is_sent(server, fake_service, tmp_path):
    def house(name: str) -> Workshop:
        url = server.create(name).replace("@", ":canary-password@")
        return Workshop(tmp_path / name, DATABASE_URL=url, **service_settings(fake_service))

    one, two = house("one"), house("two")
    one.data.mkdir()
    one.manage("migrate", "--verbosity=0")
    one.python(SETUP)

    def ready() -> bool:
        one.manage("poller", "--once")
        return one.python(STATES)[0][0][0] == "ready"

    wait_for(ready, seconds=60)
    one.python(QUEUE.replace("NONCE", "'second'"))
    copy = tmp_path / "copy.tar"
    said = one.manage("backup", str(copy)) + two.manage("restore", str(copy))
    two.manage("poller", "--once")
    assert two.python(STATES) == [[["ready", ""], ["queued", "held"]], 1]
    assert takes(two) == takes(one)
    assert len(fake_service.ledger) == 1
    again = subprocess.run(
        two.command("restore", str(copy)),
        cwd=ROOT,
        env=two.env,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert again.returncode == 1
    assert "With --replace it is moved aside" in again.stderr
    said += two.manage("restore", str(copy), "--replace")
    assert two.python(STATES)[1] == 1
    [aside] = two.data.glob("replaced-*")
    assert (aside / "database.dump").read_bytes().startswith(b"PGDMP")
    assert "canary" not in said + again.stderr
