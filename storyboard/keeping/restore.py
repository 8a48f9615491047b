"""Putting a backup back: checked whole before a byte is written, and held in safe mode."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import Error, connection

from storyboard.keeping.archive import (
    CHUNK,
    Damaged,
    Entry,
    digest_of,
    files_in,
    is_plain,
    sync_folder,
)
from storyboard.keeping.backup import (
    COVERS,
    FORMAT,
    MANIFEST,
    SECRETS,
    TAKES,
    TAKES_LIST,
    check_room,
)
from storyboard.keeping.snapshot import FILES, SQLITE, check_sqlite
from storyboard.keeping.swap import load_beside, tables_beside, take_their_place
from storyboard.renders import crash, holding
from storyboard.renders.heartbeat import poller_alive
from storyboard.renders.models import Heartbeat, Render, State, Take
from storyboard.renders.storage import take_store
from storyboard.renders.store import TakeStore

Say = Callable[[str], object]


class CannotRestore(Exception):
    """Nothing was changed; the words say why."""


@dataclass(frozen=True)
class Contents:
    """What a backup holds, every file of it checked; takes under their names in the store."""

    manifest: dict[str, Any]
    files: dict[str, Entry]
    takes: dict[str, Entry]

    @property
    def made_at(self) -> datetime:
        return datetime.fromisoformat(self.manifest["made_at"])

    @property
    def bytes(self) -> int:
        return sum(entry.bytes for entry in self.files.values())


@dataclass(frozen=True)
class Restored:
    """What came of it: renders by what becomes of them, takes that no longer have their file."""

    held: int
    under_way: int
    unsure: int
    missing: list[str]
    aside: Path | None


def check(source: Path) -> Contents:
    """Read the whole backup; raise Damaged unless it is all there, as its manifest says."""
    found: dict[str, Entry] = {}
    texts = dict.fromkeys((MANIFEST, TAKES_LIST), b"")
    try:
        for name, file in files_in(source):
            if not is_plain(name):
                raise Damaged(f"{source} names a file {name!r}, which leads outside.")
            if name in texts:
                texts[name] = file.read()
                file.seek(0)
            found[name] = digest_of(file, name)
    except tarfile.TarError as error:
        raise Damaged(f"{source} was cut short: {error}.") from error
    try:
        manifest = json.loads(texts[MANIFEST])
        takes = [Entry(**json.loads(line)) for line in texts[TAKES_LIST].splitlines()]
        wanted = {line["path"]: Entry(**line) for line in manifest["files"]}
        known = manifest["format"] == FORMAT and {"made_at", "takes", "storyboard"} <= set(manifest)
        vendor = manifest["database"]["vendor"]
        _version(manifest["storyboard"])
        datetime.fromisoformat(manifest["made_at"])
    except (ValueError, KeyError, TypeError) as error:
        raise Damaged(f"{source} is no backup of Storyboard, or has no manifest.") from error
    if not known or FILES.get(vendor) not in wanted:
        raise Damaged(f"{source} is of a kind that this version of Storyboard does not know.")
    if manifest["takes"] == "copied":
        wanted |= {f"{TAKES}/{e.path}": Entry(f"{TAKES}/{e.path}", *_facts(e)) for e in takes}
    found.pop(MANIFEST, None)
    if wanted != found:
        wrong = sorted(
            name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)
        )
        raise Damaged(f"{source} is not what its manifest says: {', '.join(wrong[:5])}.")
    return Contents(manifest, found, {entry.path: entry for entry in takes})


def _facts(entry: Entry) -> tuple[int, str]:
    return entry.bytes, entry.sha256


def refuse_unless_possible(contents: Contents, at: datetime, *, replace: bool) -> None:
    """Raise CannotRestore when this installation is not the place for the backup."""
    made_by = contents.manifest["storyboard"]
    if _version(made_by) > _version(settings.VERSION):
        raise CannotRestore(
            f"The backup is of Storyboard {made_by}, and this is {settings.VERSION}. Update first."
        )
    vendor = contents.manifest["database"]["vendor"]
    if vendor != connection.vendor:
        raise CannotRestore(f"The backup is of {vendor}; DATABASE_URL names {connection.vendor}.")
    if _running(at):
        raise CannotRestore("Storyboard is running here, or was half a minute ago. Stop it first.")
    if _database_is_there() and not replace:
        raise CannotRestore(
            f"There is a database for {settings.DATA} already. With --replace it is moved aside."
        )


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def _running(at: datetime) -> bool:
    try:
        pid = int((settings.DATA / "supervisord.pid").read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        command = b""
    if b"supervisord" in command:
        return True
    try:
        return _database_is_there() and poller_alive(at)
    except Error:
        return False


def _database_file() -> Path:
    return Path(connection.settings_dict["NAME"])


def _database_is_there() -> bool:
    if connection.vendor == SQLITE:
        return _database_file().exists()
    return bool(connection.introspection.table_names())


def restore(source: Path, contents: Contents, at: datetime, say: Say) -> Restored:
    """Put a checked backup in place and begin safe mode; the old database is moved aside.

    Takes are added to those that are there: a film that was paid for is never taken away.
    Raises CannotRestore, NoRoom, Damaged, CannotCopy or OSError with the old still in place.
    """
    settings.DATA.mkdir(mode=0o700, parents=True, exist_ok=True)
    check_room(settings.DATA, contents.bytes + _size_of_database(contents))
    stage = settings.DATA / f".restore-{os.getpid()}"
    shutil.rmtree(stage, ignore_errors=True)
    name = f"replaced-{at:%Y%m%d-%H%M%S}"
    # A try of the same second has a folder of its own.
    tries = (settings.DATA / name, *(settings.DATA / f"{name}-{n}" for n in range(2, 100)))
    aside = next(folder for folder in tries if not folder.exists())
    try:
        stage.mkdir(mode=0o700)
        _unpack(source, contents, stage, aside)
        say("Everything is unpacked and checked.")
        if connection.vendor == SQLITE:
            staged = stage / FILES[SQLITE]
            with closing(sqlite3.connect(staged)) as copy:
                check_sqlite(copy)
            with _database_at(staged):
                result = _bring_up_to_date(contents, at)
            _end_log(_database_file(), aside)
            _put_in_place(staged, _database_file(), aside)
        else:
            dump = FILES[connection.vendor]
            load_beside(stage / dump, stage)
            crash.point("restore loaded")
            # The old stays until the new is in safe mode: a poller that starts after whatever
            # went wrong here never finds renders of the past, to be sent a second time.
            with tables_beside():
                result = _bring_up_to_date(contents, at)
            crash.point("restore held")
            take_their_place(aside / dump)
        for folder in (COVERS, SECRETS):
            target = settings.DATA / COVERS if folder == COVERS else settings.DATA
            for path in sorted((stage / folder).glob("*")):
                target.mkdir(mode=0o700, exist_ok=True)
                if _same(path, target / path.name):
                    continue
                _put_in_place(path, target / path.name, aside)
        sync_folder(settings.DATA)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    store = take_store()
    named = [*contents.takes, *contents.manifest["missing"]]
    missing = sorted(name for name in named if not store.exists(name))
    return Restored(*result, missing=missing, aside=aside if aside.exists() else None)


def _size_of_database(contents: Contents) -> int:
    """A migration of SQLite may write the database once more."""
    return contents.files[contents.manifest["database"]["file"]].bytes


def _unpack(source: Path, contents: Contents, stage: Path, aside: Path) -> None:
    """Write takes to their store and all else below `stage`, each file checked once more."""
    store = take_store()
    for name, file in files_in(source):
        folder, _, rest = name.partition("/")
        if name in (MANIFEST, TAKES_LIST):
            continue
        if folder == TAKES:
            if not _is_there(store, contents.takes[rest]):
                with store.part(rest.partition("/")[0]) as part:
                    shutil.copyfileobj(file, part.file, CHUNK)
                    _must_be(contents.files[name], part.path, part.file)
                    if store.exists(rest):
                        store.move_out(rest, aside / TAKES / rest)
                    store.keep(part, rest)
            continue
        target = stage / name
        target.parent.mkdir(mode=0o700, exist_ok=True)
        with target.open("x+b") as written:
            shutil.copyfileobj(file, written, CHUNK)
            _must_be(contents.files[name], target, written)
            written.flush()
            os.fsync(written.fileno())


def _must_be(entry: Entry, path: Path, file: Any) -> None:
    file.seek(0)
    if digest_of(file, entry.path) != entry:
        raise Damaged(f"{path} was not written as it is in the backup.")
    file.seek(0, os.SEEK_END)


def _is_there(store: TakeStore, entry: Entry) -> bool:
    if not store.exists(entry.path) or store.size(entry.path) != entry.bytes:
        return False
    with store.open(entry.path) as file:
        return digest_of(file, entry.path) == entry


def _same(path: Path, other: Path) -> bool:
    return other.is_file() and path.read_bytes() == other.read_bytes()


@contextmanager
def _database_at(path: Path) -> Iterator[None]:
    """Let everything here speak to another SQLite file, and leave it without a log beside it."""
    connection.close()
    before = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = str(path)
    try:
        yield
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode=DELETE")
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


def _bring_up_to_date(contents: Contents, at: datetime) -> tuple[int, int, int]:
    """Migrate, begin safe mode, and end what belongs to the past; count held, going, unsure."""
    call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
    made_at = f"{contents.made_at:%Y-%m-%d %H:%M} UTC"
    holding.begin(at, f"Restored from a backup of {made_at}.", copy_of=contents.made_at)
    # Whoever signed out since would be signed in again.
    Session.objects.all().delete()
    Heartbeat.objects.all().delete()
    # Which films are missing is another question here.
    Take.objects.update(lost_at=None)
    held = Render.objects.filter(state=State.QUEUED).count()
    going = Render.objects.under_way().count() - held
    return held, going, Render.objects.unsure().count()


def _put_in_place(path: Path, target: Path, aside: Path) -> None:
    """Let `path` take the name of `target` at once; what is there is kept aside first."""
    if target.exists():
        aside.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            os.link(target, aside / target.name)
        except OSError:
            # No file system has to know a second name for a file.
            shutil.copy2(target, aside / target.name)
        sync_folder(aside)
    crash.point("restore kept")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.replace(target)


def _end_log(database: Path, aside: Path) -> None:
    """Leave no log beside a SQLite file, for it would be read into the one that comes.

    Its changes are written into the file; a file that is none of SQLite's loses its log to
    `aside`. Raises CannotRestore while something else has the database open.
    """
    if not database.exists():
        return
    try:
        with closing(sqlite3.connect(database)) as old:
            old.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise CannotRestore(
                f"Something else has {database} open. Stop it first; the old database is in place."
            ) from error
    for suffix in ("-wal", "-shm"):
        log = database.with_name(f"{database.name}{suffix}")
        if log.exists():
            aside.mkdir(mode=0o700, parents=True, exist_ok=True)
            log.rename(aside / log.name)
