"""Renders that wait for an owner's yes: asked for by those who may write and not spend.

One is a row like any other render, with its request and its estimate, before the queue. What
an owner lets go is priced anew by the account of that moment, and counted by the limit then.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from operator import attrgetter

from django.db import transaction
from django.db.models import QuerySet

from storyboard.people.access import Ability, find_still
from storyboard.people.models import Team, User
from storyboard.renders import money
from storyboard.renders.attention import set_aside_for
from storyboard.renders.claims import RenderQuerySet
from storyboard.renders.models import Render
from storyboard.renders.since import Since, since_asked
from storyboard.renders.states import COPIED, DECLINED, WITHDRAWN, LeaseLost, NotPossible, State
from storyboard.stories.models import Project

STORY = attrgetter("project_id")


class PriceChanged(Exception):
    """Refused: what was chosen costs another amount than the page said; nothing was sent."""


@dataclass(frozen=True)
class Waiting:
    """What waits in one team, for its owners; the cost in USD, of when it was asked for."""

    team: Team
    count: int
    cost: Decimal


@dataclass(frozen=True)
class Row:
    """One of what waits, with its cost in USD now, what became of its scenes since, and whether
    it is chosen on the page."""

    render: Render
    cost: Decimal
    since: Since
    chosen: bool

    @property
    def project(self) -> Project:
        return self.render.project


def waiting_in(team: Team) -> RenderQuerySet:
    """Return what waits for this team's owners, the first asked for first."""
    rows = Render.objects.filter(project__team=team, project__deleted_at=None, state=State.ASKED)
    return rows.order_by("pk")


def waiting_for(teams: QuerySet[Team]) -> list[Waiting]:
    """Return what waits in each of these teams, where anything does."""
    costs: dict[int, list[Decimal]] = {}
    rows = Render.objects.filter(state=State.ASKED, project__deleted_at=None)
    rows = rows.filter(project__team__in=teams.values("pk")).order_by()
    for team, cost in rows.values_list("project__team", "estimate"):
        costs.setdefault(team, []).append(cost or money.ZERO)
    return [
        Waiting(team, len(costs[team.pk]), sum(costs[team.pk], money.ZERO))
        for team in Team.objects.filter(pk__in=costs).order_by("name", "pk")
    ]


def rows_of(team: Team, chosen: Collection[int] | None = None) -> list[Row]:
    """Return what waits in a team, by story.

    Unless `chosen` says which are, those are chosen whose scenes are all in their story still,
    but for what a backup brought back: that may have been paid for since.
    """
    rows = waiting_in(team).select_related("project", "asked_by")
    rows = rows.prefetch_related("project__loras", "project__embeddings")
    found = list(rows.order_by("project__title", "project", "pk"))
    since = since_asked(found)
    if chosen is None:
        whole = [render for render in found if not since[render.pk].is_gone]
        chosen = [render.pk for render in whole if render.reason != COPIED]
    return [
        Row(render, price_of(render, team), since[render.pk], render.pk in chosen)
        for render in found
    ]


def price_of(render: Render, team: Team) -> Decimal:
    """Return what it would cost now, in USD: the account may be another than when it was asked."""
    return money.price(render.frames, render.request["steps"], team.account)


def approve(team: Team, seen: Mapping[int, Decimal | None], by: User, at: datetime) -> list[Render]:
    """Let the renders be sent whose ids `seen` names, each with the cost that its page said.

    Those that wait no more are left out, and failures of the same scenes ask for nobody any more.
    Raises PriceChanged and OverLimit, with nothing sent, and as `find` does for who owns the team
    no more.
    """
    with transaction.atomic():
        # Of two owners at once each counts what the other let go.
        team = _hold(team, seen, by)
        # Whoever asks for one no more at this moment is told that an owner was first.
        renders = list(waiting_in(team).filter(pk__in=seen).select_for_update(of=("self",)))
        costs = {render.pk: price_of(render, team) for render in renders}
        if any(cost != seen[pk] for pk, cost in costs.items()):
            raise PriceChanged
        money.allow(Render.objects.all(), team.pk, list(costs.values()), at)
        account = team.account
        for render in renders:
            render.advance(
                State.QUEUED,
                at=at,
                note=f"let go by {by}",
                reason="",
                message="",
                queued_at=at,
                next_step_at=at,
                engine=account.address,
                account=account.name,
                api_key=account.key,
                payer=team,
                estimate=costs[render.pk],
            )
        for _, mine in groupby(sorted(renders, key=STORY), key=STORY):
            set_aside_for(list(mine), at)
    return renders


def decline(team: Team, chosen: Collection[int], by: User, at: datetime, why: str) -> list[Render]:
    """Say no to these; `why` is shown where they were asked for. Return those that it ended."""
    with transaction.atomic():
        _hold(team, chosen, by)
        rows = waiting_in(team).filter(pk__in=chosen)
        renders = list(rows.select_for_update(of=("self",)))
        for render in renders:
            end(render, DECLINED, at, f"declined by {by}", message=why)
    return renders


def _hold(team: Team, chosen: Collection[int], by: User) -> Team:
    """Lock what an answer to these changes, before their renders; return the team as it is now.

    Stories before the team, as whoever asks for renders or moves a story holds them: a row that
    names its team waits for the team, too. Raises as `find` does where `by` owns it no more:
    who removes an owner holds the team.
    """
    stories = waiting_in(team).filter(pk__in=chosen).values("project")
    list(Project.objects.select_for_update().filter(pk__in=stories).order_by("pk"))
    rows = Team.objects.select_for_update(of=("self",)).select_related("api_key")
    team = rows.get(pk=team.pk)
    find_still(by, Team.objects.all(), Ability.MANAGE, pk=team.pk)
    return team


def withdraw(render: Render, at: datetime) -> None:
    """Ask for it no more. Raises NotPossible where an owner was first."""
    try:
        end(render, WITHDRAWN, at, "asked for no more")
    except LeaseLost:
        render.refresh_from_db(fields=("state",))
        words = f"This render is {render.get_state_display().lower()} by now."
        raise NotPossible(words) from None


def end(render: Render, reason: str, at: datetime, note: str, message: str = "") -> None:
    """End a render that waits for an owner. Raises LeaseLost where it waits no more."""
    if render.state != State.ASKED:
        raise LeaseLost(render.pk)
    render.advance(
        State.CANCELLED, at=at, note=note, reason=reason, message=message, finished_at=at
    )
