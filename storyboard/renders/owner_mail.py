"""Letters to owners about what waits for their yes, once whoever asks has asked for it all."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from django.conf import settings
from django.db.models import Q, QuerySet

from storyboard.people import letters
from storyboard.people.models import Membership
from storyboard.people.roles import Role
from storyboard.renders import money, spend_requests
from storyboard.renders.owed import OwedLetter
from storyboard.renders.spend_requests import Row

# Renders are asked for one by one: one letter tells of all, and waits no longer than this for more.
QUIET = timedelta(minutes=2)
PATIENCE = timedelta(minutes=15)

# Renders outlive the accounts of those who asked for them.
GONE = "somebody who deleted their account"

logger = logging.getLogger(__name__)


class Story(NamedTuple):
    """What waits in one story: the names of who asks, how many renders, and the USD they cost."""

    title: str
    askers: list[str]
    renders: int
    cost: Decimal


class OwnerMail:
    """Tells each owner once of what was asked for; for the poller.

    The letter is no longer owed before it is sent, so that no crash sends it twice: the page
    *Needs you* shows what waits in any case.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock

    def tend(self) -> None:
        """Send every letter that is due."""
        if not settings.SENDS_MAIL:
            return
        for owed in due(self.clock()):
            # Somebody who asks for more at this moment makes it wait once more.
            claimed = OwedLetter.objects.filter(pk=owed.pk, last_at=owed.last_at)
            if claimed.delete()[0]:
                self._write(owed.membership, owed.address)

    def _write(self, owner: Membership, address: str) -> None:
        rows = spend_requests.rows_of(owner.team)
        if not rows or not (owner.letters and owner.role == Role.OWNER and owner.user.is_active):
            return
        count = f"{len(rows)} render{'s wait' if len(rows) > 1 else ' waits'} for your yes"
        told = {"team": owner.team, "stories": by_story(rows), "cost": total(rows)}
        told |= {"count": count, "address": address}
        subject = f"{count} in {owner.team}"
        if letters.send("renders/mail/asked.txt", owner.user.email, subject, told):
            logger.info("person %s was told of requests in team %s", owner.user_id, owner.team_id)


def due(at: datetime) -> QuerySet[OwedLetter]:
    """Return what is owed and waits for nothing more, the first first."""
    quiet = Q(last_at__lte=at - QUIET) | Q(first_at__lte=at - PATIENCE)
    rows = OwedLetter.objects.filter(quiet).order_by("pk")
    return rows.select_related("membership__user", "membership__team__api_key")


def by_story(rows: list[Row]) -> list[Story]:
    """Return the stories of these rows, each with who asks, for how many, and what they cost."""
    stories = []
    for project, found in groupby(rows, key=attrgetter("project")):
        mine = list(found)
        askers = {str(row.render.asked_by or GONE): None for row in mine}
        stories.append(Story(project.title, list(askers), len(mine), total(mine)))
    return stories


def total(rows: list[Row]) -> Decimal:
    return sum((row.cost for row in rows), money.ZERO)
