"""Stories: projects, their scenes, and the models chosen for their look."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from django.conf import settings
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.utils.functional import cached_property

from storyboard.novita import limits
from storyboard.people.models import Team, User
from storyboard.people.roles import Ability
from storyboard.stories import budget, order


class ProjectQuerySet(models.QuerySet["Project"]):
    def kept(self) -> ProjectQuerySet:
        return self.filter(deleted_at=None)

    def visible_to(self, user: User) -> ProjectQuerySet:
        return self.kept().filter(team__memberships__user=user)

    def newest_first(self) -> ProjectQuerySet:
        return self.order_by("-updated_at", "-pk")

    def matching(self, words: str) -> ProjectQuerySet:
        """Keep the projects whose title, prompts or captions hold every word given."""
        found = self
        for word in words.split():
            scenes = Scene.objects.kept().filter(
                models.Q(prompt__icontains=word) | models.Q(caption__icontains=word),
                project=models.OuterRef("pk"),
            )
            found = found.filter(models.Q(title__icontains=word) | models.Exists(scenes))
        return found


class Project(models.Model):
    """One story: its scenes, and the look that they share."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="projects")
    title = models.CharField(max_length=120)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    # Counts every saved change of scenes or look.
    version = models.PositiveIntegerField(default=1)

    # The look. Defaults are those of the service's own example (novita-api.md, section 1).
    checkpoint = models.CharField(max_length=200, default="darkSushiMixMix_225D_64380.safetensors")
    width = models.PositiveSmallIntegerField(default=512)
    height = models.PositiveSmallIntegerField(default=512)
    steps = models.PositiveSmallIntegerField(default=20)
    guidance_scale = models.FloatField(default=7.5)
    seed = models.BigIntegerField(default=limits.SEED_RANDOM)
    negative_prompt = models.TextField(
        blank=True, validators=[MaxLengthValidator(limits.PROMPT_MAX)]
    )
    clip_skip = models.PositiveSmallIntegerField(null=True, blank=True)
    closed_loop = models.BooleanField(default=False)
    video_type = models.CharField(
        max_length=3, choices=[(kind, kind.upper()) for kind in limits.VIDEO_TYPES], default="mp4"
    )
    dedicated_endpoint = models.BooleanField(default=False)

    TEAM_PATH = "team"
    # What the person asking may do with it; set by `access.find`.
    abilities: frozenset[Ability] = frozenset()

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(width__range=(limits.SIDE_MIN, limits.SIDE_MAX))
                & models.Q(height__range=(limits.SIDE_MIN, limits.SIDE_MAX)),
                name="project_size_within_api",
            ),
            models.CheckConstraint(
                condition=models.Q(steps__range=(limits.STEPS_MIN, limits.STEPS_MAX)),
                name="project_steps_within_api",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    guidance_scale__range=(limits.GUIDANCE_MIN, limits.GUIDANCE_MAX)
                ),
                name="project_guidance_within_api",
            ),
            models.CheckConstraint(
                condition=models.Q(seed__gte=limits.SEED_RANDOM), name="project_seed_within_api"
            ),
            models.CheckConstraint(
                condition=models.Q(clip_skip=None)
                | models.Q(clip_skip__range=(limits.CLIP_SKIP_MIN, limits.CLIP_SKIP_MAX)),
                name="project_clip_skip_within_api",
            ),
            models.CheckConstraint(
                condition=models.Q(video_type__in=limits.VIDEO_TYPES),
                name="project_video_type_within_api",
            ),
        )

    def __str__(self) -> str:
        return self.title

    @cached_property
    def fps_measured(self) -> float | None:
        """Frames a second of the newest take; None before there is one."""
        return self.takes.order_by("-number").values_list("fps", flat=True).first()

    @property
    def fps(self) -> float:
        return self.fps_measured or budget.FPS_ASSUMED

    def arrange(self, change: Callable[[list[Scene]], Scene | None]) -> list[Scene]:
        """Let `change` edit the list of scenes in order, and store what it leaves.

        The project's row is locked meanwhile, so that no two arrangements, however concurrent,
        can together store a clip over its budget. `change` returns the scene to blame for an
        overdraft. Raises OverBudget, with nothing stored, when a clip would hold too much.
        """
        with transaction.atomic():
            Project.objects.select_for_update().only("pk").get(pk=self.pk)
            scenes = list(self.scenes.kept().in_order())
            was = {scene.pk: (scene.position, scene.frames, scene.cut) for scene in scenes}
            budget.check(scenes, change(scenes))
            moved = []
            for position, scene in enumerate(scenes):
                scene.position = position
                if scene.pk is None:
                    scene.save()
                elif was.get(scene.pk) != (position, scene.frames, scene.cut):
                    moved.append(scene)
            Scene.objects.bulk_update(moved, ("position", "frames", "cut", "deleted_at"))
            self.touch()
        return scenes

    def touch(self) -> None:
        """Count a saved change."""
        self.version = models.F("version") + 1
        self.save(update_fields=("version", "updated_at"))
        self.refresh_from_db(fields=("version",))

    def add_scene(self, prompt: str = "", *, after: Scene | None = None) -> Scene:
        """Add a scene after another, or at the end, with the frames that fit (16 at most).

        Raises NoRoom when its clip has fewer than 8 frames left.
        """
        scene = Scene(project=self, prompt=prompt)

        def change(scenes: list[Scene]) -> Scene:
            place = order.place_after(scenes, after)
            scene.frames = budget.frames_for_new(order.clip_before(scenes, place))
            scenes.insert(place, scene)
            return scene

        self.arrange(change)
        return scene

    def make_room(self, *, after: Scene | None = None) -> Scene:
        """Add a scene, and let its clip's other scenes give the frames for it.

        Raises NoRoom when the clip has 16 scenes already.
        """
        scene = Scene(project=self, prompt="")

        def change(scenes: list[Scene]) -> Scene:
            place = order.place_after(scenes, after)
            clip = order.clip_before(scenes, place)
            least = limits.FRAMES_MIN * (len(clip) + 1)
            spare = limits.CLIP_FRAMES_MAX - least
            scene.frames = min(budget.NEW_SCENE_FRAMES, limits.FRAMES_MIN + max(0, spare))
            frames = [row.frames for row in clip]
            given = budget.shrink(frames, limits.CLIP_FRAMES_MAX - scene.frames)
            for row, number in zip(clip, given, strict=True):
                row.frames = number
            scenes.insert(place, scene)
            return scene

        self.arrange(change)
        return scene

    def duplicate(self, by: User) -> Project:
        """Return a copy with the same scenes and look, and no renders or takes."""
        with transaction.atomic():
            copy = Project.objects.get(pk=self.pk)
            copy.pk = None
            copy._state.adding = True
            copy.title = f"{self.title[:113]} (copy)"
            copy.created_by = by
            copy.version = 1
            copy.save()
            for rows in (self.scenes.kept().in_order(), self.loras.all(), self.embeddings.all()):
                for row in rows:
                    row.pk = None
                    row._state.adding = True
                    row.project = copy
                    if isinstance(row, Scene):
                        row.pick = None
                        row.version = 1
                    row.save()
        return copy

    def delete_at(self, at: datetime) -> None:
        """Put the project aside; its takes stay, and `restore` brings it back."""
        self.deleted_at = at
        self.save(update_fields=("deleted_at",))

    def restore(self) -> None:
        self.deleted_at = None
        self.save(update_fields=("deleted_at",))


