"""docs/sbom.json lists all that Storyboard is built from, as it is now, and nothing by chance."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from supply import ROOT, sbom
from supply.vendored import ASSETS, FOLDERS, OURS, sha256

TOLD = json.loads(sbom.FILE.read_text())
COMPONENTS = {component["name"]: component for component in TOLD["components"]}
PINNED = re.compile(r"^([\w-]+)==([^ ]+)", re.MULTILINE)


def test_it_is_as_make_sbom_would_write_it_now():
    """Where this fails, something that Storyboard is built from changed: run `make sbom`."""
    assert sbom.FILE.read_text() == sbom.text()


@pytest.mark.process
def test_it_is_the_same_to_the_byte_in_whatever_order_python_keeps_its_sets():
    code = "from supply import licences, sbom; print(sbom.text(), licences.text())"
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(texts) == 1


def test_it_says_nothing_of_when_or_where_it_was_made():
    assert not {"serialNumber", "timestamp"} & {*TOLD, *TOLD["metadata"]}
    assert "http" not in sbom.FILE.read_text()


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-postgres.txt"])
def test_every_package_of_the_lock_files_is_in_it_with_every_hash(lock):
    text = (ROOT / lock).read_text()
    for entry in re.split(r"\n(?=\w)", text.partition("\n#    make lock\n")[2]):
        [(name, version)] = PINNED.findall(entry)
        component = COMPONENTS[name]
        hashes = {found["content"] for found in component["hashes"]}
        assert component["version"] == version
        assert component["purl"] == f"pkg:pypi/{name}@{version}"
        assert hashes == set(re.findall(r"sha256:(\w+)", entry))
        assert component["licenses"]


def test_every_vendored_file_is_in_it_with_its_hash():
    told = {
        part["name"]: part["hashes"][0]["content"]
        for component in COMPONENTS.values()
        for part in component.get("components", [])
    }
    files = [path for asset in ASSETS for path in asset.files]
    assert told == {path.relative_to(ROOT).as_posix(): sha256(path) for path in files}


def test_no_file_lies_among_the_vendored_ones_without_being_told_of():
    told = {path for asset in ASSETS for path in (*asset.files, *asset.licence_files)}
    there = {path for folder in FOLDERS for path in folder.rglob("*") if path.is_file()}
    assert {path for path in there - told - set(OURS) if path.suffix != ".pyc"} == set()
    assert set(OURS) <= there
    assert all(path.exists() for path in told)


def test_what_is_for_tests_or_for_postgresql_alone_says_so():
    scopes: dict[str, set[str]] = {}
    for name, component in COMPONENTS.items():
        scopes.setdefault(component["scope"], set()).add(name)
    assert scopes["excluded"] == {"axe-core"}
    assert {"psycopg", "psycopg-binary"} <= scopes["optional"]
    assert "django" in scopes["required"]


def test_every_component_is_there_because_something_asks_for_it():
    refs = {component["bom-ref"] for component in COMPONENTS.values()}
    asked = {ref for row in TOLD["dependencies"] for ref in row["dependsOn"]}
    assert asked == refs - {COMPONENTS["axe-core"]["bom-ref"]}
    [ours] = [row for row in TOLD["dependencies"] if row["ref"] == "storyboard"]
    assert "pkg:pypi/django@" in str(ours)
    assert "pkg:pypi/sqlparse@" not in str(ours)
