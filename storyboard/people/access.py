"""Who may do what: the only permission code of Storyboard.

Asked from the person's side: a row of a team one is not in does not exist (404); a row one may
see but not change is refused (403). A model names the way to its team in `TEAM_PATH`.
"""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Model, OuterRef, Q, QuerySet, Subquery
from django.http import Http404

from storyboard.people.activity import Refused
from storyboard.people.models import Membership, Team, User
from storyboard.people.roles import WRITERS, Ability, Role, abilities

__all__ = [
    "Ability",
    "find",
    "keeps_installation",
    "managed_teams_of",
    "may",
    "require",
    "require_keeper",
    "team_for_new_project",
    "teams_of",
    "writable_teams_of",
]

Row = TypeVar("Row", bound=Model)


def find(user: User | AnonymousUser, rows: QuerySet[Row], ability: Ability, **key: Any) -> Row:
    """Return the one row of `rows` that `key` names, if `user` may do `ability` with it.

    The row comes back with `person`, who asked, and with `abilities`, the set of what they may
    do with it.
    Raises Http404 when it is not there or not theirs to see, PermissionDenied when it is
    theirs to see only.
    """
    if user.pk is None:
        raise Http404
    team: str = rows.model.TEAM_PATH  # type: ignore[attr-defined]
    mine = Membership.objects.filter(user=user.pk, team=OuterRef(team or "pk"))
    seen = rows.filter(**key).annotate(
        member_role=Subquery(mine.values("role")),
        member_may_spend=Subquery(mine.values("may_spend")),
    )
    row: Row | None = seen.filter(member_role__isnull=False).first()
    if row is None:
        raise Http404
    found: Any = row
    found.person = user
    found.abilities = abilities(found.member_role, found.member_may_spend)
    require(row, ability)
    return row


def require(row: Model, ability: Ability) -> None:
    """Raise Refused, a PermissionDenied, unless whoever found `row` may do `ability` with it."""
    if not may(row, ability):
        raise Refused(row, f"Your role does not let you {ability.value}.")


def may(row: object, ability: Ability) -> bool:
    """Answer whether the person who found `row` through `find` may do `ability` with it."""
    return ability in getattr(row, "abilities", ())


def teams_of(user: User | AnonymousUser) -> QuerySet[Team]:
    """Return the teams one is in, one's personal team first."""
    return Team.objects.filter(memberships__user=user.pk or 0).order_by("-personal", "name", "pk")


def writable_teams_of(user: User | AnonymousUser) -> QuerySet[Team]:
    """Return the teams in which one may make stories, one's personal team first."""
    mine = Team.objects.filter(memberships__user=user.pk or 0, memberships__role__in=WRITERS)
    return mine.order_by("-personal", "name", "pk")


def spending_teams_of(user: User | AnonymousUser) -> QuerySet[Team]:
    """Return the teams in which one may render, in no order."""
    able = Q(memberships__role__in=WRITERS, memberships__may_spend=True)
    return Team.objects.filter(able, memberships__user=user.pk or 0)


def managed_teams_of(user: User | AnonymousUser) -> QuerySet[Team]:
    """Return the teams that one is an owner of, in no order."""
    able = [role for role in Role if Ability.MANAGE in abilities(role, may_spend=False)]
    return Team.objects.filter(memberships__user=user.pk or 0, memberships__role__in=able)


def team_for_new_project(user: User | AnonymousUser) -> Team | None:
    """Return the team that a new story goes to unless another is named; None without one."""
    return writable_teams_of(user).first()


def keeps_installation(user: User | AnonymousUser) -> bool:
    """Whether this account runs the installation: the one that found it empty, or the oldest."""
    keeper = User.objects.filter(is_active=True).order_by("-founder", "pk").first()
    return keeper is not None and keeper.pk == user.pk


def require_keeper(user: User | AnonymousUser) -> None:
    """Raise PermissionDenied unless this account runs the installation."""
    if not keeps_installation(user):
        raise PermissionDenied("Only the first account of this installation may do that.")