class SceneQuerySet(models.QuerySet["Scene"]):
    def kept(self) -> SceneQuerySet:
        return self.filter(deleted_at=None, project__deleted_at=None)

    def in_order(self) -> SceneQuerySet:
        return self.order_by("position", "pk")


class Scene(models.Model):
    """One ordered row of a story: a prompt, and the frames it lasts."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="scenes")
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
    # Counts the saved changes of the words, so that a stale page never overwrites them.
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    pick = models.ForeignKey(
        "renders.Span", models.SET_NULL, null=True, blank=True, related_name="picked_by"
    )

    TEAM_PATH = "project__team"
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

    def set_frames(self, frames: int) -> list[Scene]:
        """Give the scene `frames` (8..64); return its story's scenes in order.

        Raises OverBudget, with nothing stored, when its clip has no room for them.
        """

        def change(scenes: list[Scene]) -> Scene | None:
            place = order.place_of(scenes, self)
            if place is None:
                return None
            scenes[place].frames = frames
            return scenes[place]

        return self.project.arrange(change)

    def write(self, *, prompt: str, caption: str, version: int) -> bool:
        """Store the words, unless someone saved others since `version`: then return False."""
        with transaction.atomic():
            mine = Scene.objects.filter(pk=self.pk, version=version)
            if not mine.update(prompt=prompt, caption=caption, version=version + 1):
                self.refresh_from_db(fields=("prompt", "caption", "version"))
                return False
            self.project.touch()
        self.prompt, self.caption, self.version = prompt, caption, version + 1
        return True

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
                Scene.objects.filter(pk=scene.pk).update(deleted_at=at, position=place)

        return self.project.arrange(change)

    def restore(self) -> list[Scene]:
        """Bring a deleted scene back to its place; raise OverBudget when its frames are gone."""

        def change(scenes: list[Scene]) -> Scene:
            if order.place_of(scenes, self) is None:
                self.deleted_at = None
                scenes.insert(min(self.position, len(scenes)), self)
            return self

        return self.project.arrange(change)


class ChosenLora(models.Model):
    TEAM_PATH = "project__team"

    project = models.ForeignKey(Project, models.CASCADE, related_name="loras")
    api_name = models.CharField(max_length=200)
    strength = models.FloatField(default=0.7)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("position", "pk")
        constraints = (
            models.UniqueConstraint(fields=("project", "api_name"), name="lora_once_a_project"),
            models.CheckConstraint(
                condition=models.Q(strength__range=(limits.STRENGTH_MIN, limits.STRENGTH_MAX)),
                name="lora_strength_within_api",
            ),
        )

    def __str__(self) -> str:
        return f"{self.api_name} at {self.strength}"


class ChosenEmbedding(models.Model):
    TEAM_PATH = "project__team"

    project = models.ForeignKey(Project, models.CASCADE, related_name="embeddings")
    api_name = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("position", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("project", "api_name"), name="embedding_once_a_project"
            ),
        )

    def __str__(self) -> str:
        return self.api_name
