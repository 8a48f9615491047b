"""A scene: its words, its frames, and its place among the others of its story."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.db import models, transaction

from storyboard.novita import limits
from storyboard.people.models import User
from storyboard.people.roles import Ability
from storyboard.stories import budget, order
from storyboard.stories.revisions import Changes, Kind, record


class Gone(Exception):
    """What was to be brought back is not in the bin any more."""


@dataclass(slots=True)
class Place:
    """A scene as the frame budget knows it: without its words, which make a story heavy."""

    pk: int
    position: int
    frames: int
    cut: bool
    locked: bool
    refused: Mapping[str, object] | None = None


class SceneQuerySet(models.QuerySet["Scene"]):
    def kept(self) -> SceneQuerySet:
        return self.filter(deleted_at=None, project__deleted_at=None)

    def in_order(self) -> SceneQuerySet:
        return self.order_by("position", "pk")

    def places(self) -> list[Place]:
        columns = ("pk", "position", "frames", "cut", "locked")
        return [Place(*row) for row in self.values_list(*columns)]


class Scene(models.Model):
    """One ordered row of a story: a prompt, and the frames it lasts."""

    project = models.ForeignKey("stories.Project", models.CASCADE, related_name="scenes")
    # 0 and up; kept dense by renumbering in the transaction that moves.
    position = models.PositiveIntegerField()
    # May be empty while the writer thinks; a render asks for at least one character.
    prompt = models.TextField(blank=True, validators=[MaxLengthValidator(limits.PROMPT_MAX)])
    caption = models.CharField(max_length=200, blank=True)
    frames = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(limits.FRAMES_MIN), MaxValueValidator(limits.FRAMES_MAX)]
    )
    # A cut starts a new clip; a blend (the default) lets the picture travel on.
    cut = models.BooleanField(default=False)
    # Its frames stay as they are when a clip's are shared out.
    locked = models.BooleanField(default=False)
    # Counts the saved changes of the words, so that a stale page never overwrites them.
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    # Who put it into the bin; null is Storyboard itself, or a person who is gone.
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    pick = models.ForeignKey(
        "renders.Span", models.SET_NULL, null=True, blank=True, related_name="picked_by"
    )
    # A new take does not become the pick.
    pinned = models.BooleanField(default=False)

    TEAM_PATH = "project__team"
    PROJECT_PATH = "project"
    # What `Project.arrange` stores of a scene, beside its place.
    ARRANGED = ("frames", "cut", "locked")
    person: User | None = None
    abilities: frozenset[Ability] = frozenset()
    # What was typed and not stored, with the reason, while a page is answered.
    refused: Mapping[str, object] | None = None

    objects = SceneQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=("project", "position"), name="scene_in_order"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(frames__range=(limits.FRAMES_MIN, limits.FRAMES_MAX)),
                name="scene_frames_within_api",
            ),
        )

    def __str__(self) -> str:
        return f"Scene {self.position + 1}: {self.prompt[:40]}"

    @property
    def number(self) -> int:
        return self.position + 1

    @property
    def colour(self) -> int:
        """Which of the six scene colours this row wears, wherever it appears."""
        return self.position % budget.SCENE_COLOURS + 1

    @property
    def arrangement(self) -> tuple[object, ...]:
        return (self.position, *(getattr(self, name) for name in self.ARRANGED))

    def as_created(self) -> Changes:
        words = ("prompt", "caption", *self.ARRANGED)
        return {f"scene.{self.pk}.{name}": [None, getattr(self, name)] for name in words}

    def as_changed(self, before: tuple[object, ...]) -> Changes:
        """Return what differs from an earlier `arrangement`, without the place."""
        pairs = zip(self.ARRANGED, before[1:], strict=True)
        return {f"scene.{self.pk}.{name}": [was, getattr(self, name)] for name, was in pairs}

    def set_frames(self, frames: int) -> list[Place]:
        """Give the scene `frames` (8..64); return the places of its story in order.

        Raises OverBudget, with nothing stored, when its clip has no room for them. As `arrange`
        does it, under the same lock; but of a long story nothing else is read.
        """
        with transaction.atomic():
            self.project.lock()
            places = self.project.scenes.kept().in_order().places()
            at = order.place_of(places, self)
            if at is not None and places[at].frames != frames:
                was, places[at].frames = places[at].frames, frames
                budget.check(order.clip_of(places, at), places[at])
                Scene.objects.filter(pk=self.pk).update(frames=frames)
                record(self.project, {f"scene.{self.pk}.frames": [was, frames]})
                self.project.touch()
        return places

    def write(self, *, prompt: str, caption: str, version: int) -> bool:
        """Store the words, unless someone saved others since `version`: then return False."""
        with transaction.atomic():
            changes = self.rewrite(prompt=prompt, caption=caption, version=version)
            if changes is None:
                return False
            record(self.project, changes)
            self.project.touch()
        return True

    def rewrite(self, *, prompt: str, caption: str, version: int) -> Changes | None:
        """Store the words without a revision of their own; return what to record of them.

        Return None, with the newer words read, when someone saved others since `version`.
        """
        mine = Scene.objects.filter(pk=self.pk, version=version)
        was = mine.values("prompt", "caption").first()
        if was is None or not mine.update(prompt=prompt, caption=caption, version=version + 1):
            self.refresh_from_db(fields=("prompt", "caption", "version"))
            return None
        self.prompt, self.caption, self.version = prompt, caption, version + 1
        return {
            f"scene.{self.pk}.prompt": [was["prompt"], prompt],
            f"scene.{self.pk}.caption": [was["caption"], caption],
        }

    def move_to(self, position: int) -> list[Scene]:
        """Move the scene to a position (0 is first); raise OverBudget when it does not fit.

        A cut stays where it was in the story, so that the clips keep their beginnings.
        """

        def change(scenes: list[Scene]) -> Scene | None:
            place = order.place_of(scenes, self)
            if place is None:
                return None
            scene = scenes.pop(place)
            order.pass_on_cut(scene, scenes)
            scenes.insert(min(position, len(scenes)), scene)
            return scene

        return self.project.arrange(change)

    def delete_at(self, at: datetime) -> list[Scene]:
        """Put the scene aside; return the scenes that stay."""

        def change(scenes: list[Scene]) -> None:
            place = order.place_of(scenes, self)
            if place is not None:
                scene = scenes.pop(place)
                order.pass_on_cut(scene, scenes)
                Scene.objects.filter(pk=scene.pk).update(
                    deleted_at=at, deleted_by=self.project.person, position=place
                )

        return self.project.arrange(change)

    def restore(self) -> bool:
        """Bring a deleted scene back; answer whether its place had room for its frames.

        Where it had none, the scene stands behind that clip, as a clip of its own. Raises Gone,
        with nothing stored, when it was deleted for good meanwhile.
        """
        fitted = True
        also: Changes = {}

        def change(scenes: list[Scene]) -> None:
            nonlocal fitted
            if order.place_of(scenes, self) is not None:
                return
            if not Scene.objects.filter(pk=self.pk).exists():
                raise Gone("The scene was deleted for good meanwhile.")
            place = min(self.position, len(scenes))
            try:
                budget.check([*scenes[:place], self, *scenes[place:]], self)
            except budget.OverBudget:
                fitted = False
                also[f"scene.{self.pk}.cut"] = [self.cut, True]
                place, self.cut = order.end_of_clip(scenes, place), True
            scenes.insert(place, self)

        self.project.arrange(change, kind=Kind.RESTORE, also=also)
        return fitted
