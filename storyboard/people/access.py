"""Who may do what: the only permission code of Storyboard.

Asked from the person's side: a row of a team one is not in does not exist (404); a row one may
see but not change is refused (403). A model names the way to its team in `TEAM_PATH`, and, where
its rows hang on a story, the way there in `PROJECT_PATH`: so far guests of the story come, too.
"""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import BigIntegerField, Case, Model, OuterRef, Q, QuerySet, Subquery, When
from django.http import Http404, HttpRequest

from storyboard.people import second_step
from storyboard.people.activity import Refused
from storyboard.people.models import Guest, Membership, Team, User
from storyboard.people.roles import WRITERS, Ability, Role, abilities, guest_abilities

__all__ = [
    "Ability",
    "SecondStepMissing",
    "administers",
    "find",
    "find_still",
    "guest_stories_of",
    "is_guest",
    "keeps_installation",
    "managed_teams_of",
    "may",
    "require",
    "require_administrator",
    "require_keeper",
    "spending_stories_of",
    "spending_teams_of",
    "team_for_new_project",
    "teams_of",
    "writable_teams_of",
]

Row = TypeVar("Row", bound=Model)
# Every account begins in its own personal team: that of somebody else it joined later.
JOINED = Case(When(personal=True, then="memberships__pk"), output_field=BigIntegerField())
OWN_FIRST = (JOINED.asc(nulls_last=True), "name", "pk")


def find(user: User | AnonymousUser, rows: QuerySet[Row], ability: Ability, **key: Any) -> Row:
    """Return the one row of `rows` that `key` names, if `user` may do `ability` with it.

    The row comes back with `person`, who asked, and with `abilities`, the set of what they may
    do with it: as a member, as a guest of its story, or as both.
    Raises Http404 when it is not there or not theirs to see, PermissionDenied when it is
    theirs to see only.
    """
    if user.pk is None:
        raise Http404
    model: Any = rows.model
    mine = Membership.objects.filter(user=user.pk, team=OuterRef(model.TEAM_PATH or "pk"))
    let_in = Q(member_role__isnull=False)
    seen = rows.filter(**key).annotate(
        member_role=Subquery(mine.values("role")),
        member_may_spend=Subquery(mine.values("may_spend")),
    )
    if hasattr(model, "PROJECT_PATH"):
        guest = Guest.objects.filter(user=user.pk, project=OuterRef(model.PROJECT_PATH or "pk"))
        let_in |= Q(guest_role__isnull=False)
        seen = seen.annotate(
            guest_role=Subquery(guest.values("role")),
            guest_may_spend=Subquery(guest.values("may_spend")),
        )
    row: Row | None = seen.filter(let_in).first()
    if row is None:
        raise Http404
    found: Any = row
    found.person = user
    found.abilities = frozenset()
    if found.member_role is not None:
        found.abilities |= abilities(found.member_role, found.member_may_spend)
    if getattr(found, "guest_role", None) is not None:
        found.abilities |= guest_abilities(found.guest_role, found.guest_may_spend)
    require(row, ability)
    return row


def find_still(user: User, rows: QuerySet[Row], ability: Ability, **key: Any) -> Row:
    """Return what `find` returns, asked once more after a lock was waited for.

    Meanwhile somebody may have been removed, given another role or switched off: they are
    answered as one who comes afterwards, by the same exceptions.
    """
    if not User.objects.filter(pk=user.pk, is_active=True).exists():
        raise Http404
    return find(user, rows, ability, **key)


def require(row: Model, ability: Ability) -> None:
    """Raise Refused, a PermissionDenied, unless whoever found `row` may do `ability` with it."""
    if not may(row, ability):
        raise Refused(row, f"Your role does not let you {ability.value}.")


def may(row: object, ability: Ability) -> bool:
    """Answer whether the person who found `row` through `find` may do `ability` with it."""
    return ability in getattr(row, "abilities", ())


def is_guest(row: object) -> bool:
    """Answer whether the person who found `row` is let in to its story alone, not to its team."""
    return may(row, Ability.VIEW) and not may(row, Ability.MEET)


def teams_of(user: User | AnonymousUser) -> QuerySet[Team]:
    """Return the teams one is in, one's personal team first."""
    return Team.objects.filter(memberships__user=user.pk or 0).order_by(*OWN_FIRST)


def writable_teams_of(user: User | AnonymousUser) -> QuerySet[Team]:
    """Return the teams in which one may make stories, one's personal team first."""
    mine = Team.objects.filter(memberships__user=user.pk or 0, memberships__role__in=WRITERS)
    return mine.order_by(*OWN_FIRST)


def spending_teams_of(user: User | AnonymousUser) -> QuerySet[Team]:
    """Return the teams in which one may render, in no order."""
    able = Q(memberships__role__in=WRITERS, memberships__may_spend=True)
    return Team.objects.filter(able, memberships__user=user.pk or 0)


def guest_stories_of(user: User | AnonymousUser) -> QuerySet[Any, Any]:
    """Return the ids of the stories that one is a guest of, in no order."""
    return Guest.objects.filter(user=user.pk or 0).values("project")


def spending_stories_of(user: User | AnonymousUser) -> QuerySet[Any, Any]:
    """Return the ids of the stories that one may render as a guest, in no order."""
    return guest_stories_of(user).filter(role__in=WRITERS, may_spend=True)


def managed_teams_of(user: User | AnonymousUser) -> QuerySet[Team]:
    """Return the teams that one is an owner of, in no order."""
    able = [role for role in Role if Ability.MANAGE in abilities(role, may_spend=False)]
    return Team.objects.filter(memberships__user=user.pk or 0, memberships__role__in=able)


def team_for_new_project(user: User | AnonymousUser) -> Team | None:
    """Return the team that a new story goes to unless another is named; None without one."""
    return writable_teams_of(user).first()


def keeps_installation(user: User | AnonymousUser) -> bool:
    """Whether this account runs the installation: the one that found it empty, or the oldest."""
    if isinstance(user, User) and user.founder and user.is_active:
        return True
    keeper = User.objects.filter(is_active=True).order_by("-founder", "pk").first()
    return keeper is not None and keeper.pk == user.pk


def require_keeper(user: User | AnonymousUser) -> None:
    """Raise PermissionDenied unless this account runs the installation."""
    if not keeps_installation(user):
        raise PermissionDenied("Only the first account of this installation may do that.")


class SecondStepMissing(Exception):
    """The right person, in a browser that their password alone let in."""


def administers(request: HttpRequest) -> bool:
    """Whether the administration's pages open: to the keeper, let in by a second step."""
    return keeps_installation(request.user) and second_step.was_taken(request)


def require_administrator(request: HttpRequest) -> None:
    """Raise Http404 for anybody but the keeper: to others there is no such page.

    Raises SecondStepMissing for the keeper where no second step let this browser in.
    """
    if not keeps_installation(request.user):
        raise Http404
    if not second_step.was_taken(request):
        raise SecondStepMissing
