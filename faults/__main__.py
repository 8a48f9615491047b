"""`make faults`: every scenario on every database, one table, PASS or FAIL."""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import signal
import sys
import time
from collections.abc import Callable

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "storyboard.settings")

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from faults import deaths, edits, scenarios
from faults.checker import Verdict
from faults.evidence import Evidence
from faults.run import Result, Run, new_folder
from tests.postgres.server import Postgres

SCENARIOS: dict[str, Callable[[Run], Result]] = {
    "points": deaths.crash_points,
    "places": deaths.every_place,
    "kills": scenarios.kills_with_hooks,
    "kills-no-hooks": scenarios.kills_without_hooks,
    "down": scenarios.service_down,
    "flapping": scenarios.service_flapping,
    "slow": scenarios.service_slow,
    "pollers": scenarios.five_pollers,
    "sleepers": scenarios.sleepers,
    "restarts": scenarios.server_restarts,
    "edits": edits.edits_under_kills,
    "terms": scenarios.polite_ends,
}
DATABASES = ("sqlite", "postgresql")
# What the short run leaves to the full one.
LONG = {"places", "sleepers"}

COLUMNS = ("attempted", "acknowledged", "charged", "ready", "failed", "unsure", "kills")


def row(result: Result) -> list[str]:
    evidence = result.evidence
    states = [render.state for render in evidence.renders]
    figures = {
        "attempted": sum(evidence.attempted.values()),
        "acknowledged": len(evidence.acknowledged),
        "charged": len(evidence.charges),
        "ready": states.count("ready"),
        "failed": states.count("failed"),
        "unsure": states.count("unsure"),
        "kills": result.kills,
    }
    return [
        result.name,
        result.database,
        *(str(figures[name]) for name in COLUMNS),
        *(str(count) for count in result.verdict.counts().values()),
        f"{result.seconds:.0f}",
        "PASS" if result.passed else "FAIL",
    ]


def table(results: list[Result]) -> str:
    kinds = results[0].verdict.counts()
    head = ["scenario", "database", *COLUMNS, *kinds, "seconds", ""]
    rows = [head, *(row(result) for result in results)]
    widths = [max(len(line[place]) for line in rows) for place in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in rows
    )


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m faults", description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="scenario", help=", ".join(SCENARIOS))
    parser.add_argument("--short", action="store_true", help="fewer of everything: under 3 minutes")
    parser.add_argument("--seed", type=int, default=0, help="a run's own seed, to repeat it")
    parser.add_argument("--mutant", default="", help="resend or forget: pollers that must fail")
    parser.add_argument(
        "--database", action="append", choices=DATABASES, help="both, if unsaid; SQLite when short"
    )
    parser.add_argument("--jobs", type=int, default=3, help="scenarios at a time")
    parser.add_argument("--keep", action="store_true", help="leave the folder behind")
    given = parser.parse_args()
    unknown = set(given.scenarios) - set(SCENARIOS)
    if unknown:
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    return given


def usual(run: Run) -> list[str]:
    left_out = (LONG if run.short else set()) | (set() if run.postgres else {"restarts"})
    return [name for name in SCENARIOS if name not in left_out]


def play(run: Run, name: str) -> Result:
    """Run one scenario; what breaks the harness itself fails it, and no other."""
    try:
        return SCENARIOS[name](run)
    except Exception as error:
        result = Result(name, run.database, Evidence(), Verdict())
        result.failures.append(f"the harness broke: {type(error).__name__}: {error}"[:500])
        return result


def main() -> int:
    given = options()
    # So that an end asked for by others tidies up as well.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    seed = given.seed or secrets.randbelow(10**6) + 1
    folder = new_folder()
    say(f"seed {seed}")
    begun = time.monotonic()
    results = []
    server = None
    try:
        for database in given.database or (DATABASES[:1] if given.short else DATABASES):
            if database == "postgresql":
                server = Postgres(folder / "postgres")
            run = Run(seed, given.short, folder, server, mutant=given.mutant)
            run.template()
            with ThreadPoolExecutor(given.jobs) as pool:
                names = given.scenarios or usual(run)
                for result in pool.map(partial(play, run), names):
                    cells = zip(("", "", *COLUMNS), row(result), strict=False)
                    figures = [f"{cell} {name}" for name, cell in cells if name]
                    say(f"{result.name}, {result.database}: {', '.join(figures)}")
                    for note in result.notes:
                        say(f"  {note}")
                    for finding in [*result.failures, *result.verdict.findings()][:40]:
                        say(f"  {finding}")
                    results.append(result)
    finally:
        if server:
            server.stop()
        if not given.keep:
            shutil.rmtree(folder, ignore_errors=True)
    passed = all(result.passed for result in results)
    say(f"\n{table(results)}\n")
    say(f"{'PASS' if passed else 'FAIL'}, seed {seed}, {time.monotonic() - begun:.0f} s")
    return 0 if passed else 1


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
