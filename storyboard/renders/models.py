"""Renders, the queue row a writer sees, and what the poller needs to move them."""

from __future__ import annotations

import logging
import secrets
from datetime import datetime
from typing import Any, NoReturn

from django.conf import settings
from django.db import models, transaction

from storyboard.people.models import ApiKey, Team, User
from storyboard.people.roles import Ability
from storyboard.renders.balance import AccountBalance as AccountBalance
from storyboard.renders.checks import Check as Check
from storyboard.renders.claims import RenderQuerySet
from storyboard.renders.events import RenderEvent as RenderEvent
from storyboard.renders.followers import Follower as Follower
from storyboard.renders.gate import Gate as Gate
from storyboard.renders.heard import Hook as Hook
from storyboard.renders.leavings import Leftover as Leftover
from storyboard.renders.leavings import Spent as Spent
from storyboard.renders.owed import OwedLetter as OwedLetter
from storyboard.renders.safe_mode import Pass as Pass
from storyboard.renders.safe_mode import SafeMode as SafeMode
from storyboard.renders.scrub import without_tokens
from storyboard.renders.states import (
    ADOPTABLE,
    GIVEN_UP,
    PATIENCE,
    STOPPED,
    UNDER_WAY,
    UNSEEN,
    UNSENT,
    LeaseLost,
    NotPossible,
)
from storyboard.renders.states import State as State
from storyboard.renders.takes import Span as Span
from storyboard.renders.takes import Take as Take
from storyboard.stories.models import Project

logger = logging.getLogger(__name__)


def new_token() -> str:
    return secrets.token_urlsafe(24)


