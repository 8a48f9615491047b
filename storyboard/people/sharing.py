"""Who shares one story, and what each of them may do with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from storyboard.people.models import Guest, Membership, User
from storyboard.people.roles import Ability, Role, abilities, guest_abilities

COLUMNS = (Ability.VIEW, Ability.COMMENT, Ability.EDIT, Ability.SPEND)
RANKS = list(Role)


@dataclass
class Share:
    """One person in a story: by the team, as a guest, or as both."""

    user: User
    member: Membership | None = None
    guest: Guest | None = None

    @property
    def abilities(self) -> frozenset[Ability]:
        able: frozenset[Ability] = frozenset()
        if self.member is not None:
            able |= abilities(self.member.role, self.member.may_spend)
        if self.guest is not None:
            able |= guest_abilities(self.guest.role, self.guest.may_spend)
        return able

    @property
    def columns(self) -> list[bool]:
        """Whether they may see, comment, edit and spend."""
        able = self.abilities
        return [ability in able for ability in COLUMNS]

    def in_words(self) -> str:
        """Return by what they are in it: editor who may spend, as a guest."""
        seats = [self.member.in_words()] if self.member else []
        seats += [f"{self.guest.in_words()} as a guest"] if self.guest else []
        return " and ".join(seats)

    @property
    def rank(self) -> tuple[bool, int, str]:
        """Where they stand in the list: the team's people first, the widest role first."""
        seat = self.member or self.guest
        role = RANKS.index(Role(seat.role)) if seat else len(RANKS)
        return self.member is None, role, str(self.user).casefold()


def shares(members: Iterable[Membership], guests: Iterable[Guest]) -> list[Share]:
    """Return everybody of a story once; the rows bring their users along."""
    found: dict[int, Share] = {}
    for member in members:
        found[member.user_id] = Share(member.user, member=member)
    for guest in guests:
        found.setdefault(guest.user_id, Share(guest.user)).guest = guest
    return sorted(found.values(), key=lambda share: share.rank)


def counts(people: Iterable[Share]) -> list[int]:
    """Return how many of them may see, comment, edit and spend."""
    return [sum(column) for column in zip(*(one.columns for one in people), strict=True)]
