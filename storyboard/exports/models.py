"""Films that somebody asked to keep as a file: the row says what is in it and where it stands."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.text import get_valid_filename

from storyboard.people.models import User
from storyboard.people.roles import Ability
from storyboard.stories.models import Project

# Renewed as frames are written; whoever made a film and died is replaced after this long.
LEASE = timedelta(seconds=60)
# A film whose maker died this often is given up: it would die with the next one too.
TRIES_MAX = 3


class LeaseLost(Exception):
    """The film was cancelled, or is made by another, since it was read; nothing was written."""


class State(models.TextChoices):
    QUEUED = "queued", "Waiting"
    MAKING = "making", "Being made"
    READY = "ready", "Ready"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    # Its file goes, then its row.
    PRUNED = "pruned", "Cleared away"


UNDER_WAY = (State.QUEUED, State.MAKING)


class Kind(models.TextChoices):
    MP4 = "mp4", "MP4, a film that plays anywhere"
    GIF = "gif", "GIF, a moving picture that needs no player"


class FilmQuerySet(models.QuerySet["Film"]):
    def under_way(self) -> FilmQuerySet:
        return self.filter(state__in=UNDER_WAY)

    def shown(self) -> FilmQuerySet:
        """Keep what a page speaks of, the last that was asked for first."""
        return self.exclude(state__in=(State.CANCELLED, State.PRUNED)).order_by("-asked_at", "-pk")

    def due(self, at: datetime) -> FilmQuerySet:
        """Keep what may be made now, the longest waiting first."""
        free = models.Q(lease_until=None) | models.Q(lease_until__lt=at)
        return self.under_way().filter(free).order_by("asked_at", "pk")

    def claim(self, owner: str, at: datetime, lease: timedelta = LEASE) -> Film | None:
        """Lease the film that has waited longest, in the name of this claim alone; or None."""
        for pk, tries in self.due(at).values_list("pk", "tries")[:10]:
            name = f"{owner}/{secrets.token_hex(4)}"
            changes: dict[str, Any] = {
                "state": State.MAKING,
                "lease_owner": name,
                "lease_until": at + lease,
                "tries": tries + 1,
                "progress": 0,
                "started_at": at,
            }
            if self.due(at).filter(pk=pk, tries=tries).update(**changes):
                return self.select_related("project").get(pk=pk)
        return None


class Film(models.Model):
    """One file of one cut with one choice of how it is made; asked for again it is this one."""

    TEAM_PATH = "project__team"
    PROJECT_PATH = "project"
    abilities: frozenset[Ability] = frozenset()

    project = models.ForeignKey(Project, models.CASCADE, related_name="films")
    # SHA-256 of what is in the film and how it is made; see cut.py.
    key = models.CharField(max_length=64)
    # The cut, frozen: the writer may go on while it is made.
    plan = models.JSONField()
    kind = models.CharField(max_length=3, choices=Kind)
    burnt = models.BooleanField(default=False)
    title_card = models.BooleanField(default=True)

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    # Per cent.
    progress = models.PositiveSmallIntegerField(default=0)
    # Why it failed, in words.
    message = models.CharField(max_length=300, blank=True)
    # What is not in it that should be, a sentence each; and whether takes are among that.
    skipped = models.JSONField(default=list)
    whole = models.BooleanField(default=True)
    # A name in the store of takes, and what is there: bytes, hash, frames, seconds.
    file = models.CharField(max_length=200, blank=True)
    bytes = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    frames = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0)
    # Whether there are words to show beside its pictures.
    captioned = models.BooleanField(default=True)
    # Whether the takes' own pictures were joined as they are.
    joined = models.BooleanField(default=False)

    tries = models.PositiveSmallIntegerField(default=0)
    lease_owner = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True)

    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    # The last time that somebody asked for it: STORYBOARD_FILM_DAYS later it is cleared away.
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = FilmQuerySet.as_manager()

    class Meta:
        ordering = ("-asked_at", "-pk")
        indexes = (
            models.Index(
                fields=("asked_at",),
                condition=models.Q(state__in=("queued", "making")),
                name="film_due",
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=("project", "key"), name="film_once_a_cut"),
            models.CheckConstraint(
                condition=models.Q(state__in=State.values), name="film_state_known"
            ),
        )

    def __str__(self) -> str:
        return f"Film {self.pk} of {self.project_id}: {self.state}"

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY

    @property
    def name(self) -> str:
        """What its file is called for whoever saves it, without the kind."""
        plain = get_valid_filename(self.title) if self.title.strip(" .") else ""
        # One that begins with a dot would be hidden where it is saved.
        return plain.strip(".") or "story"

    def clear(self) -> None:
        """Take it off the page; its maker removes the file, then the row."""
        gone = {"lease_owner": "", "lease_until": None}
        Film.objects.filter(pk=self.pk).update(state=State.PRUNED, **gone)

    def miss(self) -> None:
        """Note that its file is gone, so that the page offers to make it again."""
        words = "Its file is no longer there. It can be made again, which costs nothing."
        whole = Film.objects.filter(pk=self.pk, state=State.READY, file=self.file)
        whole.update(state=State.FAILED, message=words)

    @property
    def title(self) -> str:
        """What the story was called when it was asked for."""
        return str(self.plan["title"])

    def advance(self, to_state: str, **changes: Any) -> None:
        """Move on while it stands, and is leased, as it was read; else raise LeaseLost."""
        mine = Film.objects.filter(pk=self.pk, state=self.state, lease_owner=self.lease_owner)
        changes |= {"state": to_state, "lease_owner": "", "lease_until": None}
        if not mine.update(**changes):
            raise LeaseLost(self.pk)
        self.refresh_from_db()

    def renew(self, until: datetime, **changes: Any) -> None:
        """Prolong the lease, and note more; raise LeaseLost when it is no longer ours."""
        mine = Film.objects.filter(pk=self.pk, state=self.state, lease_owner=self.lease_owner)
        if not mine.update(lease_until=until, **changes):
            raise LeaseLost(self.pk)

    def cancel(self, at: datetime) -> bool:
        """Give it up; False when it had ended already. Its maker notices, and leaves no file."""
        going = Film.objects.filter(pk=self.pk, state__in=UNDER_WAY)
        changes = {"lease_owner": "", "lease_until": None, "finished_at": at}
        return bool(going.update(state=State.CANCELLED, **changes))

    def ask_again(self, by: User, at: datetime, *, anew: bool) -> None:
        """Note that somebody wants it; what ended without a film, or is `anew`, is made again."""
        asked: dict[str, Any] = {"asked_at": at, "asked_by": by}
        mine = Film.objects.filter(pk=self.pk)
        ended = (State.FAILED, State.CANCELLED, State.PRUNED, *([State.READY] if anew else ()))
        again = asked | {
            "state": State.QUEUED,
            "tries": 0,
            "progress": 0,
            "message": "",
            "skipped": [],
            "finished_at": None,
        }
        if not mine.filter(state__in=ended).update(**again):
            mine.update(**asked)
        self.refresh_from_db()
