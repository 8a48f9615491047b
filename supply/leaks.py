"""Looks for secrets in every tracked file, with detect-secrets; nothing is sent anywhere."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from supply import ROOT, sbom
from supply.locks import LOCKS
from supply.vendored import ASSETS

REVIEWED = ROOT / "supply/reviewed.toml"
# Hashes from end to end, or held by their hashes in docs/sbom.json.
HELD = {
    REVIEWED,
    sbom.FILE,
    ROOT / "supply/browser/package-lock.json",
    ROOT / "tests/observatory/package-lock.json",
    *LOCKS,
    *(path for asset in ASSETS for path in asset.files),
}
# The service's keys, and what is sent as one: detect-secrets sees them between quotes alone, and
# not in a command or a note.
BEARER = re.compile(
    r"\bsk_(?=[\w-]*\d)(?=[\w-]*[A-Z])[\w-]{32,}|(?<=\bBearer )[A-Za-z0-9_\-.~+/]{20,}=*"
)
# Words beside "password" or "key". Those of tests are made up, and there are many: what has the
# form of a real key is found there all the same.
BY_WORD = "Secret Keyword"


class Found(NamedTuple):
    """What looks like a secret: the file, the kind, and the hash by which it is reviewed."""

    file: str
    kind: str
    sha1: str
    line: int


def tracked() -> list[str]:
    """Return the names of all tracked files but those that hold hashes or are held by them."""
    told = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    names = told.stdout.decode().split("\0")
    return [name for name in names if (ROOT / name).is_file() and ROOT / name not in HELD]


def scan(program: Path, files: list[str], folder: Path = ROOT) -> list[Found]:
    """Return what looks like a secret in the files of a folder."""
    command = [
        str(program),
        "scan",
        # Without this it would ask Amazon and others whether what it found is valid.
        "--no-verify",
        # What is no secret is told in reviewed.toml, with the reason, and nowhere else.
        *("--disable-filter", "detect_secrets.filters.allowlist.is_line_allowlisted"),
        *files,
    ]
    told = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    found = [
        Found(row["filename"], row["type"], row["hashed_secret"], row["line_number"])
        for rows in json.loads(told.stdout)["results"].values()
        for row in rows
        if not (row["type"] == BY_WORD and row["filename"].startswith("tests/"))
    ]
    return sorted({*found, *_bearers(files, folder)})


def _bearers(files: Iterable[str], folder: Path) -> Iterator[Found]:
    for file in files:
        lines = (folder / file).read_text(errors="replace").splitlines()
        for number, line in enumerate(lines, start=1):
            for key in BEARER.findall(line):
                sha1 = hashlib.sha1(key.encode(), usedforsecurity=False).hexdigest()
                yield Found(file, "Bearer Key", sha1, number)


def reviewed(path: Path = REVIEWED) -> set[tuple[str, str, str]]:
    """Return what somebody looked at and found to be no secret.

    Raises ValueError at one without a reason.
    """
    rows = tomllib.loads(path.read_text()).get("reviewed", [])
    for row in rows:
        if len(row.get("why", "")) < 10:
            raise ValueError(f"{path.name}: {row['file']} needs `why`, in words")
    return {(row["file"], row["kind"], row["sha1"]) for row in rows}
