"""A month of a team's spending, by person, by story and by render; all in USD, by our estimates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from storyboard.people.models import Team
from storyboard.renders.claims import RenderQuerySet
from storyboard.renders.leavings import Spent
from storyboard.renders.models import Render
from storyboard.renders.money import ZERO, in_month, month_of

HEADINGS = ("Asked for (UTC)", "Story", "Asked for by", "Frames", "Estimate in USD", "State")
GONE_PERSON = "Somebody who deleted their account"
GONE_STORY = "Stories that were deleted for good"
# What they are called now is for the other team to know.
MOVED_STORY = "Stories that are in another team now"


@dataclass(frozen=True)
class Share:
    """What one person or story had of the month."""

    name: str
    renders: int
    spent: Decimal
    # Of the renders, those whose cost nobody knows.
    unknown: int


@dataclass(frozen=True)
class Ledger:
    month: datetime
    people: list[Share]
    stories: list[Share]

    @property
    def spent(self) -> Decimal:
        return sum((share.spent for share in self.stories), ZERO)

    @property
    def unknown(self) -> int:
        return sum(share.unknown for share in self.stories)


def ledger(team: Team, month: datetime, at: datetime) -> Ledger:
    """Return the month that begins at `month` (UTC), as it stands at `at`."""
    rows = in_month(Render.objects.all(), team, month, at)
    gone = _gone(team, month)
    people = _shares(rows, "asked_by__name", "asked_by__email", unnamed=GONE_PERSON)
    stories = _shares(rows.filter(project__team=team), "project__title", "project", unnamed="")
    moved = _sum(rows.exclude(project__team=team), MOVED_STORY)
    return Ledger(month, people + gone, stories + moved + gone)


def lines(team: Team, month: datetime, at: datetime) -> Iterator[tuple[object, ...]]:
    """Yield a heading, then each render of the month, the first first."""
    yield HEADINGS
    rows = in_month(Render.objects.all(), team, month, at).select_related("project", "asked_by")
    for render in rows.order_by("pk"):
        yield (
            render.queued_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
            render.project.title if render.project.team_id == team.pk else MOVED_STORY,
            render.asked_by or GONE_PERSON,
            render.frames,
            "unknown" if render.estimate is None else render.estimate,
            render.state,
        )
    for spent in Spent.objects.filter(_within(month), team=team).order_by("at", "pk"):
        asked = spent.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        yield (
            asked,
            GONE_STORY,
            "",
            "",
            "unknown" if spent.estimate is None else spent.estimate,
            "",
        )


def month_named(name: str, team: Team, at: datetime) -> datetime:
    """Return the month that `name` (2026-11) means: none before the team was, and none to come."""
    try:
        asked = datetime.strptime(name, "%Y-%m").replace(tzinfo=UTC)
    except ValueError:
        return month_of(at)
    return min(max(asked, month_of(team.created_at)), month_of(at))


def _gone(team: Team, month: datetime) -> list[Share]:
    return _sum(Spent.objects.filter(_within(month), team=team), GONE_STORY)


def _sum(rows: RenderQuerySet | QuerySet[Spent], name: str) -> list[Share]:
    """Return one share for all of them; none where there are none."""
    found = rows.order_by().aggregate(
        renders=Count("pk"), spent=Sum("estimate"), unknown=Count("pk", filter=Q(estimate=None))
    )
    if not found["renders"]:
        return []
    return [Share(name, found["renders"], found["spent"] or ZERO, found["unknown"])]


def _shares(rows: RenderQuerySet, name: str, key: str, *, unnamed: str) -> list[Share]:
    """Return the shares of each `key`, the largest first."""
    found = (
        rows.order_by()
        .values(name, key)
        .annotate(
            renders=Count("pk"),
            spent=Sum("estimate"),
            unknown=Count("pk", filter=Q(estimate=None)),
        )
    )
    shares = [
        Share(
            one[name] or str(one[key] or unnamed).partition("@")[0],
            one["renders"],
            one["spent"] or ZERO,
            one["unknown"],
        )
        for one in found
    ]
    return sorted(shares, key=lambda share: (-share.spent, -share.renders, share.name))


def _within(month: datetime) -> Q:
    return Q(at__gte=month, at__lt=month_of(month + timedelta(days=32)))
