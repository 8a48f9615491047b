"""Stories: projects, their scenes, and the models chosen for their look."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.db import models

from storyboard.novita import limits
from storyboard.people.models import Team, User


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
    checkpoint = models.CharField(
        max_length=200, default="darkSushiMixMix_225D_64380.safetensors"
    )
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
