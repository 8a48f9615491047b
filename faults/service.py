"""The faulty service, in a process of its own, with a ledger that is on disk before any answer.

`python -m faults.service --ledger FILE --seed N` prints its address. Each line of its input is
an order: `weather <json>`, `down`, `up`, `count`; each is answered with one line. It ends with
its input, so that it cannot outlive whoever started it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

from faults.evidence import Charge, story_of
from faults.weather import Weather
from tests.fake_service import FakeService, Scripted

ROOT = Path(__file__).resolve().parent.parent
KEY = "a key for the faulty service"


class FaultyService(FakeService):
    def __init__(self, ledger: Path, seed: int, port: int = 0) -> None:
        self.dice = random.Random(seed)
        self.weather = Weather()
        self.charges = os.open(ledger, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.hooks_lost: set[str] = set()
        self.writing = threading.Lock()
        super().__init__(port=port, key=KEY)
        self.webhooks.lose = self.loses
        # The real service comes again over minutes, in which a web that died has long returned.
        self.webhooks.retries, self.webhooks.pause = 40, 0.7

    def change(self, weather: Weather) -> None:
        self.weather = weather
        self.link_seconds = weather.link_seconds
        self.polls_until_done = weather.polls_until_done

    def loses(self, task_id: str, attempt: int) -> bool:
        """Whether this attempt to tell of a task gets lost on its way."""
        with self.writing:
            return task_id in self.hooks_lost or (
                self.dice.random() < self.weather.hook_attempt_lost
            )

    def scripted(self, kind: str) -> Scripted | None:
        with self.writing:
            fault = self.weather.draw(kind, self.dice)
            pause = self.dice.uniform(0, self.weather.before)
        if pause:
            self.hang(pause)
        return Scripted(*fault) if fault else None

    def charge(self, body: Any) -> str:
        with self.writing:
            fails = self.dice.random() < self.weather.fail
            lost = self.dice.random() < self.weather.hook_lost
            pause = self.dice.uniform(0, self.weather.after)
            hooks = self.weather.hooks
            self.webhooks.after = self.dice.uniform(*hooks) if hooks else None
            self.webhooks.copies = 2 if self.dice.random() < self.weather.hook_twice else 1
        task_id = super().charge(body)
        if fails:
            self.tasks[task_id].answers = ["processing", "failed"]
            self.tasks[task_id].reason = "The service gave up."
        if lost:
            self.hooks_lost.add(task_id)
        line = {
            "task_id": task_id,
            "story": story_of(body["prompts"][0]["prompt"]),
            "failed": fails,
            "hook_lost": lost,
        }
        with self.writing:
            os.write(self.charges, json.dumps(line).encode() + b"\n")
            os.fsync(self.charges)
        if pause:
            self.hang(pause)
        return task_id


class Service:
    """The faulty service as the harness holds it."""

    def __init__(self, ledger: Path, seed: int) -> None:
        self.ledger = ledger
        self.process = subprocess.Popen(
            [sys.executable, "-m", "faults.service", "--ledger", str(ledger), "--seed", str(seed)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.url = self._answer()

    def __enter__(self) -> Service:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.stdin:
            self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        if self.process.stdout:
            self.process.stdout.close()

    def weather(self, weather: Weather) -> None:
        self._order(f"weather {weather.to_json()}")

    def down(self) -> None:
        """Refuse connections, and break off those that are open."""
        self._order("down")

    def up(self) -> None:
        self._order("up")

    def requests(self) -> int:
        """Return how many requests came in so far."""
        return int(self._order("count"))

    def charges(self) -> list[Charge]:
        """Return the ledger as it stands on disk."""
        lines = self.ledger.read_text().splitlines() if self.ledger.exists() else []
        return [Charge(**json.loads(line)) for line in lines]

    def _order(self, line: str) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> str:
        assert self.process.stdout is not None
        answer = self.process.stdout.readline()
        assert answer, "the faulty service has died"
        return answer.strip()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m faults.service")
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--seed", type=int, required=True)
    options = parser.parse_args()
    service = FaultyService(options.ledger, options.seed)
    print(service.base_url, flush=True)
    for line in sys.stdin:
        order, _, rest = line.strip().partition(" ")
        if order == "weather":
            service.change(Weather.from_json(rest))
        elif order == "down":
            service.stop()
        elif order == "up":
            service.start()
        print(len(service.requests) if order == "count" else "done", flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
