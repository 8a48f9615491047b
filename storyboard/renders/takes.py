"""Takes, the films that renders bring home, and their spans, one for each scene in them."""

from __future__ import annotations

from django.db import models

from storyboard.people.roles import Ability
from storyboard.stories.models import Project, Scene


class Take(models.Model):
    """A render's finished video, stored by us; numbered per project, never overwritten."""

    TEAM_PATH = "project__team"
    PROJECT_PATH = "project"
    abilities: frozenset[Ability] = frozenset()

    project = models.ForeignKey(Project, models.CASCADE, related_name="takes")
    render = models.ForeignKey("renders.Render", models.RESTRICT, related_name="takes")
    number = models.PositiveIntegerField()
    # Names in the store of takes: what the player plays, and what arrived when that is
    # another file (a GIF, or a codec that browsers do not play).
    file = models.CharField(max_length=200)
    original = models.CharField(max_length=200, blank=True)
    poster = models.CharField(max_length=200, blank=True)
    # A small film and a sheet of its frames, for pages; takes of before have none.
    preview = models.CharField(max_length=200, blank=True)
    sprite = models.CharField(max_length=200, blank=True)
    video_type = models.CharField(max_length=3)
    # Frames a second, frames, pixels, bytes and hash as the file that arrived itself says.
    fps = models.FloatField()
    frames = models.PositiveIntegerField()
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    # Length and SHA-256 of what was made of it, posters and the player's copy, by name.
    made = models.JSONField(default=dict)
    # Since when what the player plays is known to be missing or damaged.
    lost_at = models.DateTimeField(null=True, blank=True)
    # When the poller fetches it again, which somebody asked for; then what came of that.
    fetch_due_at = models.DateTimeField(null=True, blank=True)
    fetch_said = models.CharField(max_length=300, blank=True)
    # Since when a late take offers itself no more: it was used, or left.
    decided_at = models.DateTimeField(null=True, blank=True)
    seed = models.CharField(max_length=40, blank=True)
    # What people call it.
    name = models.CharField(max_length=80, blank=True)
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

    @property
    def closed_loop(self) -> bool:
        """Whether its end was asked to meet its beginning."""
        return bool(self.render.request.get("closed_loop"))


class Span(models.Model):
    """The part of a take that shows one scene; the spans of a take tile it."""

    TEAM_PATH = "take__project__team"
    PROJECT_PATH = "take__project"
    abilities: frozenset[Ability] = frozenset()

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
        constraints = (models.UniqueConstraint(fields=("take", "order"), name="span_order_once"),)

    def __str__(self) -> str:
        return f"Scene {self.order + 1} of take {self.take_id}"

    @property
    def seconds(self) -> float:
        return self.frames / self.take.fps

    @property
    def start(self) -> float:
        """Seconds from the take's beginning."""
        return self.first_frame / self.take.fps

    @property
    def end(self) -> float:
        """Seconds from the take's beginning."""
        return (self.first_frame + self.frames) / self.take.fps
