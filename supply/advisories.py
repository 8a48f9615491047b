"""What is known against the packages: PyPI's advisories by pip-audit, npm's by `npm audit`.

Where nobody could be asked nothing was checked, and the report says so and why.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from supply import ROOT
from supply.locks import DEVELOPMENT, TOOLS, WHEEL

# What a service that is not there makes pip-audit end with; anything else is a fault of our own.
NOBODY_THERE = re.compile(r"requests\.exceptions|ServiceError|vulnerability feed|may be blocking")
GRAVE = {"high", "critical"}
SECONDS = 300

IGNORED = ROOT / "supply/ignored.toml"
BROWSER = ROOT / "supply/browser"


class Fault(NamedTuple):
    """One known fault of a package, under every name that it has; `grave` ones must not stay."""

    package: str
    names: frozenset[str]
    grave: bool
    told: str


class Report(NamedTuple):
    """How many packages were looked up, what is known against them, and what could not be asked.

    With `why`, nothing was; `unknown` are packages that a service which answers does not know.
    """

    checked: int = 0
    faults: tuple[Fault, ...] = ()
    unknown: tuple[str, ...] = ()
    why: str = ""


def of_python(program: Path, *options: str) -> Report:
    """Ask about every package of the lock files.

    Raises ValueError where pip-audit cannot read them, TimeoutExpired after five minutes.
    """
    files = [word for lock in (DEVELOPMENT, TOOLS, WHEEL) for word in ("-r", str(lock))]
    told = _run(
        *(str(program), "--require-hashes", "--disable-pip", "--progress-spinner", "off"),
        *("--format", "json", "--desc", "off", "--aliases", "on", *options, *files),
    )
    if not told.stdout:
        last = told.stderr.strip().rpartition("\n")[2]
        if NOBODY_THERE.search(told.stderr):
            return Report(why=last)
        raise ValueError(f"pip-audit failed: {last}")
    return read_python(told.stdout)


def of_browser(*options: str, folder: Path = BROWSER) -> Report:
    """Ask about what browsers run.

    Raises ValueError where npm cannot read its lock file, TimeoutExpired after five minutes.
    """
    npm = shutil.which("npm")
    if npm is None:
        return Report(why="there is no npm on this machine")
    told = _run(npm, "audit", "--json", "--package-lock-only", *options, folder=folder)
    return read_browser(told.stdout)


def read_python(text: str) -> Report:
    """Return what pip-audit's JSON says."""
    rows = json.loads(text)["dependencies"]
    unknown = [row for row in rows if "skip_reason" in row]
    if len(unknown) == len(rows):
        return Report(why=f"{rows[0]['skip_reason']}, nor any other")
    faults = [
        Fault(
            package=f"{row['name']} {row['version']}",
            names=frozenset((fault["id"], *fault.get("aliases", []))),
            # PyPI does not say how bad it is, so each is.
            grave=True,
            told=f"better in {', '.join(fault['fix_versions']) or 'no version yet'}",
        )
        for row in rows
        for fault in row.get("vulns", [])
    ]
    return Report(len(rows) - len(unknown), tuple(faults), tuple(row["name"] for row in unknown))


def read_browser(text: str) -> Report:
    """Return what `npm audit --json` says. Raises ValueError where that is an error of ours."""
    told = json.loads(text)
    if "message" in told:
        return Report(why=told["message"])
    if "error" in told:
        raise ValueError(f"npm audit failed: {told['error'].get('summary')}")
    faults = {
        (name, fault["url"]): Fault(
            package=name,
            names=frozenset({fault["url"].rpartition("/")[2]}),
            grave=fault["severity"] in GRAVE,
            told=f"{fault['severity']}: {fault['title']}",
        )
        for name, row in told["vulnerabilities"].items()
        # A text names another row, whose fault it is.
        for fault in row["via"]
        if isinstance(fault, dict)
    }
    return Report(told["metadata"]["dependencies"]["total"], tuple(faults.values()))


def ignored(at: date, path: Path = IGNORED) -> dict[str, str]:
    """Return the faults that are lived with on that day, each with the reason why.

    Raises ValueError at one without a reason, or without a day on which it is looked at again.
    """
    rows: list[dict[str, Any]] = tomllib.loads(path.read_text()).get("ignored", [])
    for row in rows:
        if len(row.get("why", "")) < 20 or not isinstance(row.get("until"), date):
            raise ValueError(f"{path.name}: {row.get('id')} needs `why`, in words, and `until`")
    return {row["id"]: row["why"] for row in rows if at <= row["until"]}


def words(what: str, report: Report, lived_with: dict[str, str]) -> tuple[bool, list[str]]:
    """Return whether the report is good enough, and the lines that say it to a person.

    A fault under a name that is lived with is told with the reason, and lets it pass. So does a
    report that could ask nobody: that it checked nothing stands in capitals.
    """
    if report.why:
        return True, [f"{what}: NOT CHECKED, nobody could be asked: {report.why}"]
    lines, good = [], True
    for fault in report.faults:
        reasons = [lived_with[name] for name in sorted(fault.names & lived_with.keys())]
        good &= bool(reasons) or not fault.grave
        end = f"lived with: {reasons[0]}" if reasons else "MUST GO" if fault.grave else "not grave"
        lines.append(f"  {fault.package}: {' '.join(sorted(fault.names))}; {fault.told}; {end}")
    head = f"{what}: {report.checked} looked up, known faults: {len(lines)}"
    if report.unknown:
        good = False
        lines.append(f"  the service knows nothing of {', '.join(report.unknown)}: look why")
    return good, [head, *lines]


def _run(*command: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False
    )
