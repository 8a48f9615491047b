"""A real Storyboard: web, poller and engine under their supervisor, on ports of their own."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from postgres.own import own_database, rows_of
from waiting import free_port, wait_for

ROOT = Path(__file__).resolve().parent.parent


def started(process: Path) -> int:
    """Return when a process of /proc began, in ticks since boot: ids begin anew at some time."""
    # The command, in brackets, may hold anything; what follows it are numbers.
    return int((process / "stat").read_text().rpartition(")")[2].split()[19])


class Installation:
    """`manage.py run` in a process of its own, with a new data folder and no other settings."""

    def __init__(self, folder: Path, **variables: str) -> None:
        port, engine_port = free_port(), free_port()
        self.address = f"http://127.0.0.1:{port}"
        self.port = port
        self.data = folder / "data"
        self.log = folder / "log"
        kept = {"PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV"}
        self.environment = {name: os.environ[name] for name in kept & set(os.environ)} | {
            "STORYBOARD_DATA": str(self.data),
            "PORT": str(port),
            "ENGINE_PORT": str(engine_port),
            **variables,
        }
        if database := own_database():
            self.environment.setdefault("DATABASE_URL", database)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, seconds: float = 60) -> None:
        """Start, and return once it says that it is running."""
        with self.log.open("ab") as log:
            said = self.log.stat().st_size
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "run"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        words = f"Storyboard is running at {self.address}"

        def running() -> bool:
            if self.process is not None and self.process.poll() is not None:
                raise AssertionError(f"Storyboard did not start:\n{self.words()}")
            return words in self.words()[said:]

        wait_for(running, seconds=seconds)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Read the database from beside it."""
        if database := self.environment.get("DATABASE_URL"):
            return rows_of(database, sql)
        path = f"file:{self.data / 'storyboard.sqlite3'}?mode=ro"
        with closing(sqlite3.connect(path, uri=True)) as connection:
            return connection.execute(sql).fetchall()

    def write(self, sql: str, *values: str) -> None:
        """Change the database from beside it, to what only chance or time would make of it."""
        assert "DATABASE_URL" not in self.environment, "SQLite alone is written beside."
        with closing(sqlite3.connect(self.data / "storyboard.sqlite3", timeout=10)) as base, base:
            base.execute(sql, values)

    def words(self) -> str:
        """Return everything that was printed so far."""
        return self.log.read_text(errors="replace")

    def processes(self) -> dict[int, str]:
        """Return what runs of this installation, the oldest first: ids with their commands."""
        mark = f"STORYBOARD_DATA={self.data}".encode()
        found: dict[tuple[int, int], str] = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    if command:
                        found[started(folder), int(folder.name)] = command
            except OSError:
                continue  # It ended meanwhile, or is another person's.
        return {pid: command for (_, pid), command in sorted(found.items())}

    def find(self, words: str) -> int:
        """Return the process whose command holds these words, the oldest of several; or 0."""
        return next((pid for pid, command in self.processes().items() if words in command), 0)

    def stop(self, with_signal: signal.Signals = signal.SIGTERM, seconds: float = 20) -> int:
        """Stop it, and return its exit status."""
        assert self.process is not None
        self.process.send_signal(with_signal)
        return self.process.wait(seconds)

    def clear_away(self) -> None:
        """End whatever is left, however the test went."""
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if self.process is not None:
            self.process.wait(10)
