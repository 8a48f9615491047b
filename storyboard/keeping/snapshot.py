"""A consistent copy of the database while it is in use, and the files that this copy names."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection, transaction

from storyboard.renders.models import Span, Take

Rows = list[tuple[Any, ...]]
# What is made of a take and stored beside it.
MADE = ("poster", "preview", "sprite")
SQLITE, POSTGRESQL = "sqlite", "postgresql"
# Tables that go along empty: whoever holds a backup is not signed in by it, and what is counted
# against guessers is of no use elsewhere.
LEFT_OUT = (
    Session._meta.db_table,
    UserSession._meta.db_table,
    settings.CACHES["default"]["LOCATION"],
)
FILES = {SQLITE: "database.sqlite3", POSTGRESQL: "database.dump"}


class CannotCopy(Exception):
    """There is no copy; the words say why and what to do."""


@dataclass(frozen=True)
class Named:
    """A file that the database names; length and hash where the database knows them."""

    path: str
    bytes: int | None = None
    sha256: str = ""


@dataclass(frozen=True)
class Snapshot:
    file: Path
    named: list[Named]
    migrations: int


def database_size() -> int:
    """Return roughly how many bytes a copy of the database takes."""
    asked = {
        SQLITE: "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
        POSTGRESQL: "SELECT pg_database_size(current_database())",
    }
    with connection.cursor() as cursor:
        cursor.execute(asked[connection.vendor])
        return int(cursor.fetchone()[0])


@contextmanager
def snapshot(place: Path) -> Iterator[Snapshot]:
    """Copy the database into the folder `place`, and read from that very state what it names.

    Raises CannotCopy for a copy that cannot be made or is not sound.
    """
    target = place / FILES[connection.vendor]
    copy = _sqlite if connection.vendor == SQLITE else _postgresql
    with copy(target) as ask:
        yield Snapshot(target, _named(ask), ask("SELECT COUNT(*) FROM django_migrations")[0][0])


def _named(ask: Callable[[str], Rows]) -> list[Named]:
    take, span = Take._meta.db_table, Span._meta.db_table
    found: dict[str, Named] = {}
    # A backup is made before a newer version migrates: its tables may lack the latest columns.
    there = _columns_of(take)
    columns = ", ".join(["file, original, bytes, sha256", *(n for n in MADE if n in there)])
    for file, original, size, sha256, *made in ask(f"SELECT {columns} FROM {take}"):  # noqa: S608
        # Length and hash are those of what arrived, which is the file unless one was made of it.
        arrived = original or file
        found[arrived] = Named(arrived, size if sha256 else None, sha256)
        for other in (file, *made):
            found.setdefault(other, Named(other))
    for (poster,) in ask(f"SELECT poster FROM {span}"):  # noqa: S608
        found.setdefault(poster, Named(poster))
    found.pop("", None)
    return sorted(found.values(), key=lambda named: named.path)


def _columns_of(table: str) -> set[str]:
    with connection.cursor() as cursor:
        found = connection.introspection.get_table_description(cursor, table)
    return {column.name for column in found}


@contextmanager
def _sqlite(target: Path) -> Iterator[Callable[[str], Rows]]:
    connection.ensure_connection()
    whole = target.with_suffix(".whole")
    with closing(sqlite3.connect(whole, isolation_level=None)) as copy:
        # In one step: readers and writers of the original go on, and see none of it.
        connection.connection.backup(copy)
        # One file alone, without a log beside it.
        copy.execute("PRAGMA journal_mode=DELETE")
        check_sqlite(copy)
        there = {name for (name,) in copy.execute("SELECT name FROM sqlite_master")}
        try:
            for table in sorted(there & set(LEFT_OUT)):
                copy.execute(f"DELETE FROM {connection.ops.quote_name(table)}")  # noqa: S608
            # Written anew: a row that was deleted or moved leaves its bytes behind in the file.
            copy.execute("VACUUM INTO ?", (str(target),))
        except sqlite3.DatabaseError as error:
            raise CannotCopy(f"The copy of the database cannot be written: {error}.") from error
    whole.unlink()
    with closing(sqlite3.connect(target)) as copy:
        yield lambda sql: copy.execute(sql).fetchall()


def check_sqlite(copy: sqlite3.Connection) -> None:
    """Raise CannotCopy unless the database is whole and its references hold."""
    try:
        [(word,), *_] = copy.execute("PRAGMA integrity_check(1)").fetchall()
        broken = copy.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise CannotCopy(f"The copy of the database cannot be read: {error}.") from error
    if word != "ok" or broken:
        raise CannotCopy(f"The copy of the database is not sound: {broken or word}.")


@contextmanager
def _postgresql(target: Path) -> Iterator[Callable[[str], Rows]]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        # It waits for pg_dump, however long that takes.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        name = cursor.fetchone()[0]
        options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={name}"]
        options += [f"--exclude-table-data=*.{table}" for table in LEFT_OUT]
        postgresql("pg_dump", *options, f"--file={target}")
        postgresql("pg_restore", "--list", str(target), to_database=False)

        def ask(sql: str) -> Rows:
            cursor.execute(sql)
            return list(cursor.fetchall())

        yield ask


def postgresql(program: str, *arguments: str, to_database: bool = True) -> None:
    """Run one of PostgreSQL's programs on the settings' database; raise CannotCopy if it fails.

    The password goes by the environment: a command line is open to every account.
    """
    path = shutil.which(program)
    if path is None:
        raise CannotCopy(
            f"{program} is not installed. Install PostgreSQL's client programs "
            "(on Debian: apt install postgresql-client), of the server's version or newer."
        )
    found = connection.settings_dict
    options = found.get("OPTIONS", {})
    environment = os.environ | {
        name: str(value)
        for name, value in {
            "PGHOST": found["HOST"],
            "PGPORT": found["PORT"],
            "PGUSER": found["USER"],
            "PGPASSWORD": found["PASSWORD"],
            "PGDATABASE": found["NAME"],
            "PGSSLMODE": options.get("sslmode", ""),
            "PGSSLROOTCERT": options.get("sslrootcert", ""),
            "PGSSLCERT": options.get("sslcert", ""),
            "PGSSLKEY": options.get("sslkey", ""),
        }.items()
        if value
    }
    database = (f"--dbname={found['NAME']}",) if to_database and program != "pg_dump" else ()
    done = subprocess.run(  # noqa: S603
        [path, "--no-password", *database, *arguments] if to_database else [path, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it did not say why"]
        raise CannotCopy(f"{program} failed: {said[-1]}")
