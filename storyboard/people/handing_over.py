"""Handing a team over: another member becomes its owner, and the giver an editor."""

from __future__ import annotations

from django.db import transaction

from storyboard.people.models import Membership, Team, User
from storyboard.people.roles import Role


class NotHandedOver(Exception):
    """Refused: one of the two is not in the team any more as the page showed them."""


def hand_over(team: Team, giver: User, to: Membership) -> None:
    """Make `to` an owner and `giver`, who is one, an editor; who may spend stays as it is.

    What was the giver's personal team is an ordinary one from then on, and their links end.
    Raises NotHandedOver, with nothing stored.
    """
    with transaction.atomic():
        # Locked like every change of owners, so that there is one at each moment.
        Team.objects.select_for_update().only("pk").get(pk=team.pk)
        members = Membership.objects.filter(team=team)
        given = members.filter(user=giver, role=Role.OWNER).update(role=Role.EDITOR)
        taken = members.filter(pk=to.pk).exclude(user=giver).update(role=Role.OWNER)
        if not given or not taken:
            raise NotHandedOver
        members.get(user=giver).close_links()
        Team.objects.filter(pk=team.pk).update(personal=False)
