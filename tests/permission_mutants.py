"""`make mutants`: each permission check taken away in turn; a test must notice each time.

Run as a program it finds every call of `find` and of what is named `require` in the views, and
starts the access table's tests of the addresses that go through it, with this very file as a
plugin that lets everybody through at that one call.
"""

from __future__ import annotations

import ast
import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
CHECKS = {"find", "require", "require_administrator", "require_keeper"}
ASKED = "STORYBOARD_MUTANT"


class Check(NamedTuple):
    """One call of a check: in which module, what it is called, from which line to which."""

    module: str
    name: str
    first: int
    last: int

    def __str__(self) -> str:
        return ":".join(map(str, self))


def checks() -> Iterator[Check]:
    for path in sorted((ROOT / "storyboard").rglob("*.py")):
        if path.stem != "views" and path.parent.name != "views":
            continue
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text())):
            called = node.func.id if _is_call(node) else ""
            if called in CHECKS:
                yield Check(module, called, node.lineno, node.end_lineno or node.lineno)


def _is_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)


def pytest_configure() -> None:
    """As a plugin: let everybody through at the call that the environment names."""
    module, name, first, last = os.environ[ASKED].split(":")
    found = importlib.import_module(module)
    lines = range(int(first), int(last) + 1)
    setattr(found, name, _opened(getattr(found, name), lines, module))
    # What asks the same once more under a lock would answer in the place of the check that is gone.
    again = importlib.import_module(ACCESS).find_still
    for one in [one for one in sys.modules.values() if getattr(one, "find_still", None) is again]:
        one.find_still = _there  # type: ignore[attr-defined]


def _there(user: Any, rows: Any, ability: Any, **key: Any) -> Any:
    return rows.get(**key)


def _opened(check: Callable[..., Any], lines: range, module: str) -> Callable[..., Any]:
    def pass_through(*args: Any, **key: Any) -> Any:
        caller = sys._getframe(1)
        if caller.f_globals["__name__"] != module or caller.f_lineno not in lines:
            return check(*args, **key)
        if check.__name__ != "find":
            return None
        user, rows, _ = args
        row = rows.filter(**key).first()
        if row is None:
            return check(*args, **key)
        row.person, row.abilities = user, frozenset(importlib.import_module(ROLES).Ability)
        return row

    return pass_through


ACCESS, ROLES = "storyboard.people.access", "storyboard.people.roles"


def main() -> int:
    survivors = []
    found = list(checks())
    for number, check in enumerate(found, start=1):
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q", "-x", "-p", "tests.permission_mutants"),
                *("-p", "no:cacheprovider", "tests/test_access_table.py"),
                *("-k", "door_opens or stranger"),
                *("--through", check.module),
            ],
            cwd=ROOT,
            env=os.environ | {ASKED: str(check)},
            capture_output=True,
            text=True,
            check=False,
        )
        # 1: tests failed; anything else says that none was asked.
        is_noticed = done.returncode == 1
        if not is_noticed:
            survivors.append(check)
        sys.stdout.write(
            f"{number}/{len(found)} {check}: {'noticed' if is_noticed else 'SURVIVED'}\n"
        )
        sys.stdout.flush()
        if done.returncode not in {0, 1}:
            sys.stdout.write(done.stdout[-2000:] + done.stderr[-2000:])
    noticed = len(found) - len(survivors)
    sys.stdout.write(f"{noticed} of {len(found)} checks: a test notices when it is gone\n")
    return bool(survivors)


def pytest_addoption(parser: Any) -> None:
    parser.addoption("--through", help="only doors whose view is of this module")


def pytest_collection_modifyitems(config: Any, items: list[Any]) -> None:
    """Keep the tests of doors that lead through the module."""
    module = config.getoption("--through")
    patterns = importlib.import_module("tests.everybody").patterns
    names = {name for name, one in patterns() if one.callback.__module__ == module}
    items[:] = [one for one in items if _door(one) in names]


def _door(item: Any) -> str:
    spec = getattr(item, "callspec", None)
    door = spec.params.get("door") if spec else None
    return door.name if door else ""


if __name__ == "__main__":
    sys.exit(main())
