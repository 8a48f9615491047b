"""docs/asvs.md keeps its word: each number once, each met one shown, the figures as counted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings

from tests.asvs_numbers import LEVELS

ROOT = Path(settings.BASE_DIR)
PAGE = (ROOT / "docs/asvs.md").read_text()
MET, NOT_OURS, GAP = "met", "does not apply", "gap"
TEST = re.compile(r"`(test_\w+)`")
PLACE = re.compile(r"`([\w./-]+):([\w-]+)`")
TESTS_THERE = {
    name
    for path in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
}


@dataclass(frozen=True)
class Row:
    number: str
    level: str
    asks: str
    verdict: str
    shown: str


ROWS = [
    Row(*(cell.strip() for cell in line.strip("|").split("|")))
    for line in PAGE.splitlines()
    if re.match(r"\| \d+\.\d+\.\d+ \|", line)
]


def line_of(path: str, word: str) -> int:
    """Return the line of a file in which the word stands, or 0."""
    file = ROOT / path
    lines = file.read_text().splitlines() if file.is_file() else []
    found = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
    return next((number for number, line in enumerate(lines, 1) if found.search(line)), 0)


def count(verdict: str, *levels: str) -> int:
    return sum(row.verdict == verdict and row.level in levels for row in ROWS)


def share(*levels: str) -> float:
    return count(MET, *levels) / (count(MET, *levels) + count(GAP, *levels))


def test_it_is_all_of_levels_1_and_2():
    """As many as the standard itself counts."""
    levels = list(LEVELS.values())
    assert (levels.count(1), levels.count(2), len(levels)) == (70, 183, 253)


def test_every_number_stands_there_once_in_order_with_its_level():
    assert [row.number for row in ROWS] == sorted(
        LEVELS, key=lambda number: [int(part) for part in number.split(".")]
    )
    assert {row.number: row.level for row in ROWS} == {
        number: str(level) for number, level in LEVELS.items()
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)
def test_each_says_what_it_asks_and_what_shows_it(row):
    assert row.asks
    if row.verdict == MET:
        assert TEST.search(row.shown) or PLACE.search(row.shown), "a test, or a place in the code"
        assert not row.shown.startswith("missing")
    elif row.verdict == GAP:
        assert row.shown.startswith("missing")
    else:
        assert row.verdict == NOT_OURS
        assert len(row.shown) > 4, "the reason"
    for test in TEST.findall(row.shown):
        assert test in TESTS_THERE, test
    for path, word in PLACE.findall(row.shown):
        assert line_of(path, word), f"{word} does not stand in {path}"


@pytest.mark.parametrize(
    ("name", "levels"), [("1", ("1",)), ("2", ("2",)), ("1 and 2", ("1", "2"))]
)
def test_the_figures_are_those_of_the_tables(name, levels):
    asked = sum(row.level in levels for row in ROWS)
    met, gaps = count(MET, *levels), count(GAP, *levels)
    wanted = (
        f"| {name} | {asked} | {count(NOT_OURS, *levels)} | {met + gaps} | {met} | {gaps} "
        f"| {100 * share(*levels):.1f} % |"
    )
    assert wanted in PAGE


def test_the_gaps_are_listed():
    gaps = [row.number for row in ROWS if row.verdict == GAP]
    assert f"Gaps: {', '.join(gaps) or 'none'}.\n" in PAGE


def test_level_1_is_met_whole_and_level_2_to_95_percent():
    assert [row.number for row in ROWS if row.level == "1" and row.verdict == GAP] == []
    assert share("2") >= 0.95
