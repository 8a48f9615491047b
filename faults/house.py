"""One Storyboard under test: its data folder, its web and pollers, and whatever they leave."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import requests

from faults.evidence import Event, Evidence, SeenRender, SeenTake
from faults.service import KEY, Service
from tests.waiting import free_port, wait_for
from tests.workshop import ROOT, Workshop

UNDER_WAY = "('queued', 'submitting', 'waiting', 'rendering', 'saving')"
LED_TO_ANOTHER = (
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
)
TRACEBACK = "Traceback (most recent call last):"


class Program:
    """A process that is started, killed and started again, its output in one file."""

    def __init__(self, role: str, command: list[str], env: dict[str, str], log: Path) -> None:
        self.role, self.command, self.env, self.log = role, command, env, log
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0

    def start(self, **env: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.env | env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.started = time.monotonic()
        return self.process

    def kill(self) -> None:
        """End it, and the workers that it started, as a power cut would."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(20)
            self.process = None

    def send(self, number: signal.Signals) -> None:
        """Send a signal to it and to the workers that it started."""
        if self.process is not None:
            os.killpg(self.process.pid, number)

    def leave(self, seconds: float = 20) -> float:
        """Send SIGTERM; return the seconds until it had gone, with 0 as it must."""
        process, self.process = self.process, None
        if process is None or process.poll() is not None:
            return 0.0
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)
            raise
        assert status in (0, -signal.SIGTERM), f"{self.command} left with {status}"
        return time.monotonic() - begun


@dataclass
class Told:
    """What people did and were told, kept by the harness alone."""

    attempted: dict[str, int] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    # Answers of the web by status, 0 for none.
    answers: dict[int, int] = field(default_factory=dict)


