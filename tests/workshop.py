"""A data folder with a database of its own, for tests that start real processes."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.postgres.own import own_database, rows_of

ROOT = Path(__file__).resolve().parent.parent


class Workshop:
    """A data folder with a database of its own; every command runs as a process of its own."""

    def __init__(self, data: Path, **env: str) -> None:
        self.data = data
        self.env = {
            name: value
            for name, value in os.environ.items()
            if name not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "STORYBOARD_CRASH_AT")
        } | {
            "STORYBOARD_DATA": str(data),
            "SECRET_KEY": "for this test only, and long enough to satisfy every check",
            "PYTHONWARNINGS": "error",
        }
        if "DATABASE_URL" not in env and (database := own_database()):
            self.env["DATABASE_URL"] = database
        self.env |= env

    def copy(self, data: Path, **env: str) -> Workshop:
        """Return another installation that begins where this one stands."""
        shutil.copytree(self.data, data)
        if "DATABASE_URL" not in env and (copied := own_database(self.env.get("DATABASE_URL", ""))):
            env["DATABASE_URL"] = copied
        return Workshop(data, **env)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "manage.py", *arguments]

    def manage(self, *arguments: str, **env: str) -> str:
        """Run a command to its end; return what it printed."""
        done = subprocess.run(
            self.command(*arguments),
            cwd=ROOT,
            env=self.env | env,
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def python(self, code: str) -> Any:
        """Run code inside the installation; return the JSON that it prints."""
        return json.loads(self.manage("shell", "--no-imports", "-c", code))

    def start(self, *arguments: str, log: str = "log.txt", **env: str) -> subprocess.Popen:
        """Start a command beside the test; what it says goes to a file in the data folder."""
        with (self.data / log).open("ab") as file:
            return subprocess.Popen(
                self.command(*arguments), cwd=ROOT, env=self.env | env, stdout=file, stderr=file
            )

    def log(self, log: str = "log.txt") -> str:
        return (self.data / log).read_text()

    def rows(self, sql: str) -> list[tuple]:
        """Ask the database directly, as another process would."""
        if database := self.env.get("DATABASE_URL"):
            return rows_of(database, sql)
        connection = sqlite3.connect(self.data / "storyboard.sqlite3", timeout=20)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()
