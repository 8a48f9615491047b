"""`make test-postgres` itself: however it is asked to end, the server that it started is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import wait_for

from tests.postgres.own import VARIABLE
from tests.workshop import ROOT

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(VARIABLE not in os.environ, reason="the tests run on SQLite"),
]


def server_of(runner: int) -> tuple[Path, Path]:
    """Return the /proc folder of the server that a run of tests started, and its data folder."""
    children = Path(f"/proc/{runner}/task/{runner}/children").read_text().split()
    for child in children:
        words = Path(f"/proc/{child}/cmdline").read_text().split("\0")
        if Path(words[0]).name == "postgres":
            return Path(f"/proc/{child}"), Path(words[words.index("-D") + 1])
    raise OSError("not yet")


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_its_server_goes_with_it_even_when_asked_twice(asked):
    runner = subprocess.Popen(
        [sys.executable, "-m", "tests.postgres", "-q"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        server, data = wait_for(lambda: server_of(runner.pid), seconds=60)
        runner.send_signal(asked)
        runner.send_signal(asked)
        assert runner.wait(60) == 128 + asked
        assert not server.exists()
        assert not data.exists()
    finally:
        if runner.poll() is None:
            runner.kill()
            runner.wait()
