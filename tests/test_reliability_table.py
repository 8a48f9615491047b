"""docs/reliability.md keeps its word: every fault has a row, every test it names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

from faults.__main__ import SCENARIOS

ROOT = Path(settings.BASE_DIR)
PAGE = (ROOT / "docs/reliability.md").read_text()
ROWS = {
    cells[0]: cells[1:]
    for cells in (
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.splitlines()
        if re.match(r"\| F\d\d \|", line)
    )
}


def test_every_fault_has_one_row():
    assert list(ROWS) == [f"F{number:02}" for number in range(1, 52)]
    assert PAGE.count("\n| F") == len(ROWS)


@pytest.mark.parametrize("fault", ROWS)
def test_each_is_shown_by_a_test_a_scenario_or_a_reason_why_not(fault):
    words, proof = ROWS[fault][1:]
    named = re.findall(r"`(\w[\w-]*)`", proof)
    assert words
    assert named or "*not*" in f"{words} {proof}".lower()


def test_every_test_that_it_names_exists():
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    there = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
    }
    assert named - there == set()


def test_every_scenario_that_it_names_exists():
    named = {
        word
        for row in ROWS.values()
        for word in re.findall(r"`([a-z-]+)`", row[2])
        if not word.startswith("test_")
    }
    assert named <= set(SCENARIOS)
