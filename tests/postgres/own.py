"""A database for one installation of a test: on the server that the tests run on, or SQLite."""

from __future__ import annotations

import os
import secrets
from typing import Any

import psycopg
from psycopg.types.json import set_json_loads

# The address of the server, without a database; unset where the tests run on SQLite.
VARIABLE = "STORYBOARD_TEST_SERVER"


def own_database(template: str = "") -> str:
    """Return the address of a new database, empty or a copy of that at `template`.

    Nothing is returned where the tests run on SQLite. The server goes with all its databases.
    """
    server = os.environ.get(VARIABLE)
    if not server:
        return ""
    name = f"own_{secrets.token_hex(6)}"
    source = template.rpartition("/")[2] or "template1"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
    return f"{server}/{name}"


def rows_of(address: str, sql: str) -> list[tuple[Any, ...]]:
    """Ask a database directly, as another process would."""
    with psycopg.connect(address, autocommit=True) as connection:
        # As SQLite hands it out: the text.
        set_json_loads(lambda text: text.decode(), connection)
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []
