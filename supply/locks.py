"""Reads the lock files that `make lock` writes: each package with its version and hashes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from supply import ROOT

RUNTIME = ROOT / "requirements.txt"
POSTGRES = ROOT / "requirements-postgres.txt"
DEVELOPMENT = ROOT / "requirements-dev.txt"
TOOLS = ROOT / "requirements-tools.txt"
WHEEL = ROOT / "tests/postgres/wheel.txt"
LOCKS = (RUNTIME, POSTGRES, DEVELOPMENT, TOOLS, WHEEL)

PIN = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[^ ;]+)(?: ; (?P<marker>.+?))? \\")
HASH = re.compile(r" {4}--hash=sha256:([0-9a-f]{64})(?: \\)?")
VIA = re.compile(r" {4}#(?: via|  ) ?(?P<who>.*)")


class Package(NamedTuple):
    """One package of a lock file.

    `hashes` are the SHA-256 sums of every file of the release, in order; `wanted_by` are the names
    of the packages that ask for it, and the .in files that do. `marker` says where alone it is
    installed, and is empty where that is everywhere.
    """

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]
    wanted_by: tuple[str, ...]


def read(path: Path) -> list[Package]:
    """Return the packages of a lock file. Raises ValueError at a line that is no part of one."""
    return list(_read(path))


def _read(path: Path) -> Iterator[Package]:
    entry: list[str] = []
    for line in path.read_text().splitlines():
        if not line.startswith("#"):
            if not line.startswith(" ") and entry:
                yield _package(entry)
                entry = []
            entry.append(line)
    if entry:
        yield _package(entry)


def _package(lines: list[str]) -> Package:
    pin = PIN.fullmatch(lines[0])
    hashes = [found[1] for line in lines[1:] if (found := HASH.fullmatch(line))]
    notes = [found["who"] for line in lines[1:] if (found := VIA.fullmatch(line))]
    if pin is None or not hashes or 1 + len(hashes) + len(notes) != len(lines):
        raise ValueError(f"a lock file has a package that is not whole: {lines[0]}")
    # A "-c" is a file that only says which version, when somebody else asks.
    wanted_by = [who.removeprefix("-r ") for who in notes if who and not who.startswith("-c ")]
    return Package(
        pin["name"], pin["version"], pin["marker"] or "", tuple(hashes), tuple(wanted_by)
    )
