"""Where PostgreSQL's programs are; where none are installed, those of a wheel are fetched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

# PostgreSQL 16 with its clients. Only its files are used, so any Python may unpack it.
HERE = Path(__file__).resolve().parent
WHEEL = (HERE / "wheel.in").read_text().strip()
MADE_FOR = "3.12"
FETCHED = HERE.parents[1] / ".venv" / WHEEL.replace("==", "-")
PROGRAMS = FETCHED / "pgserver" / "pginstall" / "bin"
# The programs, and the libraries that they look for three folders above themselves.
INSIDE = ("pgserver/pginstall/", "pgserver.libs/")


def program(name: str) -> str:
    """Return where a program of PostgreSQL is, or nothing where there is none."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=_version)
    if debian:
        return str(debian[-1])
    fetched = PROGRAMS / name
    return shutil.which(name) or (str(fetched) if fetched.exists() else "")


def _version(path: Path) -> int:
    version = path.parent.parent.name
    return int(version) if version.isdecimal() else 0


def fetch() -> None:
    """Unpack the wheel's PostgreSQL into .venv; it appears there whole or not at all.

    Raises SystemExit, in words, where it cannot be had.
    """
    with tempfile.TemporaryDirectory(dir=FETCHED.parent) as folder:
        command = [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"),
            *("--disable-pip-version-check", "--only-binary=:all:", "--require-hashes"),
            *("--python-version", MADE_FOR, "--dest", folder, "-r", str(HERE / "wheel.txt")),
        ]
        if subprocess.run(command, check=False).returncode:
            raise SystemExit(
                f"There is no PostgreSQL here, and {WHEEL}, which ships one, cannot be fetched: "
                "there is no way to the package index, no wheel for this machine, or the file is "
                "not the one that was locked.\n"
                "Install PostgreSQL (on Debian and Ubuntu: apt install postgresql) and try again."
            )
        [wheel] = Path(folder).glob("*.whl")
        unpacked = Path(folder) / "unpacked"
        with zipfile.ZipFile(wheel) as archive:
            wanted = [name for name in archive.namelist() if name.startswith(INSIDE)]
            archive.extractall(unpacked, wanted)
        for path in (unpacked / PROGRAMS.relative_to(FETCHED)).iterdir():
            path.chmod(0o755)
        unpacked.rename(FETCHED)


def make_sure_of_it() -> None:
    """Let `program` find a server, and put its clients on the PATH where there are none."""
    if not program("initdb"):
        sys.stdout.write("PostgreSQL is not installed; fetching it from a wheel ...\n")
        sys.stdout.flush()
        fetch()
    if not shutil.which("pg_dump"):
        clients = str(Path(program("pg_dump")).parent)
        os.environ["PATH"] = f"{clients}{os.pathsep}{os.environ.get('PATH', '')}"
