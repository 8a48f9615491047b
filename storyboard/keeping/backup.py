"""Making a backup: the database first, then every file that this copy of it names."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection

from storyboard.keeping.archive import Entry, Writer, digest_of, new_archive
from storyboard.keeping.figures import disk_free, totals
from storyboard.keeping.snapshot import Named, database_size, snapshot
from storyboard.keeping.status import plain_size
from storyboard.renders.storage import take_store
from storyboard.renders.store import TakeStore

FORMAT = 1
MANIFEST = "manifest.json"
TAKES_LIST = "takes.jsonl"
TAKES = "takes"
SECRETS = "secrets"
COVERS = "covers"
SAY_EVERY = 0.1

Say = Callable[[str], object]


class NoRoom(Exception):
    """The disk of the backup has too little room for it."""


@dataclass
class Found:
    """What was copied, or listed, and what the database names but the disk does not hold."""

    takes: list[Entry] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)

    @property
    def bytes(self) -> int:
        return sum(entry.bytes for entry in self.takes)

    @property
    def whole(self) -> bool:
        return not self.missing and not self.damaged


def secret_files() -> list[Path]:
    return [settings.SECRET_KEY_FILE, settings.ENGINE_KEY_FILE, settings.SEAL_KEYS_FILE]


def make_backup(
    target: Path, at: datetime, say: Say, *, with_takes: bool = True, with_secrets: bool = False
) -> Found:
    """Write the installation to `target`, a new folder or .tar file, while it is in use.

    Raises FileExistsError, NoRoom, CannotCopy or OSError, leaving nothing at `target`.
    """
    store = take_store()
    room = 2 * database_size() + (totals().take_bytes if with_takes else 0)
    check_room(target.parent, room)
    with (
        new_archive(target) as writer,
        tempfile.TemporaryDirectory(prefix=f".{target.name}.part-", dir=target.parent) as scratch,
        snapshot(Path(scratch)) as copied,
    ):
        files = [_add(writer, copied.file.name, copied.file)]
        copied.file.unlink()
        say(f"The database is copied and sound: {plain_size(files[0].bytes)}.")
        if with_takes:
            found = _copy_takes(store, writer, copied.named, target.parent, say)
        else:
            found = _list_takes(store, copied.named)
            say(f"{len(found.takes)} files of takes are listed, {plain_size(found.bytes)}.")
        lines = "".join(json.dumps(entry.as_json()) + "\n" for entry in found.takes).encode()
        files.append(writer.add(TAKES_LIST, io.BytesIO(lines), len(lines)))
        covers = Path(settings.DATA, COVERS)
        for path in sorted(covers.glob("[!.]*")) if covers.is_dir() else []:
            files.append(_add(writer, f"{COVERS}/{path.name}", path))
        if with_secrets:
            kept = [path for path in secret_files() if path.is_file()]
            files += [_add(writer, f"{SECRETS}/{path.name}", path) for path in kept]
        manifest = {
            "format": FORMAT,
            "storyboard": settings.VERSION,
            "made_at": at.isoformat(),
            "database": {
                "vendor": connection.vendor,
                "file": copied.file.name,
                "migrations": copied.migrations,
            },
            "takes": "copied" if with_takes else "listed",
            "secrets": with_secrets,
            "missing": found.missing,
            "damaged": found.damaged,
            "files": [entry.as_json() for entry in files],
        }
        text = json.dumps(manifest, indent=2).encode()
        writer.add(MANIFEST, io.BytesIO(text), len(text))
    return found


def check_room(place: Path, needed: int) -> None:
    """Raise NoRoom unless `needed` bytes fit, with a little left over."""
    free = disk_free(place)
    if free < needed + settings.RESERVE_BYTES:
        raise NoRoom(
            f"It takes about {plain_size(needed)}, and {place} has {plain_size(free)} free."
        )


def _add(writer: Writer, name: str, path: Path) -> Entry:
    with path.open("rb") as file:
        return writer.add(name, file, path.stat().st_size)


def _copy_takes(
    store: TakeStore, writer: Writer, named: Sequence[Named], place: Path, say: Say
) -> Found:
    found = Found()
    sizes = {one.path: store.size(one.path) for one in named if store.exists(one.path)}
    total = sum(sizes.values())
    check_room(place, total)
    done, said = 0, 0.0
    for one in named:
        if one.path not in sizes:
            found.missing.append(one.path)
            continue
        with store.open(one.path) as file:
            written = writer.add(f"{TAKES}/{one.path}", file, sizes[one.path])
        entry = Entry(one.path, written.bytes, written.sha256)
        _keep(found, one, entry)
        done += entry.bytes
        if total and done / total - said >= SAY_EVERY:
            said = done / total
            say(f"Takes: {plain_size(done)} of {plain_size(total)}.")
    return found


def _list_takes(store: TakeStore, named: Sequence[Named]) -> Found:
    """Note every file; one that the database knows by hash is not read again for it."""
    found = Found()
    for one in named:
        if not store.exists(one.path):
            found.missing.append(one.path)
        elif one.bytes is not None:
            _keep(found, one, Entry(one.path, store.size(one.path), one.sha256))
        else:
            with store.open(one.path) as file:
                _keep(found, one, digest_of(file, one.path))
    return found


def _keep(found: Found, one: Named, entry: Entry) -> None:
    found.takes.append(entry)
    if one.bytes is not None and (entry.bytes, entry.sha256) != (one.bytes, one.sha256):
        found.damaged.append(one.path)
