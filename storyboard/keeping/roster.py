"""The accounts and teams of an installation, as lists for whoever keeps it: no story's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from allauth.mfa.models import Authenticator
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Sum
from django.http import HttpRequest

from storyboard.keeping.storage import Holding, holdings
from storyboard.people.models import Membership, Team, User
from storyboard.people.roles import Role
from storyboard.renders.models import Render, Spent
from storyboard.renders.money import ZERO, month_of, of_month
from storyboard.stories.models import Project

WORDS_MAX = 200
STEPS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


@dataclass(frozen=True)
class TeamLine:
    """One team in figures; `spent` is this month's, in USD by our estimates."""

    team: Team
    people: int
    owners: list[User]
    stories: int
    holding: Holding
    spent: Decimal
    # Renders of this month whose cost nobody knows.
    unknown: int


def asked_words(request: HttpRequest) -> str:
    """Return what a list is searched for, as any database takes it."""
    return request.GET.get("q", "").replace("\0", "").strip()[:WORDS_MAX]


def users(words: str) -> QuerySet[User]:
    """Return the accounts whose name or address holds every word, newest first."""
    found = User.objects.annotate(
        has_second_step=Exists(Authenticator.objects.filter(user=OuterRef("pk"), type__in=STEPS))
    )
    for word in words.split():
        found = found.filter(Q(name__icontains=word) | Q(email__icontains=word))
    by_name = Team.objects.order_by("-personal", "name", "pk")
    return found.prefetch_related(Prefetch("teams", by_name)).order_by("-date_joined", "-pk")


def teams(words: str) -> QuerySet[Team]:
    """Return the teams whose name holds every word, newest first."""
    found = Team.objects.order_by("-pk")
    for word in words.split():
        found = found.filter(name__icontains=word)
    return found


def lines(rows: list[Team], at: datetime) -> list[TeamLine]:
    """Return the teams in figures, in as many queries for many as for one."""
    pks = [team.pk for team in rows]
    stories = dict(
        Project.objects.kept()
        .filter(team__in=pks)
        .order_by()
        .values_list("team")
        .annotate(Count("pk"))
    )
    members: dict[int, list[Membership]] = {pk: [] for pk in pks}
    for one in Membership.objects.filter(team__in=pks).select_related("user").order_by("pk"):
        members[one.team_id].append(one)
    held, spent = holdings(pks), _spent(pks, at)
    return [
        TeamLine(
            team,
            len(members[team.pk]),
            [one.user for one in members[team.pk] if one.role == Role.OWNER],
            stories.get(team.pk, 0),
            held.get(team.pk, Holding()),
            *spent.get(team.pk, (ZERO, 0)),
        )
        for team in rows
    ]


def _spent(teams: list[int], at: datetime) -> dict[int, tuple[Decimal, int]]:
    """Return by team what this month may have cost, and how many renders' cost nobody knows."""
    month = month_of(at)
    sums = {"sum": Sum("estimate"), "unknown": Count("pk", filter=Q(estimate=None))}
    found: dict[int, tuple[Decimal, int]] = {}
    renders = of_month(Render.objects.filter(payer__in=teams), month, at).order_by()
    gone = Spent.objects.filter(team__in=teams, at__gte=month).order_by()
    for rows, key in ((renders, "payer"), (gone, "team")):
        for row in rows.values(key).annotate(**sums):
            before, unknown = found.get(row[key], (ZERO, 0))
            found[row[key]] = before + (row["sum"] or ZERO), unknown + row["unknown"]
    return found
