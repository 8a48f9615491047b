"""`python -m tests.postgres`: every test without a browser, on a PostgreSQL server of its own.

What follows is handed to pytest: `python -m tests.postgres tests/test_hooks_view.py -x`. The
server listens on a free port of this machine, keeps its files in a temporary folder, and is
gone afterwards, however the run ends.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.postgres.own import VARIABLE
from tests.postgres.programs import make_sure_of_it
from tests.postgres.server import OWNER, Postgres

ROOT = Path(__file__).resolve().parents[2]
# Nothing on this server has to outlive a power cut.
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")

ASKS_TO_END = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


def leave(number: int, frame: object) -> None:
    # Tidying up is not interrupted by a second request.
    for another in ASKS_TO_END:
        signal.signal(another, signal.SIG_IGN)
    sys.exit(128 + number)


def run_tests(server: Postgres, arguments: list[str]) -> int:
    """Run pytest to its end; an interruption reaches it too, and is waited for."""
    command = [
        *(sys.executable, "-m", "pytest", "-m", "not browser and not sqlite"),
        # Databases go with their server.
        *("--reuse-db", "--create-db", "-n", "2", "--dist", "loadfile", *arguments),
    ]
    address = f"postgres://{OWNER}@127.0.0.1:{server.port}"
    tests = subprocess.Popen(command, cwd=ROOT, env=os.environ | {VARIABLE: address})
    try:
        return tests.wait()
    finally:
        if tests.poll() is None:
            tests.send_signal(signal.SIGINT)
            try:
                tests.wait(15)
            except subprocess.TimeoutExpired:
                tests.kill()


def main() -> int:
    # However it is asked to end, it tidies up.
    for number in ASKS_TO_END:
        signal.signal(number, leave)
    make_sure_of_it()
    folder = Path(tempfile.mkdtemp(prefix="storyboard-postgres-"))
    server = None
    try:
        server = Postgres(folder / "server", QUICK)
        return run_tests(server, sys.argv[1:])
    finally:
        if server:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
