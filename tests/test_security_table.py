"""docs/security.md keeps its word: every threat has a row, every test it names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

from tests.permission_mutants import checks

ROOT = Path(settings.BASE_DIR)
PAGE = (ROOT / "docs/security.md").read_text()
ROWS = {
    cells[0]: cells[1:]
    for cells in (
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.splitlines()
        if re.match(r"\| T\d\d \|", line)
    )
}


def test_every_threat_has_one_row():
    assert list(ROWS) == [f"T{number:02}" for number in range(1, 53)]
    assert PAGE.count("\n| T") == len(ROWS)


@pytest.mark.parametrize("threat", ROWS)
def test_each_is_shown_by_a_test_or_said_to_be_open(threat):
    what, done, shown = ROWS[threat]
    assert what
    assert done
    assert re.search(r"`test_\w+`", shown) or "*not yet*" in shown


def test_every_test_that_it_names_exists():
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    there = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
    }
    assert named - there == set()


def test_the_number_of_permission_checks_is_that_of_the_code():
    """Whoever adds one runs `make mutants` again, and writes the number here."""
    assert f"of all {len(list(checks()))}, one does" in PAGE
