"""Stories: projects, their scenes, and the models chosen for their look."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.apps import apps
from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models, transaction
from django.utils import timezone
from django.utils.functional import cached_property

from storyboard.novita import limits
from storyboard.people.access import guest_stories_of, teams_of
from storyboard.people.models import Team, User
from storyboard.people.roles import Ability
from storyboard.stories import budget, order
from storyboard.stories.chosen import ChosenEmbedding as ChosenEmbedding
from storyboard.stories.chosen import ChosenLora as ChosenLora
from storyboard.stories.explaining import BLENDING
from storyboard.stories.explaining import Read as Read
from storyboard.stories.revisions import Changes, Kind, record
from storyboard.stories.revisions import Revision as Revision
from storyboard.stories.scene import Scene as Scene


class ProjectQuerySet(models.QuerySet["Project"]):
    def kept(self) -> ProjectQuerySet:
        return self.filter(deleted_at=None)

    def in_teams_of(self, user: User) -> ProjectQuerySet:
        """Keep the stories of the teams that this person is in."""
        return self.kept().filter(team__memberships__user=user)

    def shared_with(self, user: User) -> ProjectQuerySet:
        """Keep the stories that this person is let in to as a guest, and by no team."""
        theirs = self.kept().filter(pk__in=guest_stories_of(user))
        return theirs.exclude(team__in=teams_of(user).order_by().values("pk"))

    def for_page(self, person: User) -> ProjectQuerySet:
        """Bring along, in the same query, what the editor's page asks of a project itself."""
        takes = apps.get_model("renders", "Take").objects.filter(project=models.OuterRef("pk"))
        return self.select_related(
            "team__api_key"
        ).annotate(  # type: ignore[no-redef]
            fps_measured=models.Subquery(takes.order_by("-number").values("fps")[:1]),
            knows_blending=models.Exists(Read.objects.filter(person=person, what=BLENDING)),
        )

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
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
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
    PROJECT_PATH = ""
    # Who asks, and what they may do with it; set by `access.find`.
    person: User | None = None
    abilities: frozenset[Ability] = frozenset()
    # Whether who asks has read how scenes blend; None where `for_page` was not asked.
    knows_blending: bool | None = None

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

    def arrange(
        self,
        change: Callable[[list[Scene]], Scene | None],
        *,
        kind: Kind = Kind.EDIT,
        also: Changes | None = None,
    ) -> list[Scene]:
        """Let `change` edit the list of scenes in order, and store what it leaves.

        A scene that it takes out of the list is deleted, one that it puts in is brought back.
        `also` are changes beside those of the list that belong to the same revision.

        The project's row is locked meanwhile, so that no two arrangements, however concurrent,
        can together store a clip over its budget. `change` returns the scene to blame for an
        overdraft. Raises OverBudget, with nothing stored, when a clip would hold too much.
        """
        with transaction.atomic():
            self.lock()
            scenes = list(self.scenes.kept().in_order())
            was = {scene.pk: scene.arrangement for scene in scenes}
            blamed = change(scenes)
            budget.check(scenes, blamed)
            moved = []
            changes: Changes = {}
            for position, scene in enumerate(scenes):
                scene.position, scene.deleted_at = position, None
                before = was.get(scene.pk)
                if scene.pk is None:
                    scene.save()
                    changes |= scene.as_created()
                elif before is None or before != scene.arrangement:
                    moved.append(scene)
                    changes |= scene.as_changed(before or scene.arrangement)
            Scene.objects.bulk_update(moved, ("position", "deleted_at", *Scene.ARRANGED))
            ids = [scene.pk for scene in scenes]
            gone = set(was) - set(ids)
            if gone:
                self.scenes.filter(pk__in=gone, deleted_at=None).update(
                    deleted_at=timezone.now(), deleted_by=self.person
                )
            record(self, changes | {"order": [list(was), ids]} | (also or {}), kind=kind)
            self.touch()
        return scenes

    def lock(self) -> None:
        """Let nobody else arrange the story until the transaction ends."""
        Project.objects.select_for_update().only("pk").get(pk=self.pk)

    def rename(self, title: str) -> None:
        """Give it another title of 1 to 120 characters."""
        with transaction.atomic():
            was = Project.objects.select_for_update().only("title").get(pk=self.pk).title
            self.title = title
            self.save(update_fields=("title", "updated_at"))
            record(self, {"title": [was, title]})
            self.touch()

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
        self.deleted_at, self.deleted_by = at, self.person
        self.save(update_fields=("deleted_at", "deleted_by"))

    def restore(self) -> bool:
        """Take the project out of the bin; False when it is in there no more."""
        self.deleted_at = None
        binned = Project.objects.filter(pk=self.pk).exclude(deleted_at=None)
        return bool(binned.update(deleted_at=None))

    def hold(self) -> bool:
        """Lock the row until the transaction ends; False where the story went from its team or
        to the bin since it was read."""
        rows = Project.objects.select_for_update().kept()
        return rows.filter(pk=self.pk, team=self.team_id).exists()
