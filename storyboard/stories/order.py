"""Where a scene stands among a story's others; pure, so that a lock can be held around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from storyboard.stories import budget


class Placed(budget.HasFrames, Protocol):
    pk: Any  # an int once stored, else None
    position: int


AnyPlaced = TypeVar("AnyPlaced", bound=Placed)


def place_of(scenes: Sequence[Placed], scene: Placed) -> int | None:
    """Return where a scene stands now, or None when it was deleted meanwhile."""
    return next((place for place, row in enumerate(scenes) if row.pk == scene.pk), None)


def place_after(scenes: Sequence[Placed], scene: Placed | None) -> int:
    """Return the place below a scene, or below all when it is gone or none is meant."""
    place = place_of(scenes, scene) if scene else None
    return len(scenes) if place is None else place + 1


def clip_before(scenes: Sequence[AnyPlaced], place: int) -> list[AnyPlaced]:
    """Return the clip that a blended scene put at `place` would join."""
    at = 0
    for clip in budget.clips(scenes):
        at += len(clip)
        if place <= at:
            return clip
    return []


def pass_on_cut(scene: Placed, others: Sequence[Placed]) -> None:
    """Give the cut of a scene that was taken out to the one that follows it."""
    if scene.cut and scene.position < len(others):
        others[scene.position].cut = True
    scene.cut = False