class House:
    """An installation copied from `template`, which speaks to `service` alone."""

    def __init__(
        self,
        template: Workshop,
        folder: Path,
        service: Service,
        hooks: bool = False,
        database: str = "",
        mutant: str = "",
    ) -> None:
        self.service = service
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        variables = {
            "NOVITA_BASE_URL": service.url,
            "NOVITA_API_KEY": KEY,
            "SUBMISSIONS_PER_MINUTE": "0",
            "PORT": str(self.port),
            "PYTHONWARNINGS": "default",
            # Whatever is left ends with the harness, however that ends.
            "STORYBOARD_SUPERVISOR": str(os.getpid()),
        }
        if hooks:
            variables["PUBLIC_URL"] = self.address
        if database:
            variables["DATABASE_URL"] = database
        self.database = database
        self.workshop = template.copy(folder, **variables)
        self.mutant = mutant
        self.told = Told()
        self.programs: list[Program] = []
        self.hooks = hooks

    # Programs

    def poller(self, threads: int = 4, *, doomed: bool = False, mutant: str = "") -> Program:
        """Return a poller, not yet started; a doomed one can be told where to die."""
        mutant = mutant or self.mutant
        entry = ["-m", "faults.mutants", mutant] if mutant else ["manage.py"]
        if doomed:
            entry = ["-m", "faults.doomed"]
        command = [sys.executable, *entry, "poller", "--threads", str(threads)]
        return self._program(command, "poller")

    def web(self, *, doomed: bool = False) -> Program:
        """Return a web as `make run` has it, not yet started."""
        application = "faults.doomed_web" if doomed else "storyboard.wsgi"
        command = [
            *(str(Path(sys.executable).parent / "granian"), "--interface", "wsgi"),
            *("--host", "127.0.0.1", "--port", str(self.port), "--workers", "2"),
            *("--blocking-threads", "16", "--workers-kill-timeout", "10"),
            *("--no-ws", "--log-level", "warning", f"{application}:application"),
        ]
        return self._program(command, "web")

    def _program(self, command: list[str], role: str) -> Program:
        log = self.workshop.data / f"{role}-{len(self.programs)}.txt"
        program = Program(role, command, self.workshop.env, log)
        self.programs.append(program)
        return program

    def close(self) -> None:
        """End whatever still runs."""
        for program in self.programs:
            program.kill()

    def await_web(self) -> None:
        wait_for(lambda: requests.get(f"{self.address}/accounts/login/", timeout=5).ok, seconds=60)

    # Acts

    def cast(self, count: int) -> dict[str, Any]:
        """Let there be a writer with `count` projects; return session and projects."""
        code = f"from faults.stage import write_stories; write_stories({count})"
        found: dict[str, Any] = self.inside(code)
        return found

    def inside(self, code: str) -> Any:
        """Run code inside the installation; return the JSON that it prints."""
        done = subprocess.run(
            self.workshop.command("shell", "--no-imports", "-c", code),
            cwd=ROOT,
            env=self.workshop.env,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            timeout=300,
        )
        return json.loads(done.stdout)

    def await_beat(self, program: Program) -> None:
        """Return once a poller has given its first sign of life, and so knows how to leave."""
        assert program.process is not None
        mark = f"%:{program.process.pid}:%"
        sql = f"select count(*) from renders_heartbeat where name like '{mark}'"
        wait_for(lambda: self.count(sql), seconds=60)

    def press_all(self) -> None:
        """Let every story be asked for once, without the web."""
        taken = self.inside("from faults.stage import press_all; press_all()")
        self.told.attempted = dict.fromkeys(taken, 1)
        self.told.acknowledged = set(taken)

    def under_way(self) -> int:
        return self.count(f"select count(*) from renders_render where state in {UNDER_WAY}")

    def count(self, sql: str) -> int:
        return int(self.rows(sql)[0][0])

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the database directly, as another process would."""
        if not self.database:
            return self.workshop.rows(sql)
        with psycopg.connect(self.database, autocommit=True) as connection:
            return connection.execute(sql).fetchall()

    def drain(self, seconds: float) -> bool:
        """Wait until nothing is under way; False when that did not come."""
        deadline = time.monotonic() + seconds
        while self.under_way() or self.unhealed():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.3)
        return True

    def unhealed(self) -> int:
        """Return how many paid tasks a webhook has yet to tell of."""
        if not self.hooks:
            return 0
        known = {row[0] for row in self.rows("select task_id from renders_render")}
        return sum(
            charge.task_id not in known and not charge.hook_lost
            for charge in self.service.charges()
        )

    # Evidence

    def evidence(self) -> Evidence:
        said = self.inside("from faults.stage import testify; testify()")
        renders = [
            SeenRender(**{**row, "events": tuple(Event(*event) for event in row["events"])})
            for row in said["renders"]
        ]
        takes = [SeenTake(**{**row, "missing": tuple(row["missing"])}) for row in said["takes"]]
        return Evidence(
            attempted=self.told.attempted,
            acknowledged=self.told.acknowledged,
            charges=self.service.charges(),
            renders=renders,
            takes=takes,
            strays=said["strays"],
            damage=said["damage"],
            tracebacks=self.tracebacks(),
            hooks=self.hooks,
        )

    def tracebacks(self) -> list[str]:
        """Return how each traceback in the logs ends."""
        found = []
        for program in self.programs:
            text = program.log.read_text(errors="replace") if program.log.exists() else ""
            found += [f"{program.log.stem}: {end}" for end in ends_of_tracebacks(text)]
        return found


def ends_of_tracebacks(text: str) -> list[str]:
    """Return the last line of each traceback in a log, plain or behind the bar of an event.

    Of errors that led to one another only the last counts: it is the one that nobody handled.
    """
    ends = []
    for part in text.split(TRACEBACK)[1:]:
        if any(words in part for words in LED_TO_ANOTHER):
            continue
        lines = [re.sub(r"^ +\| ?", "", line) for line in part.splitlines()]
        ends.append(next((line for line in lines if line[:1].strip()), part[:200]))
    return ends
