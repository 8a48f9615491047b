"""How many submissions leave a minute, shared by every poller, and whose turn each slot is.

Slots are dealt to the teams that wait in turn: to the team whose last submission is longest
ago, and within a team to the render asked for first. So a team that queues forty clips takes
at most one slot of another's for each of its own. What a page promises is dealt by the same
rule as what the poller sends.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from django.db.models import Q
from django.db.models.functions import Coalesce

from storyboard.people.keys import per_minute
from storyboard.renders.heard import Hook
from storyboard.renders.models import Gate, Render, State
from storyboard.renders.states import LEASE

# A second more than the service counts: a request may take longer to arrive than the next one.
WINDOW = timedelta(seconds=61)
# Whose turn it is is read from so many of the last submissions.
TURNS_READ = 1000
# Who asks before it is its turn lets each of those before it have so long to go first.
MOMENT = timedelta(milliseconds=200)
# A poller that takes so long over one that waits its turn has died, and nobody waits for it.
STUCK = timedelta(seconds=10)
# Higher than any render's id: one that is not asked for yet comes behind all of its team.
NOT_YET = 2**63
# What teams that are gone asked for stands in one line, as if one team had.
PAYER = Coalesce("payer", 0)


@dataclass(frozen=True)
class Waiting:
    """A render that waits to be sent; `ready` is when it may ask for a slot, at the earliest."""

    pk: int
    team: int
    ready: datetime


def slot(sent: Sequence[datetime], at: datetime, most: int) -> datetime:
    """Return when the next submission may leave, not before `at`.

    `sent` are the times of the last submissions, oldest first; in no 60 seconds do more than
    `most` leave.
    """
    oldest = sent[-most] + WINDOW if len(sent) >= most else at
    return max(at, oldest, sent[-1] if sent else at)


def deal(
    waiting: Sequence[Waiting],
    sent: Sequence[datetime],
    turns: Mapping[int, int],
    at: datetime,
    most: int,
) -> Iterator[tuple[int, datetime]]:
    """Yield each render that waits with its slot, in the order in which they leave.

    `turns` ranks the teams by their last submission, the latest highest; a team without one
    has waited longest. Without anyone else's doing, this is what happens.
    """
    times = list(sent)
    numbers = count(max(turns.values(), default=0) + 1)
    later = sorted(waiting, key=lambda one: (one.ready, one.pk), reverse=True)
    turn = dict(turns)
    line: dict[int, list[int]] = {}
    # Whose turn is next: (last turn, the team's first render, team), kept true where it changed.
    teams: list[tuple[int, int, int]] = []

    def stand(team: int) -> None:
        heapq.heappush(teams, (turn.get(team, 0), line[team][0], team))

    while later or teams:
        free = slot(times, at, most)
        if not teams:
            free = max(free, later[-1].ready)
        while later and later[-1].ready <= free:
            one = later.pop()
            heapq.heappush(line.setdefault(one.team, []), one.pk)
            stand(one.team)
        last, first, team = heapq.heappop(teams)
        if not line[team] or (last, first) != (turn.get(team, 0), line[team][0]):
            continue
        times.append(free)
        yield heapq.heappop(line[team]), free
        turn[team] = next(numbers)
        if line[team]:
            stand(team)


def next_slot(render: Render, at: datetime) -> datetime:
    """Return when this render may be sent; `at` or earlier means now.

    To be called inside the transaction that also sends it: the gate's row stays locked until
    then, so that two pollers never take one slot.
    """
    gate = Gate.objects.select_for_update().get_or_create(account=render.account)[0]
    if gate.closed_until and gate.closed_until > at:
        return gate.closed_until
    if not per_minute(render.account):
        return at
    before: list[int] = []
    for pk, free in _dealt(render.account, at, render):
        if pk == render.pk:
            # Whose turn it is now may have been told a later slot, before others made room.
            late = Render.objects.filter(pk__in=before[:1], reason="", next_step_at__gt=at)
            late.update(next_step_at=at)
            return max(free, at + MOMENT * len(before))
        if free <= at:
            before.append(pk)
    raise AssertionError("a render that asks for a slot is dealt one")


def promises(account: str, at: datetime, team: int = 0, more: int = 0) -> dict[int, datetime]:
    """Return the slot of every render that waits, by its id, if nothing else happens meanwhile.

    With `more`, that many renders which `team` does not ask for yet are dealt slots as well,
    under the ids NOT_YET and up.
    """
    gate = Gate.objects.filter(account=account).first()
    opens = [time for time in (gate.closed_until, gate.refused_until) if time] if gate else []
    start = max([at, *opens])
    return dict(_dealt(account, start, more=[Waiting(NOT_YET + n, team, at) for n in range(more)]))


def _dealt(
    account: str, at: datetime, asking: Render | None = None, more: Sequence[Waiting] = ()
) -> Iterator[tuple[int, datetime]]:
    here = Q(next_step_at__isnull=False, project__deleted_at=None)
    # The service may have it already: it waits for that to be looked into.
    here &= ~Q(pk__in=Hook.objects.filter(due_at__isnull=False).values("render"))
    here &= ~Q(lease_until__gt=at, lease_until__lt=at + LEASE - STUCK)
    if asking:
        here |= Q(pk=asking.pk)
    same = Render.objects.filter(account=account)
    rows = same.filter(here, state=State.QUEUED).values_list("pk", PAYER, "reason", "next_step_at")
    # What has a reason to wait asks at its own time, what only waits for its turn at any.
    waiting = [
        Waiting(pk, team, next_step_at if reason and next_step_at else at)
        for pk, team, reason, next_step_at in rows.order_by("pk")
    ]
    waiting += more
    most = per_minute(account)
    if not most:
        return iter([(one.pk, max(at, one.ready)) for one in waiting])
    recent = same.filter(submitted_at__gt=at - WINDOW).values_list("submitted_at", flat=True)
    sent = sorted(time for time in recent if time)
    turns = _turns(account) if len({one.team for one in waiting}) > 1 else {}
    return deal(waiting, sent, turns, at, most)


def _turns(account: str) -> dict[int, int]:
    """Rank the teams by their last submission, the latest highest."""
    last = Render.objects.filter(account=account, submitted_at__isnull=False)
    teams = last.order_by("-submitted_at", "-pk").values_list(PAYER, flat=True)
    turns: dict[int, int] = {}
    for rank, team in enumerate(teams[:TURNS_READ]):
        turns.setdefault(team, TURNS_READ - rank)
    return turns


def close(account: str, until: datetime) -> None:
    """Let nothing leave for this engine before `until`: the service asked for it."""
    Gate.objects.update_or_create(account=account, defaults={"closed_until": until})
