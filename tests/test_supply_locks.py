"""What is installed is what was locked: every package by version and hash, and nothing else."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from supply import ROOT
from supply.locks import DEVELOPMENT, LOCKS, POSTGRES, RUNTIME, TOOLS, read

MAKEFILE = (ROOT / "Makefile").read_text()
FLAGS = MAKEFILE.partition("INSTALL := ")[2].partition("\n")[0].split()


def named(text: str) -> str:
    return re.sub(r"[-_.]+", "-", text).lower()


def chosen(path: Path) -> dict[str, str]:
    """Return what an .in file asks for itself, by name and version."""
    lines = path.with_suffix(".in").read_text().splitlines()
    pins = [line for line in lines if not line.startswith(("#", "-"))]
    return {
        named(re.sub(r"\[.+\]", "", name)): version
        for name, _, version in (pin.partition("==") for pin in pins)
    }


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_package_has_one_version_and_hashes(lock):
    packages = read(lock)
    assert packages
    assert len({package.name for package in packages}) == len(packages)
    assert [package.name for package in packages if len(set(package.hashes)) == 0] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_what_was_chosen_is_locked_as_it_was_chosen(lock):
    locked = {package.name: package.version for package in read(lock)}
    assert chosen(lock)
    assert chosen(lock).items() - locked.items() == set()


@pytest.mark.parametrize("lock", [*LOCKS[:4]], ids=lambda lock: lock.name)
def test_whatever_is_locked_was_asked_for(lock):
    """A package that nothing brings any more is gone from the lock file."""
    packages = read(lock)
    names = {package.name for package in packages}
    for package in packages:
        askers = {re.sub(r"\[.+\]", "", who) for who in package.wanted_by}
        assert {who for who in askers if who in names or who.endswith(".in")}


def test_a_package_has_the_same_version_and_files_wherever_it_is_locked():
    everywhere: dict[str, set[tuple[str, tuple[str, ...]]]] = {}
    for lock in LOCKS:
        for package in read(lock):
            everywhere.setdefault(package.name, set()).add((package.version, package.hashes))
    assert [name for name, found in everywhere.items() if len(found) > 1] == []


def test_the_tests_run_on_all_that_is_run_by_others():
    development = {package.name for package in read(DEVELOPMENT)}
    assert {package.name for package in [*read(RUNTIME), *read(POSTGRES)]} <= development


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_no_lock_file_says_where_packages_come_from(lock):
    for path in (lock, lock.with_suffix(".in")):
        assert not re.search(r"https?:|--(extra-)?index-url|--find-links", path.read_text())


def test_nothing_is_installed_but_by_its_hash():
    scripts = [ROOT / "Makefile", *(ROOT / ".ci").iterdir(), ROOT / "tests/browser/install"]
    lines = [line for path in scripts for line in path.read_text().splitlines()]
    commands = [line for line in lines if re.search(r"(?<!uv )\bpip3? ", line)]
    assert commands == [f"INSTALL := {' '.join(FLAGS)}"]
    assert {"--require-hashes", "--only-binary=:all:"} < set(FLAGS)
    assert "--require-hashes" in (ROOT / "tests/postgres/programs.py").read_text()


def wheel(folder: Path) -> Path:
    """Make a package of one file, as small as one can be."""
    path = folder / "paperboat-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("paperboat.py", "")
        archive.writestr(
            "paperboat-1.0.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: paperboat\nVersion: 1.0\n",
        )
        archive.writestr(
            "paperboat-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr("paperboat-1.0.dist-info/RECORD", "")
    return path


@pytest.mark.process
@pytest.mark.parametrize(
    ("locked", "installed"),
    [
        ("paperboat==1.0 --hash=sha256:{right}", True),
        ("paperboat==1.0 --hash=sha256:{wrong}", False),
        ("paperboat==1.0", False),
        ("paperboat --hash=sha256:{right}", False),
    ],
)
def test_a_file_that_is_not_the_locked_one_is_not_installed(tmp_path, locked, installed):
    right = hashlib.sha256(wheel(tmp_path).read_bytes()).hexdigest()
    wrong = hashlib.sha256(b"another boat").hexdigest()
    (tmp_path / "lock.txt").write_text(locked.format(right=right, wrong=wrong) + "\n")
    from_here = ["--no-index", "--find-links", str(tmp_path), "--target", str(tmp_path / "there")]
    told = subprocess.run(
        [sys.executable, *FLAGS, *from_here, "-r", str(tmp_path / "lock.txt")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode == 0) is installed, told.stderr
    assert (tmp_path / "there" / "paperboat.py").exists() is installed


def test_the_tools_are_not_among_what_is_run():
    """An environment of their own keeps them from choosing versions for Storyboard."""
    assert not set(chosen(TOOLS)) & {package.name for package in read(DEVELOPMENT)}
