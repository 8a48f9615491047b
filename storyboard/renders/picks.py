"""What people do with takes: pick one scene of it, hold that, name, star, bin, use its look."""

from __future__ import annotations

import json
from datetime import datetime

from django.db import transaction

from storyboard.looks.choosing import changing
from storyboard.renders.models import Span, Take
from storyboard.renders.states import NotPossible
from storyboard.stories.history import write_look
from storyboard.stories.models import Project, Scene
from storyboard.stories.scripts.looks import carried, checked
from storyboard.stories.scripts.passages import Unreadable
from storyboard.stories.scripts.tabled import read_request


def pick(span: Span, scene: Scene) -> None:
    """Let one scene of a take stand for a scene of the same story, which need not be its own.

    Raises NotPossible for a take in the bin and for another story's scene.
    """
    if span.take.binned_at or span.take.project_id != scene.project_id:
        raise NotPossible("That take is in the bin, or of another story.")
    Scene.objects.kept().filter(pk=scene.pk).update(pick=span)


def pin(scene: Scene, *, on: bool) -> None:
    """Hold a scene's pick against takes that come later; raise NotPossible without a pick."""
    scenes = Scene.objects.kept().filter(pk=scene.pk)
    if not (scenes.exclude(pick=None) if on else scenes).update(pinned=on):
        raise NotPossible("There is no take yet that could be held.")


def bin_take(take: Take, at: datetime) -> None:
    """Put a take into the bin; its scenes show their newest other take, or none.

    Its file and its receipt stay: what was paid for is never deleted by this.
    """
    with transaction.atomic():
        Project.objects.select_for_update().only("pk").get(pk=take.project_id)
        Take.objects.filter(pk=take.pk, binned_at=None).update(binned_at=at)
        for scene in Scene.objects.filter(pick__take=take):
            others = Span.objects.filter(scene=scene, take__binned_at=None, take__lost_at=None)
            newest = others.order_by("-take__number", "order").first()
            Scene.objects.filter(pk=scene.pk).update(pick=newest, pinned=False)


def restore_take(take: Take) -> None:
    """Take it out of the bin; it stands for a scene once it is picked again."""
    Take.objects.filter(pk=take.pk).update(binned_at=None)


def use_settings(take: Take) -> None:
    """Give the story the look that the take was made with, as one step to undo.

    The seed is the one that the service used. Raises NotPossible when today's rules forbid it.
    """
    project = take.project
    request = dict(take.render.request)
    if take.seed.isdecimal():
        request["seed"] = int(take.seed)
    try:
        look = checked(carried(read_request(json.dumps(request)).look), project)
    except Unreadable as exc:
        raise NotPossible("Its look breaks a rule that holds by now. Nothing was changed.") from exc
    with changing(project):
        write_look(project, look)
