"""How often a finished render was asked after, and how soon its end was noticed.

The poller runs by a clock in our hand, so that hours pass in a second; it asks a stand-in that
answers by that clock, with the durations below. The vendor's SDK asks every half second.
"""

from __future__ import annotations

import statistics
from datetime import UTC, datetime, timedelta
from functools import partial

from bench.measure import Measure
from bench.people import sample, under_way
from storyboard.novita.client import Client
from storyboard.novita.types import PROCESSING, SUCCEED, Task
from storyboard.renders.models import Render
from storyboard.renders.poller import Poller
from storyboard.renders.states import UNDER_WAY

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
# Seconds that the service takes for a film: a few are quick, most take a minute or two.
DURATIONS = (12, 20, 30, 45, 60, 75, 90, 120, 150, 180, 240, 300)
TURNS = 5
SDK_EVERY = 0.5
# A poller with nothing due rests so long before it looks again.
REST = timedelta(seconds=0.3)


class Service(Client):
    """A service that finishes each task when its time is up; it counts what it is asked."""

    def __init__(self, guesses: float | None) -> None:
        """`guesses` is by how much its eta is wrong, as a factor; None gives no eta."""
        super().__init__("https://service.example", "key")
        self.guesses = guesses
        self.now = START
        self.ends: dict[str, datetime] = {}
        self.asked = 0
        self.noticed: list[float] = []

    def task(self, task_id: str) -> Task:
        self.asked += 1
        left = (self.ends[task_id] - self.now).total_seconds()
        if left <= 0:
            self.noticed.append(-left)
            return Task(task_id, SUCCEED)
        return Task(task_id, PROCESSING, eta=None if self.guesses is None else left * self.guesses)


def measured(guesses: float | None) -> tuple[float, float, float]:
    """Return questions a render, those of the SDK, and the median seconds to notice the end."""
    service = Service(guesses)
    Render.objects.all().delete()
    project = sample(f"polls-{guesses}@example.org")[1]
    wanted = DURATIONS * TURNS
    for render, seconds in zip(
        under_way(project, "https://service.example", len(wanted), START), wanted, strict=True
    ):
        render.save()
        service.ends[str(render.task_id)] = START + timedelta(seconds=seconds)
    poller = Poller(lambda render: service, owner="bench", clock=lambda: service.now)
    while Render.objects.filter(state__in=UNDER_WAY).exists():
        while poller.tick():
            pass
        service.now += REST
    by_sdk = sum(seconds / SDK_EVERY + 1 for seconds in wanted) / len(wanted)
    return service.asked / len(wanted), by_sdk, statistics.median(service.noticed)


def asked(words: str, guesses: float | None) -> Measure:
    ours, sdk, notice = measured(guesses)
    return Measure(
        f"task-result requests a finished render, {words}, to those of the SDK (at most 0.25)",
        f"{ours / sdk:.3f} times ({ours:.1f} to {sdk:.0f}); the end is noticed after "
        f"{notice:.1f} s (median, at most 3)",
    )


FIGURES = (
    partial(asked, "with an eta", 1.0),
    partial(asked, "with an eta half as long as it takes", 0.5),
    partial(asked, "with an eta twice as long as it takes", 2.0),
    partial(asked, "without an eta", None),
)