class Render(models.Model):
    """One request to the service and its life: who asked, what was sent, where it stands."""

    TEAM_PATH = "project__team"
    PROJECT_PATH = "project"
    abilities: frozenset[Ability] = frozenset()

    project = models.ForeignKey(Project, models.CASCADE, related_name="renders")
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    # The team that pays: that of the story when it was asked for. Null once that team is gone.
    payer = models.ForeignKey(Team, models.SET_NULL, null=True, related_name="+")
    # One press of a button is one render, however often the form arrives.
    nonce = models.CharField(max_length=64)
    # Frozen when queued: the documented body without a webhook, and the scenes it covers as
    # [{"scene": pk, "prompt": str, "caption": str, "frames": int}] in the order of prompts.
    request = models.JSONField()
    scenes = models.JSONField()
    # Where it is sent, the service's base address, and in whose name: an account's own name, and
    # the team's key where it is a team's. Null as well once that key is gone.
    engine = models.CharField(max_length=200)
    account = models.CharField(max_length=200)
    api_key = models.ForeignKey(ApiKey, models.SET_NULL, null=True, related_name="renders")
    token = models.CharField(max_length=64, unique=True, default=new_token)
    # USD, estimated when queued; null is unknown.
    estimate = models.DecimalField(max_digits=9, decimal_places=4, null=True)

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempt = models.PositiveIntegerField(default=0)
    task_id = models.CharField(max_length=200, null=True, blank=True)
    # It had been given up when the service turned out to have made it: its take offers itself.
    late = models.BooleanField(default=False)
    # The service's own status word, shown as it is when it is none we know.
    status_word = models.CharField(max_length=60, blank=True)
    progress = models.PositiveSmallIntegerField(default=0)
    # Seconds left by the service's own word; null is unknown.
    eta = models.PositiveIntegerField(null=True)
    # Why it failed, is unsure or does not get on: a code of ours in lower case or the API's
    # `reason`, and words for it.
    reason = models.CharField(max_length=60, blank=True)
    message = models.TextField(blank=True)
    # Steps of this state in a row that met a service that could not answer: they space the next.
    tries = models.PositiveSmallIntegerField(default=0)
    # Steps of this state that met a definite no (task not found, no usable video): few are borne.
    misses = models.PositiveSmallIntegerField(default=0)

    next_step_at = models.DateTimeField(null=True)
    lease_owner = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True)

    queued_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # Since then its failure asks for nobody: it was let go, sent again or rendered anew.
    aside_at = models.DateTimeField(null=True)
    # Moves with every write that a page could show, so that it can ask whether anything is new.
    changed_at = models.DateTimeField()

    objects = RenderQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("project", "changed_at"), name="render_changes"),
            models.Index(
                fields=("next_step_at",),
                condition=models.Q(
                    state__in=("queued", "submitting", "waiting", "rendering", "saving")
                ),
                name="render_due",
            ),
            models.Index(fields=("account", "submitted_at"), name="render_sent_by"),
            models.Index(fields=("payer", "queued_at"), name="render_paid"),
        )
        constraints = (
            models.UniqueConstraint(fields=("project", "nonce"), name="render_once_a_nonce"),
            models.UniqueConstraint(fields=("engine", "task_id"), name="render_once_a_task"),
            models.CheckConstraint(
                condition=models.Q(state__in=State.values), name="render_state_known"
            ),
        )

    def __str__(self) -> str:
        return f"Render {self.pk} of {self.project_id}: {self.state}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is None:
            self.payer_id = self.payer_id or self.project.team_id
            self.account = self.account or self.engine
        super().save(*args, **kwargs)

    @property
    def frames(self) -> int:
        """Frames asked for."""
        return sum(scene["frames"] for scene in self.scenes)

    @property
    def is_drawn(self) -> bool:
        """Whether the built-in engine draws it: a draft, and no generated video."""
        return settings.BUILT_IN_ENGINE and self.account == settings.NOVITA_BASE_URL

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY

    def overdue(self, at: datetime) -> bool:
        """Whether the service has worked on it for longer than an hour."""
        sent = self.submitted_at
        return self.is_under_way and sent is not None and at - sent > PATIENCE

    def log(self, to_state: str, at: datetime, note: str = "", *, from_state: str = "") -> None:
        """Add a line to the render's log."""
        RenderEvent.objects.create(
            render=self,
            at=at,
            from_state=from_state,
            to_state=to_state,
            note=self._clean(note)[:300],
        )

    def remark(self, at: datetime, note: str) -> None:
        """Add a line to the log that tells of no move, between the moves that are made."""
        with transaction.atomic():
            now = Render.objects.select_for_update().only("state").get(pk=self.pk)
            self.log(now.state, at, note, from_state=now.state)

    def advance(
        self,
        to_state: str,
        *,
        at: datetime,
        note: str = "",
        keep_lease: bool = False,
        **changes: Any,
    ) -> None:
        """Move to `to_state`, but only while it stands, and is leased, as it was read.

        Raises LeaseLost, with nothing written, when another poller or a person was first.
        """
        mine = {"state": self.state, "lease_owner": self.lease_owner}
        try:
            self._move(mine, to_state, at, note, keep_lease, changes)
        except LeaseLost:
            logger.warning("render %s: %s was refused, the lease is lost", self.pk, to_state)
            raise

    def renew(self, until: datetime) -> None:
        """Prolong the lease; raise LeaseLost when it is no longer ours."""
        mine = Render.objects.filter(pk=self.pk, state=self.state, lease_owner=self.lease_owner)
        if not mine.update(lease_until=until):
            raise LeaseLost(self.pk)
        self.lease_until = until

    def adopt(self, task_id: str, at: datetime, note: str) -> bool:
        """Take the task id of a submission whose answer came by another way or too late.

        Whoever is first binds it; return False when the render has one already. Raises
        IntegrityError when the task is another render's. One that was given up keeps its end,
        and with the id what was paid for: `come_late` brings it home once it is there.
        """
        for state in ADOPTABLE:
            to_state = state if state in GIVEN_UP else State.WAITING
            changes: dict[str, Any] = {"task_id": task_id}
            if to_state == State.WAITING:
                changes |= {"next_step_at": at, "reason": "", "message": "", "finished_at": None}
            try:
                self._move({"state": state, "task_id": None}, to_state, at, note, False, changes)
            except LeaseLost:
                continue
            return True
        return False

    def come_late(self, at: datetime) -> None:
        """Take up a render that had been given up, whose film the service has made after all.

        From there it goes the way of any other; its take offers itself, and replaces no pick.
        Raises LeaseLost when a person or another poller was first.
        """
        self.advance(
            State.WAITING,
            at=at,
            note="arrived late",
            late=True,
            reason="",
            message="",
            finished_at=None,
            next_step_at=at,
        )

    def _clean(self, text: str) -> str:
        """Return the service's words without the secret address, which errors like to repeat."""
        return without_tokens(text, self.token)

    def cancel(self, at: datetime) -> None:
        """Take it out of the queue; raise NotPossible once it may have been sent."""
        # A try that was refused for certain left its time, which the pace is kept by.
        told = Hook.objects.filter(render=self, due_at__isnull=False).exists()
        reason = "" if told else UNSENT
        try:
            self._move(
                {"state": State.QUEUED},
                State.CANCELLED,
                at,
                "cancelled before it was sent",
                False,
                {"next_step_at": None, "finished_at": at, "reason": reason, "message": ""},
            )
        except LeaseLost:
            self.refuse("cancel")
        # Those behind it move up; who has another reason to wait goes on waiting.
        behind = Render.objects.filter(account=self.account, state=State.QUEUED, reason="")
        behind.update(next_step_at=at)

    def let_go(self, at: datetime) -> None:
        """Give up an unsure render: it is neither waited for nor sent again."""
        try:
            self._move(
                {"state": State.UNSURE}, State.CANCELLED, at, "let go", False, {"finished_at": at}
            )
        except LeaseLost:
            self.refuse("let go")

    def stop_waiting(self, at: datetime) -> None:
        """Give up a render that the service has; what it makes all the same comes late.

        It was sent, and stays counted as paid for. The poller goes on asking, seldom and for a
        day. Raises NotPossible once its film is being saved, or it has ended.
        """
        changes = {
            "finished_at": at,
            "next_step_at": None,
            "eta": None,
            "reason": STOPPED,
            "message": "",
        }
        with transaction.atomic():
            self.refresh_from_db(fields=("state", "task_id", "changed_at"))
            if self.state not in (State.WAITING, State.RENDERING) or not self.task_id:
                self.refuse("stop waiting for")
            where = {"state": self.state, "task_id": self.task_id}
            note = "nobody waits for it any more"
            try:
                self._move(where, State.CANCELLED, at, note, False, dict(changes))
            except LeaseLost:
                self.refuse("stop waiting for")
            Hook.objects.ask_later(self.pk, self.task_id, at)

    def refuse(self, verb: str) -> NoReturn:
        """Raise NotPossible, by where it stands now."""
        self.refresh_from_db()
        logger.warning("render %s: refused to %s while %s", self.pk, verb, self.state)
        raise NotPossible(f"This render is {self.get_state_display().lower()} by now.")

    def _move(
        self,
        where: dict[str, Any],
        to_state: str,
        at: datetime,
        note: str,
        keep_lease: bool,
        changes: dict[str, Any],
    ) -> None:
        """Write one conditional UPDATE that must change exactly one row, and its log line."""
        from_state = where["state"]
        for name in ("reason", "message", "status_word"):
            if name in changes:
                changes[name] = self._clean(changes[name])
        if not keep_lease:
            changes |= {"lease_owner": "", "lease_until": None}
        if from_state != to_state:
            changes = {"tries": 0, "misses": 0} | changes
            seconds = (at - self.changed_at).total_seconds()
        if from_state != to_state or any(
            name not in UNSEEN and getattr(self, name) != value for name, value in changes.items()
        ):
            changes["changed_at"] = at
        with transaction.atomic():
            if not Render.objects.filter(pk=self.pk, **where).update(state=to_state, **changes):
                raise LeaseLost(self.pk)
            if from_state != to_state or note:
                self.log(to_state, at, note, from_state=from_state)
        self.state = to_state
        for name, value in changes.items():
            setattr(self, name, value)
        if from_state != to_state:
            logger.info("render %s: %s to %s after %.1f s", self.pk, from_state, to_state, seconds)


class Heartbeat(models.Model):
    """When a poller was last alive, by which a page can say that rendering is paused."""

    name = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%H:%M:%S}"
