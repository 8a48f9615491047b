"""The roles of a team, and what each of them may do."""

from __future__ import annotations

from enum import Enum

from django.db import models


class Role(models.TextChoices):
    OWNER = "owner", "Owner"
    EDITOR = "editor", "Editor"
    COMMENTER = "commenter", "Commenter"
    VIEWER = "viewer", "Viewer"


WRITERS = (Role.OWNER, Role.EDITOR)


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
