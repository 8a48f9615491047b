"""Putting a PostgreSQL dump in place of the tables in use: whole, or not at all.

The dump is loaded beside them, brought up to date there, and only then takes their names, in one
transaction. Whatever fails or dies before that leaves what is there as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection, transaction

from storyboard.keeping.snapshot import postgresql

IN_USE = "public"
BESIDE = "storyboard_restoring"
ASIDE = "storyboard_aside"


def _move(here: str, there: str) -> str:
    """Return the statement that takes every table, with what belongs to it, to another schema."""
    return f"""
DO $$ DECLARE found text; BEGIN
  FOR found IN SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = '{here}' LOOP
    EXECUTE format('ALTER TABLE {here}.%I SET SCHEMA {there}', found);
  END LOOP;
END $$;
"""  # noqa: S608  (names of this module alone)


def load_beside(dump: Path, place: Path) -> None:
    """Load a dump into the schema BESIDE; `place` is a folder for what it takes.

    A dump names the schema that it was made of, so the tables in use make way for it inside
    one transaction, which nobody else sees. Raises CannotCopy with everything as it was.
    """
    script, first, last = (place / name for name in ("dump.sql", "first.sql", "last.sql"))
    options = ("--no-owner", "--no-privileges", f"--file={script}")
    postgresql("pg_restore", *options, str(dump), to_database=False)
    first.write_text(
        f"SET client_min_messages = warning; DROP SCHEMA IF EXISTS {BESIDE}, {ASIDE} CASCADE;"
        f"CREATE SCHEMA {BESIDE}; CREATE SCHEMA {ASIDE}; {_move(IN_USE, ASIDE)}"
    )
    last.write_text(f"{_move(IN_USE, BESIDE)} {_move(ASIDE, IN_USE)} DROP SCHEMA {ASIDE};")
    connection.close()
    together = ("--single-transaction", "--set=ON_ERROR_STOP=1", "--no-psqlrc", "--quiet")
    postgresql("psql", *together, *(f"--file={path}" for path in (first, script, last)))


@contextmanager
def tables_beside() -> Iterator[None]:
    """Let everything here speak to the tables that were loaded beside those in use."""
    options = connection.settings_dict["OPTIONS"]
    before = options.get("options", "")
    connection.close()
    options["options"] = f"{before} -c search_path={BESIDE}".strip()
    try:
        yield
    finally:
        connection.close()
        if before:
            options["options"] = before
        else:
            del options["options"]


def take_their_place(dump: Path) -> None:
    """Drop the tables in use, of which a dump is kept first, and give their names to those beside.

    Raises CannotCopy where that dump cannot be made.
    """
    tables = connection.introspection.table_names()
    if tables:
        dump.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        postgresql("pg_dump", "--format=custom", f"--schema={IN_USE}", f"--file={dump}")
    quoted = ", ".join(f"{IN_USE}.{connection.ops.quote_name(table)}" for table in tables)
    with transaction.atomic(), connection.cursor() as cursor:
        if quoted:
            cursor.execute(f"DROP TABLE {quoted} CASCADE")
        cursor.execute(_move(BESIDE, IN_USE))
        cursor.execute(f"DROP SCHEMA {BESIDE}")
