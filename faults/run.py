"""What every scenario shares: a run with its seed, a house to break, and the result."""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from faults.checker import Verdict, judge
from faults.evidence import Evidence
from faults.house import House
from faults.service import Service
from faults.weather import Weather
from tests.postgres.server import Postgres
from tests.workshop import Workshop

FAIR = Weather()
# Half of what can go wrong does, now and then; submissions are slow enough to be killed in.
UNSETTLED = Weather(
    submit=0.15,
    poll=0.1,
    download=0.1,
    rate_limit=0.03,
    fail=0.05,
    before=0.2,
    after=0.4,
    polls_until_done=2,
)
# Webhooks late and early, twice, and not at the first try.
TOLD = {"hooks": (0.0, 3.0), "hook_twice": 0.2, "hook_attempt_lost": 0.2}
ROUGH = replace(UNSETTLED, submit=0.3, poll=0.5, download=0.3, before=1.0, after=1.5)
DRAIN = 240.0


@dataclass
class Result:
    """What one scenario came to on one database."""

    name: str
    database: str
    evidence: Evidence
    verdict: Verdict
    kills: int = 0
    seconds: float = 0.0
    # What is more to be said: figures, and conditions of this scenario that did not hold.
    notes: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return self.verdict.passed and not self.failures


@dataclass
class Run:
    """What the scenarios share: seed, size, and the installation that all begin with."""

    seed: int
    short: bool
    folder: Path
    # None is SQLite.
    postgres: Postgres | None = None
    mutant: str = ""

    @property
    def database(self) -> str:
        return "postgresql" if self.postgres else "sqlite"

    def dice(self, name: str) -> random.Random:
        return random.Random(f"{self.seed} {name} {self.database}")

    def size(self, full: int, short: int) -> int:
        return short if self.short else full

    def template(self) -> Workshop:
        """Return a migrated installation, to be copied."""
        workshop = Workshop(self.folder / f"template-{self.database}")
        if not workshop.data.exists():
            workshop.data.mkdir()
            if self.postgres:
                workshop.env["DATABASE_URL"] = self.postgres.create("template_storyboard")
            workshop.manage("prepare", "--verbosity=0")
        return workshop

    @contextmanager
    def house(self, name: str, *, hooks: bool = False) -> Iterator[House]:
        """Give a new installation; with `hooks` the service tells it of its tasks."""
        folder = self.folder / f"{self.database}-{name}".replace(" ", "-")
        seed = self.dice(name).randrange(2**31)
        template = self.template()
        database = ""
        if self.postgres:
            database = self.postgres.create(folder.name, "template_storyboard")
        with Service(self.folder / f"{folder.name}.ledger", seed) as service:
            house = House(
                template, folder, service, hooks=hooks, database=database, mutant=self.mutant
            )
            try:
                yield house
            finally:
                house.close()
                shutil.rmtree(folder, ignore_errors=True)
                if self.postgres:
                    self.postgres.drop(folder.name)


def settle(house: House, seconds: float = DRAIN) -> None:
    """Let the sun shine until nothing is under way."""
    house.service.weather(replace(FAIR, **TOLD) if house.hooks else FAIR)
    house.drain(seconds)


def recover(house: House, seconds: float = DRAIN) -> None:
    """Let everything settle, then stop it politely."""
    settle(house, seconds)
    for program in house.programs:
        program.leave()


def judged(run: Run, name: str, house: House, begun: float, **more: Any) -> Result:
    evidence = house.evidence()
    return Result(
        name, run.database, evidence, judge(evidence), seconds=time.monotonic() - begun, **more
    )


def merge(total: Result, part: Result) -> None:
    """Add one case's evidence and findings to the whole's, the case's name before each."""
    total.kills += part.kills
    total.failures += part.failures
    prefix = f"{part.name}: "
    for name, asked in part.evidence.attempted.items():
        total.evidence.attempted[prefix + name] = asked
    total.evidence.acknowledged |= {prefix + name for name in part.evidence.acknowledged}
    total.evidence.charges += part.evidence.charges
    total.evidence.renders += part.evidence.renders
    for kind in part.verdict.counts():
        getattr(total.verdict, kind).extend(prefix + words for words in getattr(part.verdict, kind))


def new_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="storyboard-faults-"))
