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


# Those that came, in order. They interrupt nothing: what is begun is finished, then tidied up.
asked: list[int] = []


def run_tests(server: Postgres, arguments: list[str]) -> int:
    """Run pytest to its end; a request to end reaches it too, and is waited for."""
    command = [
        *(sys.executable, "-m", "pytest", "-m", "not browser and not sqlite"),
        # Databases go with their server.
        *("--reuse-db", "--create-db", "-n", "2", "--dist", "loadfile", *arguments),
    ]
    address = f"postgres://{OWNER}@127.0.0.1:{server.port}"
    tests = subprocess.Popen(command, cwd=ROOT, env=os.environ | {VARIABLE: address})
    while not asked:
        try:
            return tests.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
    tests.send_signal(signal.SIGINT)
    try:
        return tests.wait(15)
    except subprocess.TimeoutExpired:
        tests.kill()
        return tests.wait()


def main() -> int:
    for number in ASKS_TO_END:
        signal.signal(number, lambda came, frame: asked.append(came))
    make_sure_of_it()
    folder = Path(tempfile.mkdtemp(prefix="storyboard-postgres-"))
    server = None
    try:
        server = Postgres(folder / "server", QUICK)
        code = run_tests(server, sys.argv[1:])
    except subprocess.CalledProcessError:
        # The keyboard's interruption reaches every program of the terminal, initdb as well.
        if not asked:
            raise
        code = 1
    finally:
        if server:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return 128 + asked[0] if asked else code


if __name__ == "__main__":
    sys.exit(main())
