"""What lies in the repository and is somebody else's, as vendored.toml tells it."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import NamedTuple

from supply import ROOT

TOLD = tomllib.loads((ROOT / "supply/vendored.toml").read_text())
FOLDERS = tuple(ROOT / folder for folder in TOLD["folders"])
OURS = tuple(ROOT / file for file in TOLD["ours"])


class Asset(NamedTuple):
    """Somebody else's work: a "library" that a browser runs, or "data" that is drawn or read."""

    name: str
    version: str
    licence: str
    purl: str
    kind: str
    what: str
    files: tuple[Path, ...]
    licence_files: tuple[Path, ...]
    tests_only: bool


ASSETS = tuple(
    Asset(
        name=row["name"],
        version=row["version"],
        licence=row["licence"],
        purl=row["purl"],
        kind=row["kind"],
        what=row["what"],
        files=tuple(ROOT / file for file in row["files"]),
        licence_files=tuple(ROOT / file for file in row["licence_files"]),
        tests_only=row.get("tests_only", False),
    )
    for row in TOLD["asset"]
)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
