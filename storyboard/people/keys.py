"""A team's own API key, and the account at a service that its renders go on.

A key is sealed in the database and shown as its last four characters. What an owner enters is
tested before it is used; one that is not used any more stays sealed until nothing that was sent
with it is under way or may come late, and is erased then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models, transaction

from storyboard.people.sealing import reseal, seal, unseal

if TYPE_CHECKING:
    from storyboard.people.models import Team, User

ADDRESS_MAX = 180
KEY_MAX = 500
# A shorter key would be guessed from four of its characters.
SHOWN_FROM = 12
OK = "ok"


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def enter(self, team: Team, *, address: str, key: str, by: User, at: datetime) -> ApiKey:
        """Keep a key to be tested; one that was entered before and is not used gives way."""
        with transaction.atomic():
            # Of two owners at once, the later one's stays.
            type(team).objects.select_for_update().only("pk").get(pk=team.pk)
            self.filter(team=team).unused().delete()
            return self.create(
                team=team,
                address=address,
                sealed=seal(key, about(team.pk)),
                last_four=key[-4:] if len(key) >= SHOWN_FROM else "",
                added_by=by,
                added_at=at,
                test_at=at,
            )

    def claim(self, at: datetime, lease: timedelta) -> ApiKey | None:
        """Take a key that waits to be tested; None where there is none."""
        for key in self.filter(test_at__lte=at).order_by("test_at", "pk")[:5]:
            if self.filter(pk=key.pk, test_at=key.test_at).update(test_at=at + lease):
                return key
        return None

    def unused(self) -> ApiKeyQuerySet:
        """Keep those that were entered, and never used: being tested, or refused."""
        return self.exclude(verdict=OK)

    def used(self) -> ApiKeyQuerySet:
        return self.filter(used_by__isnull=False)

    def put_away(self) -> ApiKeyQuerySet:
        """Keep those that were used once, are not now, and are not erased yet."""
        return self.filter(used_by=None, verdict=OK).exclude(sealed="")


class ApiKey(models.Model):
    """A key that an owner entered for a service; the team names the one that it uses."""

    TEAM_PATH = "team"

    team = models.ForeignKey("people.Team", models.CASCADE, related_name="api_keys")
    address = models.CharField(max_length=ADDRESS_MAX)
    # Empty once it is erased.
    sealed = models.TextField()
    last_four = models.CharField(max_length=4, blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    added_at = models.DateTimeField()
    # When it is tested next; null once that has ended.
    test_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    # What the test found: `ok`, or a reason as the client's errors name it; empty before.
    verdict = models.CharField(max_length=60, blank=True)
    tested_at = models.DateTimeField(null=True)

    objects = ApiKeyQuerySet.as_manager()

    def __str__(self) -> str:
        return f"a key ending in {self.last_four}" if self.last_four else "a short key"

    @property
    def is_used(self) -> bool:
        return self.team.api_key_id == self.pk

    def open(self) -> str:
        """Return the key itself, for the client alone. Raises Unsealable."""
        return unseal(self.sealed, about(self.team_id))

    def accept(self, at: datetime) -> bool:
        """Let the team use it; False where another was entered, or it was taken back, meanwhile."""
        with transaction.atomic():
            same = ApiKey.objects.filter(pk=self.pk, verdict="", test_at__isnull=False)
            if not same.update(verdict=OK, tested_at=at, test_at=None):
                return False
            type(self.team).objects.filter(pk=self.team_id).update(api_key=self.pk)
        return True

    def refuse(self, verdict: str, at: datetime, *, keep: bool) -> None:
        """Write down why it is not used; unless it is kept for another test, it is erased."""
        same = ApiKey.objects.filter(pk=self.pk, verdict="")
        erased = {} if keep else {"sealed": ""}
        same.update(verdict=verdict[:60], tested_at=at, test_at=None, **erased)

    def test_again(self, at: datetime) -> None:
        """Have it tested once more, where the service could not say."""
        same = ApiKey.objects.filter(pk=self.pk, test_at=None).exclude(verdict=OK)
        same.exclude(sealed="").update(verdict="", tested_at=None, test_at=at, tries=0)

    def erase(self) -> None:
        ApiKey.objects.filter(pk=self.pk, used_by=None).update(sealed="")


def reseal_api_keys() -> tuple[int, int]:
    """Seal anew what an older key sealed; return how many were, and could not be."""
    return reseal(ApiKey.objects.all(), "sealed", lambda key: about(key.team_id))


def about(team: int) -> str:
    """Return what a team's key is sealed about: it opens nothing in another team's row."""
    return f"API key of team {team}"


@dataclass(frozen=True)
class Account:
    """Whose account at which service: the installation's own, or that of a team's key."""

    address: str
    key: ApiKey | None = None

    @property
    def name(self) -> str:
        """What pace, gates and balances go by."""
        return f"{self.address}#{self.key.pk}" if self.key else self.address

    @property
    def is_built_in(self) -> bool:
        return self.key is None and settings.BUILT_IN_ENGINE

    @property
    def per_minute(self) -> int:
        return per_minute(self.name)

    @property
    def rate(self) -> tuple[float, float]:
        """USD for one frame of one step, and the least that a render costs; for estimates."""
        if self.key is None:
            return settings.PRICE_PER_FRAME_STEP, settings.PRICE_MINIMUM
        return settings.KEY_PRICE_PER_FRAME_STEP, settings.KEY_PRICE_MINIMUM


def own_account() -> Account:
    """Return the installation's own account."""
    return Account(settings.NOVITA_BASE_URL)


def per_minute(account: str) -> int:
    """Return how many submissions an account, known by its name, takes a minute; 0 is any."""
    own = account == settings.NOVITA_BASE_URL
    return int(settings.SUBMISSIONS_PER_MINUTE if own else settings.KEY_SUBMISSIONS_PER_MINUTE)


def is_trusted(address: str) -> bool:
    """Whether the operator named this address: it may be plain http, and inside."""
    own = () if settings.BUILT_IN_ENGINE else (settings.NOVITA_BASE_URL,)
    return address in (*own, *settings.TEAM_SERVICES)
