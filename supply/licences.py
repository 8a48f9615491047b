"""Under which licence each package is, and whether that is one which we may build on."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

from supply import ROOT
from supply.locks import POSTGRES, RUNTIME, Package, read
from supply.vendored import ASSETS

PAGE = ROOT / "docs/licences.md"
TOLD = tomllib.loads((ROOT / "supply/licences.toml").read_text())
ALLOWED = frozenset(TOLD["allowed"])
PACKAGES: dict[str, str] = TOLD["packages"]
EXCEPTED = {name: frozenset(row["licences"]) for name, row in TOLD["excepted"].items()}
REASONS: dict[str, str] = {name: row["why"] for name, row in TOLD["excepted"].items()}


def runtime() -> dict[str, Package]:
    """Return what Storyboard runs on, by name, with what PostgreSQL needs beside it."""
    found = {package.name: package for package in read(RUNTIME)}
    for package in read(POSTGRES):
        before = found.get(package.name, package)
        wanted_by = tuple(sorted({*before.wanted_by, *package.wanted_by}))
        found[package.name] = before._replace(wanted_by=wanted_by)
    return dict(sorted(found.items()))


def terms(licence: str) -> set[str]:
    """Return the single licences of an SPDX expression; it may not have brackets."""
    return set(re.split(r" (?:AND|OR) ", licence))


def objections() -> Iterator[str]:
    """Yield a sentence for each package or asset whose licence is not listed or not allowed."""
    listed = {asset.name: asset.licence for asset in ASSETS} | PACKAGES
    for name in sorted({*runtime(), *listed}):
        if name not in listed:
            yield f"{name} has no licence in supply/licences.toml"
            continue
        may = ALLOWED | EXCEPTED.get(name, frozenset())
        licence = listed[name]
        # Of several to choose from one is enough; of several that hold together, each counts.
        for part in licence.split(" AND "):
            if not terms(part) & may:
                yield f"{name} is under {part}, which is neither allowed nor excepted"


def text() -> str:
    """Return docs/licences.md."""
    packages = runtime()
    optional = {package.name for package in read(POSTGRES)} - {p.name for p in read(RUNTIME)}
    lines = [
        "# The licences of what Storyboard is built from",
        "",
        "Storyboard itself is under the [MIT licence](../LICENSE). `make sbom` writes this page",
        "from the lock files, `supply/licences.toml` and `supply/vendored.toml`; a test fails",
        "while a package has no licence here, or one that is not allowed. The same list",
        "with the hash of every file, for programs, is [sbom.json](sbom.json) (CycloneDX 1.6).",
        "",
        "## Python packages",
        "",
        "| package | version | licence | needed |",
        "|---|---|---|---|",
        *(
            f"| {name} | {package.version} | {PACKAGES[name]} | {_where(package, optional)} |"
            for name, package in packages.items()
        ),
        "",
        "## Vendored files",
        "",
        "Each lies in the repository beside its licence.",
        "",
        "| what | version | licence | what for |",
        "|---|---|---|---|",
        *(
            f"| {asset.name} | {asset.version} | {asset.licence} | {asset.what}"
            f"{'; in tests alone' if asset.tests_only else ''} |"
            for asset in ASSETS
        ),
        "",
        "## Excepted, and why",
        "",
        *(
            f"- **{name}** ({', '.join(sorted(EXCEPTED[name]))}): {why}"
            for name, why in sorted(REASONS.items())
        ),
        "",
        "## Allowed",
        "",
        f"{', '.join(sorted(ALLOWED))}.",
        "`LicenseRef-Repoze` is the licence of supervisor: BSD with three clauses, and a fourth",
        "that changed files say so.",
        "",
    ]
    return "\n".join(lines)


def _where(package: Package, optional: set[str]) -> str:
    told = "on PostgreSQL" if package.name in optional else "always"
    return f"{told}, where `{package.marker}`" if package.marker else told
