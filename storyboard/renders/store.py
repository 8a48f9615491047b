"""Where takes live: whole files under names that never change, on disk before their row.

A file is written as a part beside its target, synced, renamed at once and its folder synced,
so that no name ever stands for half a file. Names are paths below the root with forward
slashes, `<project pk>/<file>`.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BufferedRandom
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from django.conf import settings

from storyboard.renders import crash

PART = ".part"
# A film that waits for its store to take it, named as it will be.
WAITING = ".waiting"


class StoreFull(Exception):
    """The disk has no room for another take."""


class StoreUnavailable(OSError):
    """The store cannot be reached or refuses us; what is in it is not known."""


@dataclass(frozen=True)
class Part:
    """A file that is not yet whole, open for writing and reading; it vanishes unless kept."""

    file: BufferedRandom
    path: Path


class TakeStore:
    """Takes on this disk; see bucket.py for the store that only has its parts here."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, name: str) -> Path:
        """Return where the file of this name is; raise ValueError for a name outside the root."""
        parts = PurePosixPath(name).parts
        if len(parts) != 2 or any(part.startswith((".", "/")) or "\0" in part for part in parts):
            raise ValueError(f"{name!r} is no name of a take's file")
        return self.root.joinpath(*parts)

    def open(self, name: str) -> BinaryIO:
        """Open a file for reading; raise FileNotFoundError when it is missing."""
        return self.path(name).open("rb")

    def exists(self, name: str) -> bool:
        return self.path(name).is_file()

    def stat(self, name: str) -> os.stat_result:
        """Return the file's length and time; raise FileNotFoundError when it is missing."""
        return self.path(name).stat()

    def size(self, name: str) -> int:
        """Return the file's length in bytes; raise FileNotFoundError when it is missing."""
        return self.stat(name).st_size

    def link(self, name: str, method: str, headers: Mapping[str, str]) -> str:
        """Return an address of the store's own at which `method` gets the file for an hour.

        Raises StoreUnavailable where files have none, as on this disk.
        """
        raise StoreUnavailable(f"{name} is on this disk, which has no addresses")

    def check_room(self) -> None:
        """Raise StoreFull while less than STORYBOARD_RESERVE_MB are free on the disk."""
        self.root.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self.root).free < settings.RESERVE_BYTES:
            raise StoreFull

    @contextmanager
    def part(self, folder: str) -> Iterator[Part]:
        """Give a new part file in `folder`; it is removed at the end unless it was kept."""
        place = self.path(f"{folder}/part").parent
        self._make(place)
        path = place / f"{secrets.token_hex(12)}{PART}"
        try:
            with path.open("x+b") as file:
                yield Part(file, path)
        finally:
            path.unlink(missing_ok=True)

    def keep(self, part: Part, name: str) -> None:
        """Give a whole part its name, so that it outlives a power cut from here on."""
        target = self.path(name)
        part.file.flush()
        os.fsync(part.file.fileno())
        crash.point("file synced")
        part.path.replace(target)
        crash.point("file renamed")
        _sync_folder(target.parent)
        crash.point("folder synced")

    def save(self, name: str, content: bytes) -> None:
        """Store a small file whole."""
        with self.part(PurePosixPath(name).parts[0]) as part:
            part.file.write(content)
            self.keep(part, name)

    def move_out(self, name: str, target: Path) -> None:
        """Put the file of this name at `target`, on the disk, to make way for another."""
        target.parent.mkdir(parents=True, exist_ok=True)
        self.path(name).rename(target)

    def remove(self, name: str) -> None:
        """Remove one file; nothing is wrong when there is none."""
        self.path(name).unlink(missing_ok=True)

    def remove_all(self, folder: str) -> None:
        """Remove every file of a folder, and the folder; nothing is wrong when there is none."""
        place = self.path(f"{folder}/part").parent
        try:
            shutil.rmtree(place)
        except FileNotFoundError:
            # Gone before, or while it was being removed by another.
            if place.exists():
                raise

    # What a store that is not this disk could not take yet

    def put_by(self, part: Part, name: str) -> None:
        """Keep a whole part on this disk until the store can be reached again."""
        waiting = self.path(f"{name}{WAITING}")
        part.file.flush()
        os.fsync(part.file.fileno())
        part.path.replace(waiting)
        _sync_folder(waiting.parent)

    def take_up(self, part: Part, start: str) -> bool:
        """Fill the part with what was put by under a name that starts so; False without it."""
        for waiting in self._waiting(start):
            with waiting.open("rb") as file:
                shutil.copyfileobj(file, part.file)
            return True
        return False

    def forget(self, start: str) -> None:
        """Remove what was put by under names that start so."""
        for waiting in self._waiting(start):
            waiting.unlink(missing_ok=True)

    def waiting(self, start: str) -> list[str]:
        """Return the files' names of what was put by under names that start so."""
        return [path.name.removesuffix(WAITING) for path in self._waiting(start)]

    def _waiting(self, start: str) -> list[Path]:
        begin = self.path(start)
        return sorted(begin.parent.glob(f"{begin.name}*{WAITING}"))

    def delete_parts_older_than(self, at: datetime) -> int:
        """Remove the parts that a dead poller left before `at`; return how many."""
        removed = 0
        for path in self.root.glob(f"*/*{PART}"):
            try:
                if path.stat().st_mtime < at.timestamp():
                    path.unlink()
                    removed += 1
            except FileNotFoundError:
                continue
        return removed

    def _make(self, place: Path) -> None:
        if not place.is_dir():
            place.mkdir(parents=True, exist_ok=True)
            _sync_folder(place.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
