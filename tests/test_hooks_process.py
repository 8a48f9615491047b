"""Webhooks between real processes: a killed poller's render is healed, and charged once."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from storyboard.renders import crash
from tests.fake_service import FakeService
from tests.installation import Installation
from tests.test_poller_process import QUEUE, leave
from tests.waiting import free_port, wait_for
from tests.workshop import ROOT, Workshop

pytestmark = pytest.mark.process

ENDS = ("ready", "unsure", "failed")
# Between these two nobody but the service knows whether it took the render: what it charged.
SENDING = {"submitting committed": 0, "submit answered": 1}


@pytest.fixture(scope="module")
def migrated(tmp_path_factory) -> Workshop:
    installation = Workshop(tmp_path_factory.mktemp("installed") / "data")
    installation.data.mkdir()
    installation.manage("migrate", "--verbosity=0")
    installation.python(QUEUE)
    return installation


@contextmanager
def web(installation: Workshop) -> Iterator[None]:
    """Serve the installation's pages at the port that its settings name."""
    port = installation.env["PORT"]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", port, "--no-ws"]
    with (installation.data / "web.txt").open("ab") as log:
        server = subprocess.Popen(
            [*command, "storyboard.wsgi:application"],
            cwd=ROOT,
            env=installation.env,
            stdout=log,
            stderr=log,
        )
    try:
        wait_for(lambda: requests.get(f"http://127.0.0.1:{port}/accounts/login/", timeout=5).ok)
        yield
    finally:
        server.terminate()
        server.wait(timeout=20)


@dataclass
class Case:
    state: str
    charges: int
    takes: int
    attempts: int
    words: str
    token: str


def kill_at(points: tuple[str, ...], migrated: Workshop, folder: Path, *, hooks: bool) -> Case:
    """Kill a poller at each of the points in turn, and let another one take over at the end."""
    service = FakeService()
    service.polls_until_done = 0
    service.webhooks.after = 1.0 if hooks else None
    port = free_port()
    settings = {
        "NOVITA_BASE_URL": service.url,
        "NOVITA_API_KEY": service.key,
        "SUBMISSIONS_PER_MINUTE": "0",
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}" if hooks else "",
        "DEBUG": "true",
    }
    try:
        installed = migrated.copy(folder, **settings)
        # The story was queued before this service had an address.
        installed.manage(
            "shell",
            "--no-imports",
            "-c",
            "from storyboard.renders.models import Render;"
            f"Render.objects.update(engine={service.url!r}, account={service.url!r})",
        )
        with web(installed):
            for point in points:
                doomed = installed.start("poller", STORYBOARD_CRASH_AT=f"{point}:1")
                assert doomed.wait(timeout=60) == -signal.SIGKILL, installed.log()
            other = installed.start("poller")
            try:
                if hooks and service.ledger:
                    wait_for(lambda: state(installed) == "ready", seconds=60)
                else:
                    wait_for(lambda: state(installed) in ENDS, seconds=60)
            finally:
                leave(other)
        [(token, attempts)] = installed.rows("select token, attempt from renders_render")
        return Case(
            state(installed),
            len(service.ledger),
            installed.rows("select count(*) from renders_take")[0][0],
            attempts,
            installed.log() + installed.log("web.txt"),
            token,
        )
    finally:
        service.stop()


def state(installed: Workshop) -> str:
    return installed.rows("select state from renders_render")[0][0]


CASES = {
    **{f"{point}, {how}": ((point,), how == "on") for point in SENDING for how in ("on", "off")},
    # The webhook itself is looked into by a poller that dies.
    **{point: (("submit answered", point), True) for point in crash.HOOK_POINTS},
}


@pytest.fixture(scope="module")
def killed(migrated, tmp_path_factory) -> dict[str, Case]:
    folder = tmp_path_factory.mktemp("killed")
    with ThreadPoolExecutor(3) as pool:
        cases = {
            name: pool.submit(
                kill_at, points, migrated, folder / name.replace(" ", "-"), hooks=hooks
            )
            for name, (points, hooks) in CASES.items()
        }
        return {name: case.result() for name, case in cases.items()}


@pytest.mark.parametrize("name", ["submit answered, on", *crash.HOOK_POINTS])
def test_a_render_whose_poller_was_killed_is_healed_by_its_webhook(killed, name):
    case = killed[name]
    assert (case.state, case.charges, case.takes, case.attempts) == ("ready", 1, 1, 1)


@pytest.mark.parametrize("name", [f"{point}, off" for point in SENDING])
def test_without_webhooks_it_is_one_visible_unsure(killed, name):
    case = killed[name]
    assert (case.state, case.takes) == ("unsure", 0)
    assert case.charges == SENDING[name.partition(",")[0]]


def test_what_never_left_is_unsure_even_with_webhooks(killed):
    case = killed["submitting committed, on"]
    assert (case.state, case.charges) == ("unsure", 0)


def test_no_log_holds_a_render_s_token(killed):
    assert [name for name, case in killed.items() if case.token in case.words] == []


def test_on_a_fresh_machine_the_built_in_engine_tells_and_heals(tmp_path):
    """Nothing is set: the engine reaches the web at this machine's own address."""
    installation = Installation(tmp_path, STORYBOARD_CRASH_AT="submit answered:1")
    workshop = Workshop(installation.data)
    workshop.env = installation.environment
    try:
        installation.start()
        workshop.python(QUEUE)
        wait_for(lambda: workshop.rows("select attempt from renders_render") == [(1,)])
        wait_for(lambda: state(workshop) == "ready", seconds=90)
        notes = [note for (note,) in workshop.rows("select note from renders_renderevent")]
        assert "the service's webhook named its task" in notes
        assert workshop.rows("select outcome from engine_enginewebhook") == [("delivered",)]
        assert workshop.rows("select count(*) from engine_enginetask") == [(1,)]
        [(token,)] = workshop.rows("select token from renders_render")
        assert token not in installation.words()
    finally:
        installation.clear_away()
