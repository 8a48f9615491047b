"""Who may do what: the only permission code of Storyboard.

Asked from the person's side: a row of a team one is not in does not exist (404); a row one may
see but not change is refused (403). A model names the way to its team in `TEAM_PATH`.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import F, Model, QuerySet
from django.http import Http404

from storyboard.people.models import Role, User

Row = TypeVar("Row", bound=Model)


class Ability(Enum):
    VIEW = "see it"
    COMMENT = "leave notes"
    EDIT = "change it"
    SPEND = "render it"
    MANAGE = "manage the team"


ABILITIES: dict[str, frozenset[Ability]] = {
    Role.VIEWER: frozenset({Ability.VIEW}),
    Role.COMMENTER: frozenset({Ability.VIEW, Ability.COMMENT}),
    Role.EDITOR: frozenset({Ability.VIEW, Ability.COMMENT, Ability.EDIT, Ability.SPEND}),
    Role.OWNER: frozenset(Ability),
}


def abilities(role: str, may_spend: bool) -> frozenset[Ability]:
    """Return what a member of this role may do; spending is also a switch of its own."""
    able = ABILITIES[role]
    return able if may_spend else able - {Ability.SPEND}


def find(
    user: User | AnonymousUser, rows: QuerySet[Row], ability: Ability, **key: Any
) -> Row:
    """Return the one row of `rows` that `key` names, if `user` may do `ability` with it.

    The row comes back with `abilities`, the set of what this person may do with it.
    Raises Http404 when it is not there or not theirs to see, PermissionDenied when it is
    theirs to see only.
    """
    path: str = rows.model.TEAM_PATH  # type: ignore[attr-defined]
    prefix = f"{path}__" if path else ""
    mine = rows.filter(**{f"{prefix}memberships__user": user.pk}).annotate(
        member_role=F(f"{prefix}memberships__role"),
        member_may_spend=F(f"{prefix}memberships__may_spend"),
    )
    row: Any = mine.filter(**key).first()
    if row is None:
        raise Http404
    row.abilities = abilities(row.member_role, row.member_may_spend)
    if ability not in row.abilities:
        raise PermissionDenied(f"Your role does not let you {ability.value}.")
    return row
