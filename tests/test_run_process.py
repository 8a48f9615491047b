"""`make run`, with real processes: it answers, restarts what dies, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest
import requests
from installation import ROOT, Installation
from waiting import wait_for

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """One installation for the tests that leave it running."""
    installation = Installation(tmp_path_factory.mktemp("run"))
    try:
        installation.start()
        yield installation
    finally:
        installation.clear_away()


@pytest.fixture
def installation(tmp_path):
    found = Installation(tmp_path)
    try:
        yield found
    finally:
        found.clear_away()


def status(installation: Installation) -> int:
    try:
        with urllib.request.urlopen(installation.address, timeout=5) as answer:
            return answer.status
    except OSError:
        return 0


def test_it_answers_where_it_says(running):
    assert status(running) == 200


def test_all_three_processes_run_and_no_socket_but_theirs_is_open(running):
    wait_for(lambda: running.find("manage.py poller"), seconds=10)
    wait_for(lambda: running.find("manage.py engine"), seconds=10)
    assert running.find("granian")
    supervisor = running.process.pid
    held = [os.readlink(fd) for fd in Path(f"/proc/{supervisor}/fd").iterdir() if fd.is_symlink()]
    assert [link for link in held if link.startswith("socket:")] == []


def test_what_it_keeps_is_closed_to_others(running):
    assert running.data.stat().st_mode & 0o777 == 0o700
    for path in running.data.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path.name


@pytest.mark.parametrize(
    "program", ["manage.py poller", "manage.py films", "manage.py engine", "granian"]
)
def test_a_killed_process_is_started_again(running, program):
    wait_for(lambda: running.find(program), seconds=10)
    killed = running.find(program)
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: killed not in running.processes() and running.find(program), seconds=15)
    wait_for(lambda: status(running) == 200, seconds=10)


def test_no_worker_of_a_killed_web_server_goes_on_in_the_dark(running):
    server = wait_for(lambda: running.find("granian"), seconds=10)
    before = {pid for pid, command in running.processes().items() if "granian" in command}
    os.kill(server, signal.SIGKILL)
    wait_for(lambda: not before & set(running.processes()), seconds=10)
    wait_for(lambda: status(running) == 200, seconds=10)


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_all_three_and_it_starts_again_in_seconds(installation, with_signal):
    installation.start()
    assert installation.stop(with_signal) == 0
    assert installation.processes() == {}
    installation.start(seconds=15)
    assert installation.stop(with_signal) == 0
    assert installation.processes() == {}
    assert "Traceback" not in installation.words()
    assert "Warning" not in installation.words()


def press_render_story(installation: Installation) -> None:
    """Create the first account, and send its sample story."""
    with requests.Session() as session:

        def post(path: str, **fields: str) -> None:
            token = {"csrfmiddlewaretoken": session.cookies["csrftoken"]}
            session.post(f"{installation.address}{path}", token | fields).raise_for_status()

        session.get(f"{installation.address}/accounts/signup/")
        post("/accounts/signup/", name="Ada", email="ada@example.org", password1="four words it is")
        page = session.get(f"{installation.address}/projects/1/").text
        nonce = re.search(r'name="nonce" value="([^"]+)"', page)
        assert nonce
        post("/projects/1/render/", nonce=nonce[1])


def states(installation: Installation) -> list[tuple[str, int]]:
    """Return the state and the attempts of every render."""
    return installation.rows("SELECT state, attempt FROM renders_render")


def test_a_render_goes_on_where_a_stop_left_it(installation):
    installation.start()
    press_render_story(installation)
    wait_for(lambda: states(installation)[0][0] in {"waiting", "rendering"}, seconds=15)
    assert installation.stop() == 0
    assert installation.processes() == {}
    installation.start()
    wait_for(lambda: states(installation) == [("ready", 1)], seconds=40)


def test_nothing_outlives_a_supervisor_that_is_killed(installation):
    installation.start()
    installation.stop(signal.SIGKILL)
    wait_for(lambda: not installation.processes(), seconds=15)


def test_with_a_service_of_its_own_the_engine_stays_out(tmp_path):
    installation = Installation(tmp_path, NOVITA_API_KEY="k", NOVITA_BASE_URL="http://127.0.0.1:9")
    try:
        installation.start()
        wait_for(lambda: installation.find("manage.py poller"), seconds=10)
        assert installation.find("manage.py engine") == 0
    finally:
        installation.clear_away()


def test_its_output_may_go_to_a_socket_and_its_settings_may_hold_percent_signs(tmp_path):
    """As under systemd, whose journal is a socket that cannot be opened a second time."""
    installation = Installation(
        tmp_path, SECRET_KEY="50%(of)s all % keys, and 32 or more", ODD="100%"
    )
    ours, theirs = socket.socketpair()
    try:
        installation.process = subprocess.Popen(
            [sys.executable, "manage.py", "run"],
            cwd=ROOT,
            env=installation.environment,
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        theirs.close()
        ours.settimeout(30)
        said = b""
        while b"Storyboard is running at" not in said:
            heard = ours.recv(4096)
            assert heard, said
            said += heard
        assert installation.stop() == 0
        wait_for(lambda: not installation.processes(), seconds=5)
    finally:
        ours.close()
        installation.clear_away()


def test_a_busy_port_is_said_before_anything_starts(installation):
    refused = f"port {installation.port}: Address already"
    with (
        socket.create_server(("127.0.0.1", installation.port)),
        pytest.raises(AssertionError, match=refused),
    ):
        installation.start()
    assert installation.process.returncode == 1
    assert installation.processes() == {}
    assert not installation.data.exists()


@pytest.mark.sqlite
def test_the_database_keeps_a_write_ahead_log(running):
    with closing(sqlite3.connect(running.data / "storyboard.sqlite3")) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
