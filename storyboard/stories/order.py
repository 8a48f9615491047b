"""Where a scene stands among a story's others; pure, so that a lock can be held around it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Sequence
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


def end_of_clip(scenes: Sequence[Placed], place: int) -> int:
    """Return the first place from `place` on where a clip ends: before a cut, or below all."""
    cuts = (at for at in range(place, len(scenes)) if scenes[at].cut)
    return next(cuts, len(scenes))


def clip_of(scenes: Sequence[AnyPlaced], place: int) -> list[AnyPlaced]:
    """Return the clip that holds the scene at `place`."""
    return clip_before(scenes, place + 1)


def pass_on_cut(scene: Placed, others: Sequence[Placed]) -> None:
    """Give the cut of a scene that was taken out to the one that follows it."""
    if scene.cut and scene.position < len(others):
        others[scene.position].cut = True
    scene.cut = False


def merge(now: Sequence[int], before: Sequence[int], after: Sequence[int]) -> list[int]:
    """Return `now` with what changed from `before` to `after`, and nothing else, changed too.

    Scenes that others put in, took out or moved meanwhile stay so.
    """
    if now == before:
        return list(after)
    gone = set(before) - set(after)
    come = set(after) - set(before)
    moved = _moved([pk for pk in before if pk not in gone], [pk for pk in after if pk not in come])
    kept = [pk for pk in now if pk not in gone]
    return rejoin(kept, after, (moved & set(kept)) | come)


def rejoin(now: Sequence[int], after: Sequence[int], moving: Collection[int]) -> list[int]:
    """Return `now` with each of `moving` put behind whatever it stands behind in `after`."""
    result = [pk for pk in now if pk not in moving]
    for place, pk in enumerate(after):
        if pk in moving:
            ahead = next((one for one in reversed(after[:place]) if one in result), None)
            result.insert(0 if ahead is None else result.index(ahead) + 1, pk)
    return result


def _moved(before: Sequence[int], after: Sequence[int]) -> set[int]:
    """Return the fewest scenes whose moving turns `before` into `after`, one order of the same."""
    place = {pk: at for at, pk in enumerate(before)}
    # The longest run of scenes that kept their order among each other stayed where it was.
    tails: list[int] = []
    ends: list[int] = []
    behind: dict[int, int | None] = {}
    for pk in after:
        at = bisect_left(tails, place[pk])
        tails[at : at + 1] = [place[pk]]
        ends[at : at + 1] = [pk]
        behind[pk] = ends[at - 1] if at else None
    stayed = set()
    last = ends[-1] if ends else None
    while last is not None:
        stayed.add(last)
        last = behind[last]
    return set(after) - stayed
