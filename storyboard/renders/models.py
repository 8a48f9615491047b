"""Renders, the queue row a writer sees, and the takes that they bring home."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models

from storyboard.stories.models import Project, Scene


class State(models.TextChoices):
    QUEUED = "queued", "Queued"
    SUBMITTING = "submitting", "Sending"
    WAITING = "waiting", "Waiting"
    RENDERING = "rendering", "Rendering"
    SAVING = "saving", "Saving"
    READY = "ready", "Ready"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    UNSURE = "unsure", "Unsure"


def new_token() -> str:
    return secrets.token_urlsafe(24)


class Render(models.Model):
    """One request to the service and its life: who asked, what was sent, where it stands."""

    TEAM_PATH = "project__team"

    project = models.ForeignKey(Project, models.CASCADE, related_name="renders")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    # One press of a button is one render, however often the form arrives.
    nonce = models.CharField(max_length=64)
    # Frozen when queued: the documented body without a webhook, and the scenes it covers as
    # [{"scene": pk, "prompt": str, "caption": str, "frames": int}] in the order of prompts.
    request = models.JSONField()
    scenes = models.JSONField()
    # Where and in whose name it is sent: the service's base address.
    engine = models.CharField(max_length=200)
    token = models.CharField(max_length=64, unique=True, default=new_token)
    # USD, estimated when queued; null is unknown.
    estimate = models.DecimalField(max_digits=9, decimal_places=4, null=True)

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0)
    task_id = models.CharField(max_length=200, null=True, blank=True)
    # The service's own status word, shown as it is when it is none we know.
    status_word = models.CharField(max_length=60, blank=True)
    progress = models.PositiveSmallIntegerField(default=0)
    # Seconds left by the service's own word; null is unknown.
    eta = models.PositiveIntegerField(null=True)
    # Why it failed or is unsure: a code of ours or the API's `reason`, and its words.
    reason = models.CharField(max_length=60, blank=True)
    message = models.TextField(blank=True)
    tries = models.PositiveSmallIntegerField(default=0)

    next_step_at = models.DateTimeField(null=True)
    lease_owner = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True)

    queued_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # Moves with every write, so that a page can ask whether anything is new.
    changed_at = models.DateTimeField()

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
        )
        constraints = (
            models.UniqueConstraint(
                fields=("project", "nonce"), name="render_once_a_nonce"
            ),
            models.UniqueConstraint(fields=("engine", "task_id"), name="render_once_a_task"),
            models.CheckConstraint(
                condition=models.Q(state__in=State.values), name="render_state_known"
            ),
        )

    def __str__(self) -> str:
        return f"Render {self.pk} of {self.project_id}: {self.state}"


class RenderEvent(models.Model):
    """One line of a render's log; append only."""

    render = models.ForeignKey(Render, models.CASCADE, related_name="events")
    at = models.DateTimeField()
    from_state = models.CharField(max_length=10, blank=True)
    to_state = models.CharField(max_length=10)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.from_state} to {self.to_state}: {self.note}"


class Take(models.Model):
    """A render's finished video, stored by us; numbered per project, never overwritten."""

    TEAM_PATH = "project__team"

    project = models.ForeignKey(Project, models.CASCADE, related_name="takes")
    render = models.ForeignKey(Render, models.PROTECT, related_name="takes")
    number = models.PositiveIntegerField()
    # Paths below settings.TAKES_ROOT.
    file = models.CharField(max_length=200)
    poster = models.CharField(max_length=200, blank=True)
    video_type = models.CharField(max_length=3)
    # Frames a second, frames, pixels and bytes as the file itself says.
    fps = models.FloatField()
    frames = models.PositiveIntegerField()
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    seed = models.CharField(max_length=40, blank=True)
    starred = models.BooleanField(default=False)
    binned_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(fields=("project", "number"), name="take_number_once"),
        )

    def __str__(self) -> str:
        return f"Take {self.number}"

    @property
    def seconds(self) -> float:
        return self.frames / self.fps


class Span(models.Model):
    """The part of a take that shows one scene; the spans of a take tile it."""

    TEAM_PATH = "take__project__team"

    take = models.ForeignKey(Take, models.CASCADE, related_name="spans")
    scene = models.ForeignKey(Scene, models.SET_NULL, null=True, related_name="spans")
    order = models.PositiveSmallIntegerField()
    prompt = models.TextField()
    caption = models.CharField(max_length=200, blank=True)
    first_frame = models.PositiveIntegerField()
    frames = models.PositiveIntegerField()
    poster = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("order",)
        constraints = (
            models.UniqueConstraint(fields=("take", "order"), name="span_order_once"),
        )

    def __str__(self) -> str:
        return f"Scene {self.order + 1} of take {self.take_id}"

    @property
    def start(self) -> float:
        """Seconds from the take's beginning."""
        return self.first_frame / self.take.fps

    @property
    def end(self) -> float:
        """Seconds from the take's beginning."""
        return (self.first_frame + self.frames) / self.take.fps


class Heartbeat(models.Model):
    """When a poller was last alive, by which a page can say that rendering is paused."""

    name = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%H:%M:%S}"
