"""`make audit`: what is known against what we are built from, and whether a secret was left lying.

Run in the environment of the tools. Exits with 1 at a known fault that must go, at what looks like
a secret and was not reviewed, or at a bill of materials that is no CycloneDX. Where nobody can be
asked, as without a network, it says that nothing was checked, and why.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from supply import leaks, sbom
from supply.advisories import Report, ignored, of_browser, of_python, words

PROGRAMS = Path(sys.executable).parent


def known() -> tuple[bool, list[str]]:
    """Look up every package of the lock files, and every library that browsers run."""
    lived_with = ignored(datetime.now(UTC).date())
    good, lines = True, []
    asked: dict[str, Callable[[], Report]] = {
        "Python packages": lambda: of_python(PROGRAMS / "pip-audit"),
        "Browser libraries": of_browser,
    }
    for what, ask in asked.items():
        try:
            report = ask()
        except subprocess.TimeoutExpired as exc:
            report = Report(why=f"no answer within {exc.timeout:.0f} seconds")
        fine, told = words(what, report, lived_with)
        good &= fine
        lines += told
    return good, lines


def secrets() -> tuple[bool, list[str]]:
    """Look for secrets in every tracked file."""
    files = leaks.tracked()
    told = leaks.reviewed()
    found = leaks.scan(PROGRAMS / "detect-secrets", files)
    new = [one for one in found if one[:3] not in told]
    gone = sorted(told - {one[:3] for one in found})
    lines = [f"Secrets: {len(files)} files read, {len(new) or 'none'} found"]
    for file, kind, sha1, line in new:
        lines += [
            f"  {file}:{line} looks like a secret. If it is one, make a new one where it is used:",
            f"  what was once written down is known. If it is none, {leaks.REVIEWED.name} needs",
            f'    file = "{file}"\n    kind = "{kind}"\n    sha1 = "{sha1}"\n    why = ...',
        ]
    lines += [f"  {leaks.REVIEWED.name} tells of {file} what is gone" for file, *_ in gone]
    return not new, lines


def bill() -> tuple[bool, list[str]]:
    """Hold the bill of materials against the schema of CycloneDX."""
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(sbom.FILE.read_text())
    if error:
        return False, [f"Bill of materials: not CycloneDX: {error}"]
    return True, [f"Bill of materials: {sbom.FILE.name} is CycloneDX 1.6"]


def main() -> None:
    results = [look() for look in (known, secrets, bill)]
    for _, lines in results:
        print(*lines, sep="\n")
    sys.exit(not all(good for good, _ in results))


if __name__ == "__main__":
    main()
