"""Which owners are still to be told by letter that renders wait for their yes."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models

from storyboard.people.models import Membership, Team, User


class OwedLetter(models.Model):
    """A letter that an owner is to get about what somebody asks for in a team."""

    membership = models.OneToOneField(Membership, models.CASCADE, related_name="owed_letter")
    # The page that it leads to, as the asker typed the host; PUBLIC_URL, where it is set.
    address = models.URLField(max_length=500)
    # Between these two it was asked for, press by press.
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"to {self.membership.user} about {self.membership.team}"


def owe(team: Team, asker: User, address: str, at: datetime) -> None:
    """Owe a letter to each owner of the team who wants one, but not to who asked."""
    if not settings.SENDS_MAIL:
        return
    owners = team.owners().filter(letters=True, user__is_active=True).exclude(user=asker)
    for membership in owners:
        row, fresh = OwedLetter.objects.get_or_create(
            membership=membership, defaults={"address": address, "first_at": at, "last_at": at}
        )
        if not fresh:
            OwedLetter.objects.filter(pk=row.pk).update(address=address, last_at=at)
