"""The roles of a team and of guests, and what each of them may do."""

from __future__ import annotations

from enum import Enum

from django.db import models


class Role(models.TextChoices):
    OWNER = "owner", "Owner"
    EDITOR = "editor", "Editor"
    COMMENTER = "commenter", "Commenter"
    VIEWER = "viewer", "Viewer"


WRITERS = (Role.OWNER, Role.EDITOR)
# What a guest of one story may be.
GUEST_ROLES = (Role.EDITOR, Role.COMMENTER, Role.VIEWER)
GUEST_CHOICES = [(role.value, role.label) for role in GUEST_ROLES]


class Ability(Enum):
    VIEW = "see it"
    MEET = "see who shares it"
    COMMENT = "leave notes"
    EDIT = "change it"
    DISPOSE = "copy, move or delete the story"
    SPEND = "render it"
    MANAGE = "manage the team"


ABILITIES: dict[str, frozenset[Ability]] = {
    Role.VIEWER: frozenset({Ability.VIEW, Ability.MEET}),
    Role.COMMENTER: frozenset({Ability.VIEW, Ability.MEET, Ability.COMMENT}),
    Role.EDITOR: frozenset(Ability) - {Ability.MANAGE},
    Role.OWNER: frozenset(Ability),
}
# These are for the team's own people, whatever role a guest has.
NEVER_A_GUESTS = frozenset({Ability.MEET, Ability.DISPOSE, Ability.MANAGE})


def abilities(role: str, may_spend: bool) -> frozenset[Ability]:
    """Return what a member of this role may do; spending is also a switch of its own."""
    able = ABILITIES[role]
    return able if may_spend else able - {Ability.SPEND}


def guest_abilities(role: str, may_spend: bool) -> frozenset[Ability]:
    """Return what a guest of this role may do with the one story they are let in to."""
    return abilities(role, may_spend) - NEVER_A_GUESTS


def in_words(role: str, may_spend: bool) -> str:
    """Return a role for a sentence: editor who may spend."""
    able = may_spend and Ability.SPEND in abilities(role, may_spend)
    return f"{Role(role).label.lower()}{' who may spend' if able else ''}"
