"""A program of ours that dies, as by SIGKILL, before or after one commit, network call or rename.

`python -m faults.doomed poller ...` is `manage.py poller ...` in which each of these passes
through here, whoever makes it: no place can be forgotten. A place is named by what happens and
by the functions of ours that asked for it, such as `rename in store.keep < home._fetch`.

FAULTS_PLACES names a file to which each place is written the first time that it is passed.
FAULTS_DIE_AT is `before` or `after`, the occurrence (1 is the first) and the place.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import urllib3
from django.core.management import execute_from_command_line
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

HOUSE = str(Path(__file__).resolve().parent.parent / "storyboard")
# Functions of ours that stand between each act and its commit, and say nothing of where.
GENERIC = {"models._move", "models.advance", "poller._guarded", "steps.move", "poller.tick"}
DEPTH = 3
WRITES = ("INSERT", "UPDATE", "DELETE")

Answer = TypeVar("Answer")


class Doom:
    """Counts how often each place is passed, and dies at the one that was named."""

    def __init__(self) -> None:
        self.places = os.environ.get("FAULTS_PLACES", "")
        side, _, rest = os.environ.get("FAULTS_DIE_AT", "").partition(" ")
        occurrence, _, place = rest.partition(" ")
        self.side, self.place, self.occurrence = side, place, int(occurrence or 0)
        self.passed: Counter[str] = Counter()
        self.lock = threading.Lock()

    def around(self, kind: str, act: Callable[[], Answer]) -> Answer:
        """Do it, if we live so long; and die after it, if that was asked for."""
        place = place_of(kind, sys._getframe(1))
        with self.lock:
            self.passed[place] += 1
            count = self.passed[place]
            if count == 1 and self.places:
                with open(self.places, "a") as file:
                    file.write(f"{place}\n")
        now = place == self.place and count == self.occurrence
        if now and self.side == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        try:
            return act()
        finally:
            if now and self.side == "after":
                os.kill(os.getpid(), signal.SIGKILL)


def place_of(kind: str, frame: FrameType | None) -> str:
    """Name what happens by the functions of ours that led to it, the innermost first."""
    names: list[str] = []
    while frame is not None and len(names) < DEPTH:
        file = frame.f_code.co_filename
        if file.startswith(HOUSE):
            name = f"{Path(file).stem}.{frame.f_code.co_name}"
            if name not in GENERIC and "<" not in name and name not in names:
                names.append(name)
        frame = frame.f_back
    return f"{kind} in {' < '.join(names) or 'nothing of ours'}"


def arm() -> None:
    """Let every commit, network call, rename, sync and removal of this process pass the doom."""
    doom = Doom()

    def wrap(owner: Any, name: str, kind: str) -> None:
        act = getattr(owner, name)

        def around(*arguments: Any, **options: Any) -> Any:
            return doom.around(kind, lambda: act(*arguments, **options))

        setattr(owner, name, around)

    wrap(BaseDatabaseWrapper, "_commit", "commit")
    wrap(urllib3.HTTPConnectionPool, "urlopen", "network call")
    for name, kind in (("replace", "rename"), ("rename", "rename"), ("unlink", "removal")):
        wrap(os, name, kind)
    wrap(os, "fsync", "sync")

    def alone(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        """A write outside a transaction is its own commit."""
        writes = sql.lstrip().upper().startswith(WRITES)
        if not writes or context["connection"].in_atomic_block:
            return execute(sql, params, many, context)
        return doom.around("commit", lambda: execute(sql, params, many, context))

    def on_connection(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
        connection.execute_wrappers.append(alone)

    connection_created.connect(on_connection, weak=False)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "storyboard.settings")
    arm()
    execute_from_command_line(["manage.py", *sys.argv[1:]])


if __name__ == "__main__":
    main()
