"""A team's spending: what this month's renders are estimated at, and its monthly limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q, QuerySet, Sum

from storyboard.people.keys import Account
from storyboard.people.models import Team
from storyboard.renders.leavings import Spent
from storyboard.renders.states import UNSENT, State

if TYPE_CHECKING:
    from storyboard.renders.claims import RenderQuerySet

ZERO = Decimal(0)


class OverLimit(Exception):
    """The team's monthly limit forbids it; nothing was queued. The words are for the writer."""


@dataclass(frozen=True)
class Spending:
    """A team's calendar month (UTC), in USD by our estimates."""

    spent: Decimal
    # Renders that count, but whose cost nobody knows.
    unknown: int
    # Null is without limit.
    limit: Decimal | None

    @property
    def left(self) -> Decimal | None:
        return None if self.limit is None else max(ZERO, self.limit - self.spent)


def price(frames: int, steps: int, account: Account) -> Decimal:
    """Return what one request may cost in USD, by the account's rate."""
    each, least = (Decimal(str(rate)) for rate in account.rate)
    return max(least, frames * steps * each).quantize(Decimal("0.0001"))


def month_of(at: datetime) -> datetime:
    """Return the first moment of the calendar month (UTC) that `at` is in."""
    return at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def spending(renders: RenderQuerySet, team: Team, at: datetime) -> Spending:
    """Return what the team's renders of this month may have cost, the unsent ones included.

    A render that ended before it was sent, or that the service refused, costs nothing.
    """
    since = month_of(at)
    found = _sum(in_month(renders, team, since, at))
    # Those of stories that were deleted for good were paid for all the same.
    gone = _sum(Spent.objects.filter(team=team, at__gte=since))
    unknown = found["unknown"] + gone["unknown"]
    return Spending(found["spent"] + gone["spent"], unknown, team.monthly_limit)


def in_month(renders: RenderQuerySet, team: Team, month: datetime, at: datetime) -> RenderQuerySet:
    """Return the team's renders that the month beginning at `month` pays for, as seen at `at`."""
    return of_month(renders, month, at).filter(payer=team)


def of_month(renders: RenderQuerySet, month: datetime, at: datetime) -> RenderQuerySet:
    """Return those of all teams that the month beginning at `month` pays for, as seen at `at`."""
    end = month_of(month + timedelta(days=32))
    sent = Q(submitted_at__gte=month, submitted_at__lt=end)
    asked = Q(submitted_at=None, queued_at__gte=month, queued_at__lt=end)
    # What still waits from last month is sent, and so paid for, in this one.
    waiting = Q(state__in=(State.QUEUED, State.SUBMITTING))
    within = sent | asked | waiting if month == month_of(at) else (sent | asked) & ~waiting
    return chargeable(renders).filter(within)


def chargeable(renders: RenderQuerySet) -> RenderQuerySet:
    """Leave out what ended before it was sent, was refused, or waits for an owner: it is free."""
    free = Q(state__in=(State.CANCELLED, State.FAILED), task_id=None) & (
        Q(submitted_at=None) | Q(state=State.FAILED) | Q(reason=UNSENT)
    )
    return renders.exclude(free | Q(state=State.ASKED))


def _sum(rows: RenderQuerySet | QuerySet[Spent]) -> dict[str, Any]:
    found = rows.order_by().aggregate(
        spent=Sum("estimate"), unknown=Count("pk", filter=Q(estimate=None))
    )
    return found | {"spent": found["spent"] or ZERO}


def allow(
    renders: RenderQuerySet,
    team_id: int,
    costs: Sequence[Decimal | None],
    at: datetime,
    *,
    guest: bool = False,
) -> None:
    """Let renders of these estimates be queued, or raise OverLimit.

    Locks the team until the transaction ends, which must also be the one that queues them: of
    any number that ask at once, each then counts those before it. Unknown costs pass no limit.
    A `guest` is not told what the team has spent.
    """
    team = Team.objects.select_for_update().get(pk=team_id)
    if team.monthly_limit is None or all(cost == 0 for cost in costs):
        return
    now = spending(renders, team, at)
    known = [cost for cost in costs if cost is not None]
    stands = f"{team} has spent about {dollars(now.spent)} of {dollars(team.monthly_limit)}"
    stands += " this month, renders in flight included. "
    stands = ("" if guest else stands) + "An owner can raise the limit."
    if len(known) < len(costs):
        raise OverLimit(f"Nobody knows what this would cost, and there is a limit. {stands}")
    cost = sum(known, ZERO)
    if now.spent + cost > team.monthly_limit:
        raise OverLimit(f"This would cost about {dollars(cost)}, over the monthly limit. {stands}")


def may_be_sent(
    renders: RenderQuerySet, team: Team, estimate: Decimal | None, at: datetime
) -> bool:
    """Whether one in the queue fits the limit of now, beside what this month has sent.

    The others in the queue do not count: each is asked about when it is its turn.
    """
    if team.monthly_limit is None or estimate == 0:
        return True
    since = month_of(at)
    sent = _sum(in_month(renders, team, since, at).exclude(state=State.QUEUED))
    gone = _sum(Spent.objects.filter(team=team, at__gte=since))
    return estimate is not None and sent["spent"] + gone["spent"] + estimate <= team.monthly_limit


def cost(amount: Decimal | None) -> str:
    """Return an estimate in words: about $0.31, free, or cost unknown."""
    if amount is None:
        return "cost unknown"
    return f"about {dollars(amount)}" if amount else "free"


def dollars(amount: Decimal) -> str:
    """Return an amount as people read it; what is under ten cents keeps its small digits."""
    digits = 2 if amount == 0 or amount >= Decimal("0.1") else 4
    return f"${amount:.{digits}f}"
