"""The house's rules, read from the source: rooms import downwards only, files stay small."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

HOUSE = Path(settings.BASE_DIR, "storyboard")
SOURCES = sorted(HOUSE.rglob("*.py"))

# What each room may import of ours beside itself; every room may read novita.limits as well.
MAY_IMPORT = {
    "novita": set(),
    "engine": {"novita"},
    "people": set(),
    "stories": {"people"},
    "looks": {"stories", "people", "novita"},
    "renders": {"looks", "stories", "people", "novita"},
    "review": {"renders", "looks", "stories", "people"},
    "exports": {"renders", "looks", "stories", "people"},
    "keeping": {"exports", "renders", "looks", "stories", "people", "management"},
}
# Beyond the standard library, all that the client may know.
NOVITA_MAY_IMPORT = {"requests", "urllib3"}
# Looks asks the service for one thing alone.
NOVITA_IN_LOOKS = {"looks/catalogue.py", "looks/management/commands/refreshcatalogue.py"}


def name_of(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


def room_of(path: Path) -> str:
    """Return the room that a file is in; the front door's files are in none."""
    parts = path.relative_to(HOUSE).parts
    return parts[0] if len(parts) > 1 and parts[0] != "management" else ""


def imports(path: Path) -> Iterator[str]:
    """Yield the dotted name of every module or member that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours(path: Path) -> Iterator[str]:
    """Yield what a file imports from our rooms, as "room.module.member"."""
    for name in imports(path):
        package, _, rest = name.partition(".")
        if package == "storyboard":
            yield rest


ROOMS = sorted({room_of(path) for path in SOURCES} - {""})


def test_every_room_of_the_house_is_known():
    assert set(ROOMS) <= set(MAY_IMPORT)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_downwards_only(room):
    allowed = MAY_IMPORT[room] | {room}
    wrong = [
        f"{name_of(path)} imports storyboard.{name}"
        for path in SOURCES
        if room_of(path) == room
        for name in ours(path)
        if name.split(".")[0] not in allowed and not f"{name}.".startswith("novita.limits.")
    ]
    assert wrong == []


def test_looks_asks_the_service_for_its_catalogue_alone():
    wrong = [
        f"{name_of(path)} imports storyboard.{name}"
        for path in SOURCES
        if room_of(path) == "looks" and name_of(path) not in NOVITA_IN_LOOKS
        for name in ours(path)
        if name.startswith("novita.") and not f"{name}.".startswith("novita.limits.")
    ]
    assert wrong == []


def test_the_client_knows_neither_django_nor_anything_else():
    known = NOVITA_MAY_IMPORT | sys.stdlib_module_names | {"storyboard"}
    wrong = [
        f"{name_of(path)} imports {name}"
        for path in SOURCES
        if room_of(path) == "novita"
        for name in imports(path)
        if name.split(".")[0] not in known
    ]
    assert wrong == []


def test_views_forms_and_models_never_speak_http():
    """Beside imports of the client itself, which would be one step to it."""
    speakers = {"requests", "urllib3", "http", "urllib.request", "socket"}
    wrong = [
        f"{name_of(path)} imports {name}"
        for path in SOURCES
        if path.stem in {"views", "forms", "models"} or "views" in path.parts
        for name in imports(path)
        if name.split(".")[0] in speakers - {"http"}
        or name.startswith(("urllib.request", "http.client", "storyboard.novita.client"))
    ]
    assert wrong == []


def test_permission_is_decided_in_one_file():
    """A page or form outside people/ asks access.py, and never for a role itself."""
    wrong = [
        f"{name_of(path)} imports storyboard.{name}"
        for path in SOURCES
        if room_of(path) not in {"", "people"}
        for name in ours(path)
        if name == "people.roles.WRITERS"
        or (
            ("views" in path.parts or path.stem in {"views", "forms"})
            and name in {"people.roles.Role", "people.models.Membership"}
        )
    ]
    assert wrong == []


def test_imports_stand_at_the_top_of_their_file():
    """But for apps.py, whose `ready` must wait until the models are loaded."""
    wrong = [
        f"{name_of(path)}:{inner.lineno}"
        for path in SOURCES
        if path.name != "apps.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert wrong == []


def test_nobody_reaches_for_another_files_private_names():
    wrong = [
        f"{name_of(path)} imports storyboard.{name}"
        for path in SOURCES
        for name in ours(path)
        if any(part.startswith("_") for part in name.split("."))
    ]
    assert wrong == []


def test_files_are_short_and_none_is_a_drawer():
    drawers = {"utils.py", "helpers.py", "services.py", "managers.py"}
    assert [name_of(path) for path in SOURCES if path.name in drawers] == []
    long = {
        name_of(path): lines
        for path in SOURCES
        if "migrations" not in path.parts and (lines := len(path.read_text().splitlines())) > 400
    }
    assert long == {}
