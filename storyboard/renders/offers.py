"""Letting a whole take stand for its scenes, and leaving one aside that came late."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from storyboard.renders.models import Take
from storyboard.renders.states import NotPossible
from storyboard.stories.models import Project, Scene


def stands(take: Take, picks: dict[int, int]) -> bool:
    """Whether every scene of the take that is still in the story shows it.

    `picks` has the span that stands for each scene of the story, by the scene's id; 0 is none.
    """
    spans = [span for span in take.spans.all() if span.scene_id in picks]
    return all(picks[span.scene_id] == span.pk for span in spans if span.scene_id)


def use(take: Take, at: datetime) -> None:
    """Let the take stand for each of its scenes; the other takes stay, to be used again.

    Raises NotPossible when none of its scenes is in the story any more.
    """
    with transaction.atomic():
        Project.objects.select_for_update().only("pk").get(pk=take.project_id)
        scenes = Scene.objects.kept().filter(project=take.project_id)
        changed = [
            scenes.filter(pk=span.scene_id).update(pick=span, pinned=False)
            for span in take.spans.all()
            if span.scene_id
        ]
        if not any(changed):
            raise NotPossible("None of its scenes is in the story any more.")
        Take.objects.filter(pk=take.pk).update(decided_at=at)


def leave(take: Take, at: datetime) -> None:
    """Let a take that came late offer itself no more; it stays among the takes."""
    Take.objects.filter(pk=take.pk).update(decided_at=at)
