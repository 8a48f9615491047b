"""The queue and the engine, as the page of the installation shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Count, Q

from storyboard.keeping.status import ago
from storyboard.people.keys import SHOWN_FROM, ApiKey
from storyboard.people.models import Team
from storyboard.renders.models import AccountBalance, Gate, Render, SafeMode
from storyboard.renders.states import State

KEY_SHOWN = 4


@dataclass(frozen=True)
class Load:
    """What of one team is under way."""

    team: Team
    queued: int
    sent: int


@dataclass(frozen=True)
class Queue:
    """Counts by state, with their names; the teams with the most under way first."""

    states: list[tuple[str, int]]
    # Since when the first waits to be sent, in words; empty where none does.
    oldest: str
    teams: list[Load]
    held: SafeMode | None


@dataclass(frozen=True)
class Engine:
    address: str
    is_built_in: bool
    # The end of the key, or nothing.
    key: str
    has_key: bool
    # "reachable", "unreachable" or "unknown".
    last: str
    gate: Gate | None
    # Teams that render with a key of their own instead.
    own_keys: int
    balance: AccountBalance | None


def queue(found: dict[str, Any], most: int) -> Queue:
    """Return how the queue stands, with the `most` teams that have the most in it.

    `found` is what `status` returned.
    """
    age = found["queue_age"]
    loads = (
        Render.objects.under_way()
        .order_by()
        .values("project__team")
        .annotate(
            queued=Count("pk", filter=Q(state=State.QUEUED)),
            sent=Count("pk", filter=~Q(state=State.QUEUED)),
            every=Count("pk"),
        )
        .order_by("-every", "project__team")[:most]
    )
    rows = list(loads)
    teams = Team.objects.in_bulk([row["project__team"] for row in rows])
    return Queue(
        states=[(State(state).label, count) for state, count in found["renders"].items() if count],
        oldest="" if age is None else ago(age),
        teams=[Load(teams[row["project__team"]], row["queued"], row["sent"]) for row in rows],
        held=SafeMode.objects.current(),
    )


def engine(found: dict[str, Any]) -> Engine:
    """Return which service makes the films, without asking it anything."""
    address, key = settings.NOVITA_BASE_URL, settings.NOVITA_API_KEY
    shown = len(key) >= SHOWN_FROM and not settings.BUILT_IN_ENGINE
    return Engine(
        address=address,
        is_built_in=settings.BUILT_IN_ENGINE,
        key=key[-KEY_SHOWN:] if shown else "",
        has_key=bool(key),
        last=found["engine"],
        own_keys=ApiKey.objects.used().count(),
        gate=Gate.objects.filter(account=address).first(),
        balance=AccountBalance.objects.filter(account=address).first(),
    )
