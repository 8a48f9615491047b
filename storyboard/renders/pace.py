"""How long to wait before the next step of a render; every answer is in seconds."""

from __future__ import annotations

import random
from datetime import timedelta

from storyboard.renders.states import PATIENCE

FIRST_POLL = 1.0
LEAST, MOST = 1.0, 30.0
FRESH, FRESH_POLL = timedelta(minutes=5), 4.5
OVERDUE = 120.0
RETRY_AFTER_MAX = 600.0


def jittered(seconds: float) -> timedelta:
    """Spread a wait by a fifth, so that renders sent together do not ask together."""
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311


def poll(eta: float | None, age: timedelta) -> timedelta:
    """Return when to ask again: led by the service's eta, else by how long it has been at it."""
    seconds = age.total_seconds()
    # Most films are there within minutes: till then none waits long for being asked after.
    unled = min(seconds / 4, FRESH_POLL) if age < FRESH else seconds / 4
    wait = eta / 3 if eta else unled
    wait = max(LEAST, min(MOST, wait))
    return jittered(OVERDUE if age > PATIENCE else wait)


def back_off(tries: int, after: float | None = None) -> timedelta:
    """Return 2, 4, 8, 16, then 30 seconds; what the service asks for counts when it is more."""
    wait = min(MOST, 2.0 ** min(tries + 1, 6))
    asked = min(after or 0.0, RETRY_AFTER_MAX)
    # Jitter only ever adds to what was asked for.
    return max(jittered(wait), timedelta(seconds=asked) + jittered(0.5 if asked else 0))
