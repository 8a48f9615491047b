"""How the installation stands, read from the database and the disk at the moment of asking."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db.models import Count, Max, Min, QuerySet, Sum

from storyboard.renders.heartbeat import SILENCE
from storyboard.renders.models import Heartbeat, Render, RenderEvent, Take
from storyboard.renders.states import UNDER_WAY, State

UNREACHABLE = ("not_connected", "no_answer")


@dataclass(frozen=True)
class Figures:
    """Counts, and ages in seconds; an age of None means that there is no such thing."""

    renders: dict[str, int]
    queue_age: float | None
    oldest_pk: int | None
    oldest_state: str
    oldest_age: float | None
    pollers: int
    beat_age: float | None
    # What the poller's last questions met: "reachable", "unreachable", or "unknown".
    engine: str

    @property
    def queued(self) -> int:
        return self.renders[State.QUEUED]

    @property
    def under_way(self) -> int:
        return sum(self.renders[state] for state in UNDER_WAY)

    @property
    def poller_alive(self) -> bool:
        return self.beat_age is not None and self.beat_age < SILENCE.total_seconds()


@dataclass(frozen=True)
class Totals:
    """What has happened since the beginning; these only grow, but for takes that are deleted."""

    submissions: int
    unsure: int
    takes: int
    take_bytes: int


def beat_age(at: datetime) -> float | None:
    """Seconds since any poller last gave a sign of life; None when none is known."""
    return _age(Heartbeat.objects.aggregate(last=Max("at"))["last"], at)


def figures(at: datetime) -> Figures:
    """Read how renders and pollers stand, in five queries."""
    counted = Render.objects.values_list("state").annotate(Count("pk")).order_by()
    renders = dict.fromkeys(State.values, 0) | dict(counted)
    queued = Render.objects.filter(state=State.QUEUED).aggregate(first=Min("queued_at"))["first"]
    oldest = Render.objects.under_way().order_by("queued_at", "pk").first()
    return Figures(
        renders=renders,
        queue_age=_age(queued, at),
        oldest_pk=oldest.pk if oldest else None,
        oldest_state=oldest.state if oldest else "",
        oldest_age=_age(oldest.queued_at if oldest else None, at),
        pollers=Heartbeat.objects.filter(at__gt=at - SILENCE).count(),
        beat_age=beat_age(at),
        engine=_engine(Render.objects.under_way().filter(engine=settings.NOVITA_BASE_URL)),
    )


def totals() -> Totals:
    log = RenderEvent.objects.exclude(from_state=State.UNSURE)
    takes = Take.objects.aggregate(count=Count("pk"), bytes=Sum("bytes"))
    return Totals(
        submissions=log.filter(from_state=State.QUEUED, to_state=State.SUBMITTING).count(),
        unsure=log.filter(to_state=State.UNSURE).count(),
        takes=takes["count"],
        take_bytes=takes["bytes"] or 0,
    )


def disk_free(place: Path) -> int:
    """Return the bytes free where `place` is, or where it would be made."""
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free


def disk_has_room() -> bool:
    """Whether another take would be stored."""
    try:
        return disk_free(settings.DATA) >= settings.RESERVE_BYTES
    except OSError:
        return False


def _engine(renders: QuerySet[Render]) -> str:
    """The one render that was last touched tells; the poller asks no further without renders."""
    asked = renders.exclude(state=State.QUEUED, reason="").order_by("-changed_at")
    last = asked.values_list("reason", flat=True).first()
    if last is None:
        return "unknown"
    return "unreachable" if last in UNREACHABLE else "reachable"


def _age(then: datetime | None, at: datetime) -> float | None:
    return None if then is None else max(0.0, (at - then).total_seconds())
