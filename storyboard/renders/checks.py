"""A check of the connection: asked for on a team's page, done by the poller, one row a team."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models

from storyboard.people.models import Team
from storyboard.people.roles import Ability

# A check that no poller ended by then may be asked for anew.
STALE = timedelta(minutes=5)


def new_token() -> str:
    return secrets.token_urlsafe(24)


class CheckQuerySet(models.QuerySet["Check"]):
    def open(self) -> CheckQuerySet:
        return self.filter(ended_at=None)

    def ask(self, team: Team, user: models.Model, at: datetime) -> Check:
        """Ask for a check of the team's connection; one that is under way is the same one."""
        self.get_or_create(team=team, defaults={"asked_by": user, "asked_at": at, "changed_at": at})
        over = models.Q(ended_at__isnull=False) | models.Q(asked_at__lt=at - STALE)
        self.filter(over, team=team).update(
            asked_by=user,
            asked_at=at,
            changed_at=at,
            # What still comes in of the check before finds nothing at its address.
            token=new_token(),
            tended_until=None,
            sent_at=None,
            heard_at=None,
            ended_at=None,
            lines={},
        )
        return self.get(team=team)

    def claim(self, at: datetime, lease: timedelta) -> Check | None:
        """Take an open check that nobody tends; None when there is none."""
        free = models.Q(tended_until=None) | models.Q(tended_until__lt=at)
        for check in self.open().filter(free).order_by("asked_at", "pk")[:5]:
            mine = self.open().filter(free, pk=check.pk, token=check.token)
            if mine.update(tended_until=at + lease):
                return check
        return None


class Check(models.Model):
    """What is known of a team's connection: a word for each line, `ok` or what is wrong."""

    TEAM_PATH = "team"
    abilities: frozenset[Ability] = frozenset()

    team = models.OneToOneField(Team, models.CASCADE, related_name="connection_check")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    # Where the service's test event is to arrive.
    token = models.CharField(max_length=64, unique=True, default=new_token)
    tended_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # By the name of the line (service, key, webhook): `ok`, or a code that connection.py names.
    lines = models.JSONField(default=dict)

    objects = CheckQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Check of {self.team_id}"

    def keep(self, at: datetime, *, ended: bool = False, **lines: str) -> None:
        """Write down what was found, unless it was asked for anew since, and let go of it."""
        same = Check.objects.open().filter(pk=self.pk, token=self.token)
        changes: dict[str, object] = {"tended_until": None}
        if lines or ended:
            changes |= {"lines": self.lines | lines, "changed_at": at}
        if ended:
            changes["ended_at"] = at
        same.update(**changes)
