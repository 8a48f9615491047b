"""docs/rules.md keeps its word: its figures, roles and words are those of the code."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
from allauth.account import app_settings as allauth
from django.conf import settings

from storyboard.people.passwords import OUR_WORDS
from storyboard.people.roles import GUEST_ROLES, Ability, Role, abilities, guest_abilities

ROOT = Path(settings.BASE_DIR)
PAGE = (ROOT / "docs/rules.md").read_text()
UNITS = {
    "": 1,
    "minutes": 60,
    "hours": 3600,
    "days": 24 * 3600,
    "KB": 1024,
    "MB": 1024 * 1024,
}
FIGURES = re.findall(r"^\| (.+?) \| ([^|]+) \| `([\w./]+):(\w+)` \|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("what", "figure", "place", "name"), FIGURES, ids=lambda part: str(part))
def test_a_figure_is_the_codes(what, figure, place, name):
    if place == "allauth":
        assert allauth.RATE_LIMITS[name] == figure
        return
    module = importlib.import_module(place.removesuffix(".py").replace("/", "."))
    number, _, unit = figure.partition(" ")
    assert getattr(module, name) == float(number) * UNITS[unit]


def test_there_are_figures_at_all_and_every_rate_of_ours_is_among_them():
    assert len(FIGURES) > 40
    told = {name for _, _, place, name in FIGURES if place == "allauth"}
    assert set(settings.ACCOUNT_RATE_LIMITS) <= told


def test_a_role_may_what_the_table_says():
    told = {
        cells[0]: [cell == "yes" for cell in cells[1:]]
        for line in PAGE.splitlines()
        if len(cells := [cell.strip() for cell in line.strip("|").split("|")]) == 1 + len(Ability)
        and cells[1] in {"yes", "no"}
    }
    wanted = {role: abilities(role, may_spend=True) for role in Role.values}
    wanted |= {f"{role}, a guest": guest_abilities(role, may_spend=True) for role in GUEST_ROLES}
    assert told == {role: [one in able for one in Ability] for role, able in wanted.items()}


def test_every_word_that_no_password_may_be_is_told():
    part = PAGE.partition("**Passwords**")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([a-z]+)`", part)) == set(OUR_WORDS)


def test_every_file_and_program_that_it_names_is_there():
    links = re.findall(r"\]\(([^)#]+)\)", PAGE)
    assert [link for link in links if not (ROOT / "docs" / link).is_file()] == []
    for name in re.findall(r"`(STORYBOARD_\w+|[A-Z]+_[A-Z_]+)`", PAGE):
        assert hasattr(settings, name) or f"`{name}`" in (ROOT / "README.md").read_text(), name
