"""Measuring two things turn by turn, so that a busy machine slows both alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One ratio: ours to the bare thing, medians of the rounds."""

    name: str
    ours: float
    bare: float
    unit: str
    rounds: int

    def __str__(self) -> str:
        ratio = self.ours / self.bare
        return (
            f"{self.name}: {ratio:.2f} times ({self.ours:.3g} to {self.bare:.3g} {self.unit}, "
            f"medians of {self.rounds} rounds)"
        )


@dataclass(frozen=True)
class Measure:
    """What has nothing to be compared with: its name says what it may be at most."""

    name: str
    words: str

    def __str__(self) -> str:
        return f"{self.name}: {self.words}"


def compare(
    name: str,
    ours: Callable[[], float],
    bare: Callable[[], float],
    *,
    unit: str,
    rounds: int,
) -> Figure:
    """Call both in turn, `rounds` times after one to warm up; each call returns its measure."""
    ours()
    bare()
    taken = [(ours(), bare()) for _ in range(rounds)]
    return Figure(
        name,
        statistics.median(first for first, _ in taken),
        statistics.median(second for _, second in taken),
        unit,
        rounds,
    )


def milliseconds_each(work: Callable[[int], None], times: int) -> Callable[[], float]:
    """Return a function that does the work `times` times and says how long one took."""

    def timed() -> float:
        start = time.perf_counter()
        for number in range(times):
            work(number)
        return (time.perf_counter() - start) * 1000 / times

    return timed
