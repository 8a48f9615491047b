"""The frame budget: what a clip's 128 frames hold, and what still fits (novita-api.md, 1).

Pure arithmetic over scenes in order; nothing here reads or writes the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol, TypeVar

from storyboard.novita import limits

# Frames a second until a take says otherwise: the service's own rate is unknown, this is the
# built-in engine's. Pages label lengths that rest on it as assumed.
FPS_ASSUMED = 8.0
# What a new scene asks for when there is room: two seconds at the assumed rate.
NEW_SCENE_FRAMES = 16
SCENE_COLOURS = 6


class HasFrames(Protocol):
    frames: int
    cut: bool
    locked: bool


AnyScene = TypeVar("AnyScene", bound=HasFrames)


class OverBudget(ValueError):
    """More frames than the clip holds; `fits` is the largest number this scene could have."""

    def __init__(self, over: int, fits: int) -> None:
        self.over = over
        self.fits = fits
        if fits >= limits.FRAMES_MIN:
            words = f"{over} too many for this clip's {limits.CLIP_FRAMES_MAX}: {fits} would fit."
        else:
            words = (
                f"{over} too many for this clip's {limits.CLIP_FRAMES_MAX}. "
                "Take frames from another scene first."
            )
        super().__init__(words)


class NoRoom(ValueError):
    """A clip with fewer frames left than the shortest scene needs."""

    def __init__(self, left: int, *, full: bool) -> None:
        self.left = left
        # Sixteen scenes of eight frames: sharing out cannot make room either.
        self.full = full
        if full:
            words = f"This clip has {limits.SCENES_PER_CLIP_MAX} scenes, as many as one can hold."
        elif left:
            frames = "1 frame is" if left == 1 else f"{left} frames are"
            words = f"Only {frames} left, and a scene needs {limits.FRAMES_MIN}."
        else:
            words = f"All {limits.CLIP_FRAMES_MAX} frames are used."
        super().__init__(words)


@dataclass(frozen=True)
class Row:
    """A scene's place: frames from the story's beginning, and the most it could have."""

    scene: HasFrames
    number: int
    first_frame: int
    fits: int
    fps: float

    @property
    def frames(self) -> int:
        return self.scene.frames

    @property
    def colour(self) -> int:
        return (self.number - 1) % SCENE_COLOURS + 1

    @property
    def seconds(self) -> float:
        return self.frames / self.fps

    @property
    def start(self) -> float:
        return self.first_frame / self.fps

    @property
    def end(self) -> float:
        return (self.first_frame + self.frames) / self.fps


@dataclass(frozen=True)
class Clip:
    number: int
    rows: tuple[Row, ...]

    @property
    def used(self) -> int:
        return sum(row.frames for row in self.rows)

    @property
    def left(self) -> int:
        return limits.CLIP_FRAMES_MAX - self.used


@dataclass(frozen=True)
class Budget:
    clips: tuple[Clip, ...]
    fps: float

    @property
    def rows(self) -> list[Row]:
        return [row for clip in self.clips for row in clip.rows]

    @property
    def used(self) -> int:
        return sum(clip.used for clip in self.clips)

    @property
    def room(self) -> int:
        """Frames of all the clips together."""
        return limits.CLIP_FRAMES_MAX * len(self.clips)

    @property
    def left(self) -> int:
        return self.room - self.used

    @property
    def seconds(self) -> float:
        return self.used / self.fps


def clips(scenes: Iterable[AnyScene]) -> list[list[AnyScene]]:
    """Split scenes in order into clips: a cut begins a new one, and so does the first scene."""
    runs: list[list[AnyScene]] = []
    for scene in scenes:
        if scene.cut or not runs:
            runs.append([])
        runs[-1].append(scene)
    return runs


def lay_out(scenes: Sequence[HasFrames], fps: float = FPS_ASSUMED) -> Budget:
    """Return where each scene stands at `fps` frames a second; at least one, empty, clip."""
    laid: list[Clip] = []
    number = first_frame = 0
    for run in clips(scenes) or [[]]:
        left = limits.CLIP_FRAMES_MAX - sum(scene.frames for scene in run)
        rows = []
        for scene in run:
            number += 1
            fits = min(limits.FRAMES_MAX, max(0, scene.frames + left))
            rows.append(Row(scene, number, first_frame, fits, fps))
            first_frame += scene.frames
        laid.append(Clip(len(laid) + 1, tuple(rows)))
    return Budget(tuple(laid), fps)


def check(scenes: Sequence[HasFrames], changed: HasFrames | None = None) -> None:
    """Raise OverBudget for the first clip that holds too much; `changed` is the scene to blame."""
    for run in clips(scenes):
        over = sum(scene.frames for scene in run) - limits.CLIP_FRAMES_MAX
        if over > 0:
            blamed = changed if changed is not None and changed in run else run[-1]
            raise OverBudget(over, max(0, min(limits.FRAMES_MAX, blamed.frames - over)))


def frames_for_new(clip: Sequence[HasFrames]) -> int:
    """Return what a scene added to this clip gets: 16, or what is left; raise NoRoom below 8."""
    left = limits.CLIP_FRAMES_MAX - sum(scene.frames for scene in clip)
    if left < limits.FRAMES_MIN:
        raise NoRoom(left, full=len(clip) >= limits.SCENES_PER_CLIP_MAX)
    return min(NEW_SCENE_FRAMES, left)


def shrink(frames: Sequence[int], total: int) -> list[int]:
    """Return `frames` scaled down to sum to `total` at most, none below 8.

    Each gives in proportion to what it has above 8; what rounding leaves goes to the scenes
    that lost most by it. Raises NoRoom when even 8 each is too much.
    """
    floor = limits.FRAMES_MIN * len(frames)
    if floor > total:
        raise NoRoom(total - sum(frames), full=True)
    spare = sum(frames) - floor
    if sum(frames) <= total:
        return list(frames)
    exact = [Fraction((n - limits.FRAMES_MIN) * (total - floor), spare) for n in frames]
    given = [int(share) for share in exact]
    order = sorted(range(len(frames)), key=lambda place: given[place] - exact[place])
    for place in order[: total - floor - sum(given)]:
        given[place] += 1
    return [limits.FRAMES_MIN + extra for extra in given]


def share_out(scenes: Sequence[HasFrames], weights: Sequence[float]) -> list[int]:
    """Return frames that fill a clip's 128 in proportion to `weights`, each 8 to 64.

    Scenes that are locked keep theirs. Where the bounds forbid 128, as much as they allow is
    given. Raises NoRoom when what is not locked cannot have 8 each.
    """
    given = {at: scene.frames for at, scene in enumerate(scenes) if scene.locked}
    free = [at for at in range(len(scenes)) if at not in given]
    total = limits.CLIP_FRAMES_MAX - sum(given.values())
    if total < limits.FRAMES_MIN * len(free):
        raise NoRoom(max(0, total), full=len(scenes) >= limits.SCENES_PER_CLIP_MAX)
    while free:
        weight = sum(weights[at] for at in free)
        share = {at: Fraction(total) * Fraction(weights[at]) / Fraction(weight) for at in free}
        low = {at: limits.FRAMES_MIN for at in free if share[at] < limits.FRAMES_MIN}
        high = {at: limits.FRAMES_MAX for at in free if share[at] > limits.FRAMES_MAX}
        # What the bounds add and what they take decides which of them holds for certain.
        added = sum(frames - share[at] for at, frames in (low | high).items())
        settled = (low if added >= 0 else {}) | (high if added <= 0 else {})
        if not settled:
            return _rounded(given, share, len(scenes), total)
        given |= settled
        total -= sum(settled.values())
        free = [at for at in free if at not in settled]
    return [given[at] for at in range(len(scenes))]


def _rounded(
    given: dict[int, int], share: dict[int, Fraction], count: int, total: int
) -> list[int]:
    """Round shares to whole frames of the same sum: who lost most by it gets one more."""
    given |= {at: int(exact) for at, exact in share.items()}
    order = sorted(share, key=lambda at: given[at] - share[at])
    for at in order[: total - sum(given[at] for at in share)]:
        given[at] += 1
    return [given[at] for at in range(count)]


def plan(count: int, clip: Sequence[HasFrames]) -> list[tuple[int, bool]]:
    """Return frames and cut for `count` scenes to be added at the end of a clip.

    They get 16 frames each where that fits, fewer where 8 to 15 do; else as many as fit go
    into the clip, and the others into clips of their own.
    """
    left = limits.CLIP_FRAMES_MAX - sum(scene.frames for scene in clip)
    each = min(NEW_SCENE_FRAMES, left // count) if count else 0
    if each >= limits.FRAMES_MIN:
        return [(each, False)] * count
    here = min(count, left // NEW_SCENE_FRAMES)
    planned = [(NEW_SCENE_FRAMES, False)] * here
    a_clip = limits.CLIP_FRAMES_MAX // NEW_SCENE_FRAMES
    planned += [(NEW_SCENE_FRAMES, at % a_clip == 0) for at in range(count - here)]
    return planned
