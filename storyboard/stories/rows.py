"""What is done to the rows of a story: cut, split, merge, duplicate, and several at once.

Each is one arrangement under the project's row lock, so it is stored whole or not at all, and
is one step to undo. All raise OverBudget or NoRoom, with nothing stored, where the frames do
not fit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence

from django.db import transaction

from storyboard.novita import limits
from storyboard.stories import budget, order
from storyboard.stories.models import Project, Scene

SHARES = ("evenly", "text", "fill")
# Where a prompt is best split: behind a sentence, else behind a word.
SENTENCE_END = re.compile(r"[.!?…]+[\"”’)]*\s+|[。！？]\s*|\n+")
WORD_END = re.compile(r"\s+|[、，]")


class Refused(ValueError):
    """The rows stay as they are; the words say why."""


def set_cut(scene: Scene, cut: bool) -> list[Scene]:
    """Let a clip begin with this scene, or let it blend with the one before."""

    def change(scenes: list[Scene]) -> Scene | None:
        place = order.place_of(scenes, scene)
        if place is None or place == 0:
            return None
        scenes[place].cut = cut
        # The clip that grows is named by its last scene: it is the one that cannot stay.
        return None

    return scene.project.arrange(change)


def set_locked(scene: Scene, locked: bool) -> list[Scene]:
    def change(scenes: list[Scene]) -> None:
        place = order.place_of(scenes, scene)
        if place is not None:
            scenes[place].locked = locked

    return scene.project.arrange(change)


def continue_in_new_clip(project: Project, prompt: str = "", after: Scene | None = None) -> Scene:
    """Add a scene that begins a clip; what followed it blends with it as far as there is room."""
    scene = Scene(project=project, prompt=prompt, frames=budget.NEW_SCENE_FRAMES, cut=True)

    def change(scenes: list[Scene]) -> Scene:
        place = order.place_after(scenes, after)
        following = [row for row in order.clip_before(scenes, place) if row in scenes[place:]]
        if following:
            scene.frames = budget.frames_for_new(following)
        scenes.insert(place, scene)
        return scene

    project.arrange(change)
    return scene


def duplicate(scene: Scene) -> Scene:
    """Add a copy below, with as many frames as there are, up to its own."""
    copy = Scene(project=scene.project, prompt=scene.prompt, caption=scene.caption)

    def change(scenes: list[Scene]) -> Scene:
        place = order.place_after(scenes, scene)
        clip = order.clip_before(scenes, place)
        budget.frames_for_new(clip)
        copy.frames = min(scene.frames, limits.CLIP_FRAMES_MAX - sum(row.frames for row in clip))
        scenes.insert(place, copy)
        return copy

    scene.project.arrange(change)
    return copy


def split(scene: Scene, at: int | None = None) -> Scene:
    """Move the words behind character `at` into a scene below, and share the frames by length.

    Without `at` it is the sentence or word nearest to the middle. Raises Refused when one side
    would have no words.
    """
    at = middle_of(scene.prompt) if at is None else at
    first, rest = scene.prompt[:at].strip(), scene.prompt[at:].strip()
    if not first or not rest:
        raise Refused("Put the cursor between two words, and the scene is split there.")
    below = Scene(project=scene.project, prompt=rest)

    def change(scenes: list[Scene]) -> Scene:
        place = order.place_of(scenes, scene)
        if place is None:
            raise Refused("The scene was deleted meanwhile.")
        row = scenes[place]
        room = limits.CLIP_FRAMES_MAX - sum(one.frames for one in order.clip_of(scenes, place))
        both = min(max(row.frames, 2 * limits.FRAMES_MIN), row.frames + room)
        if both < 2 * limits.FRAMES_MIN:
            raise budget.NoRoom(room, full=False)
        share = round(both * len(first) / (len(first) + len(rest)))
        row.frames = max(limits.FRAMES_MIN, min(both - limits.FRAMES_MIN, share))
        below.frames = both - row.frames
        scenes.insert(place + 1, below)
        return row

    _arrange_with_words(scene, first, scene.caption, change)
    return below


def merge(scene: Scene) -> Scene:
    """Join the scene below to this one: words, caption and frames (64 at most)."""
    rows = list(scene.project.scenes.kept().in_order())
    place = order.place_of(rows, scene)
    if place is None or place + 1 >= len(rows):
        raise Refused("There is no scene below to merge with.")
    below = rows[place + 1]
    words = " ".join(part for part in (scene.prompt.strip(), below.prompt.strip()) if part)
    caption = " ".join(part for part in (scene.caption, below.caption) if part)
    if len(words) > limits.PROMPT_MAX or len(caption) > 200:
        raise Refused(
            f"Together they have {len(words)} characters; a prompt holds {limits.PROMPT_MAX}."
        )

    def change(scenes: list[Scene]) -> Scene | None:
        here, there = order.place_of(scenes, scene), order.place_of(scenes, below)
        if here is None or there is None:
            raise Refused("One of the two was deleted meanwhile.")
        row, other = scenes[here], scenes.pop(there)
        order.pass_on_cut(other, scenes)
        row.frames = min(limits.FRAMES_MAX, row.frames + other.frames)
        return row

    _arrange_with_words(scene, words, caption, change)
    return scene


def add_many(project: Project, prompts: Sequence[str], after: Scene | None = None) -> list[Scene]:
    """Add a scene for each prompt, in order; clips begin where one is full."""
    added: list[Scene] = []

    def change(scenes: list[Scene]) -> None:
        place = order.place_after(scenes, after)
        planned = budget.plan(len(prompts), order.clip_before(scenes, place))
        for prompt, (frames, cut) in zip(prompts, planned, strict=True):
            added.append(Scene(project=project, prompt=prompt, frames=frames, cut=cut))
        if any(scene.cut for scene in added) and place < len(scenes):
            scenes[place].cut = True
        scenes[place:place] = added

    project.arrange(change)
    return added


def delete_many(project: Project, pks: Collection[int]) -> list[Scene]:
    def change(scenes: list[Scene]) -> None:
        for scene in [row for row in scenes if row.pk in pks]:
            place = scenes.index(scene)
            scenes.remove(scene)
            if scene.cut and place < len(scenes):
                scenes[place].cut = True

    return project.arrange(change)


def set_frames_of(project: Project, pks: Collection[int], frames: int) -> list[Scene]:
    """Give each of the scenes `frames` (8 to 64)."""

    def change(scenes: list[Scene]) -> Scene | None:
        chosen = [row for row in scenes if row.pk in pks]
        for row in chosen:
            row.frames = frames
        return None

    return project.arrange(change)


def move_many(project: Project, pks: Collection[int], by: int) -> list[Scene]:
    """Move the scenes up (-1) or down (1) past their neighbour, keeping their order."""

    def change(scenes: list[Scene]) -> None:
        cuts = [row.cut for row in scenes]
        places = [at for at, row in enumerate(scenes) if row.pk in pks]
        for at in places if by < 0 else reversed(places):
            to = at + by
            if 0 <= to < len(scenes) and scenes[to].pk not in pks:
                scenes[at], scenes[to] = scenes[to], scenes[at]
        # Cuts stay where they are in the story, so that the clips keep their beginnings.
        for row, cut in zip(scenes, cuts, strict=True):
            row.cut = cut

    return project.arrange(change)


def move_border(scene: Scene, frames: int) -> list[Scene]:
    """Give the scene `frames`, taken from or given to the next one of its clip, if there is one."""

    def change(scenes: list[Scene]) -> Scene | None:
        place = order.place_of(scenes, scene)
        if place is None:
            return None
        row = scenes[place]
        follows = place + 1 < len(scenes) and not scenes[place + 1].cut
        if follows:
            other = scenes[place + 1].frames + row.frames - frames
            if not limits.FRAMES_MIN <= other <= limits.FRAMES_MAX:
                least, most = limits.FRAMES_MIN, limits.FRAMES_MAX
                raise Refused(f"The next scene would have {other} frames; it needs {least}–{most}.")
            scenes[place + 1].frames = other
        row.frames = frames
        return row

    return scene.project.arrange(change)


def share_out(project: Project, clip: int, by: str) -> list[Scene]:
    """Fill clip number `clip` (1 and up) `evenly`, by length of `text`, or to `fill` it.

    Locked scenes keep their frames. Raises NoRoom when the others cannot have 8 each.
    """

    def change(scenes: list[Scene]) -> None:
        runs = budget.clips(scenes)
        if not 1 <= clip <= len(runs):
            return
        run = runs[clip - 1]
        weights = {
            "evenly": [1.0 for _ in run],
            "text": [float(max(1, len(row.prompt))) for row in run],
            "fill": [float(row.frames) for row in run],
        }[by]
        for row, frames in zip(run, budget.share_out(run, weights), strict=True):
            row.frames = frames

    return project.arrange(change)


def middle_of(words: str) -> int:
    """Return where to split a text: the end of a sentence or a word nearest to its middle."""
    for ends in (SENTENCE_END, WORD_END):
        places = [found.end() for found in ends.finditer(words) if 0 < found.end() < len(words)]
        if places:
            return min(places, key=lambda place: abs(place - len(words) / 2))
    return len(words) // 2


def _arrange_with_words(
    scene: Scene, prompt: str, caption: str, change: Callable[[list[Scene]], Scene | None]
) -> None:
    """Arrange, and store the scene's words with it; Refused where others wrote in it meanwhile."""
    with transaction.atomic():
        also = scene.rewrite(prompt=prompt, caption=caption, version=scene.version)
        if also is None:
            raise Refused("Somebody else changed these words just now. Look at them first.")
        scene.project.arrange(change, also=also)
