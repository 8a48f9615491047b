"""A script beside the story it goes into: what is new, changed, the same, and gone."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from storyboard.novita import limits
from storyboard.stories import budget
from storyboard.stories.history import write_look
from storyboard.stories.models import Project, Scene
from storyboard.stories.revisions import Changes, Kind
from storyboard.stories.scripts.passages import Row
from storyboard.stories.stored import look_as_stored

# Two prompts that share this much of their pieces are one scene, rewritten.
ALIKE = 0.5
# Rows and scenes that are looked at side by side: a thousand rows have twenty scenes each.
PAIRS_MAX = 20_000


@dataclass
class Match:
    """A row of the script and the scene it stands for; either may be missing."""

    row: Row | None
    scene: Scene | None

    @property
    def kind(self) -> str:
        if self.scene is None:
            return "added"
        if self.row is None:
            return "gone"
        return "same" if self.row.prompt.strip() == self.scene.prompt.strip() else "changed"


def compare(rows: Sequence[Row], scenes: Sequence[Scene]) -> list[Match]:
    """Return every row in order with its scene, and then the scenes that no row stands for.

    Equal prompts find one another first. A row that is left takes the scene most like it; where
    rows are many, of those alone that stand near to where it would.
    """
    same: dict[str, deque[int]] = defaultdict(deque)
    for place, scene in enumerate(scenes):
        same[scene.prompt.strip()].append(place)
    found: dict[int, int] = {}
    for number, row in enumerate(rows):
        if places := same.get(row.prompt.strip()):
            found[number] = places.popleft()
    left = sorted(set(range(len(scenes))) - set(found.values()))
    pieces = {place: _pieces(scenes[place].prompt) for place in left}
    reach = PAIRS_MAX // 2 // max(1, len(rows) - len(found))
    here = 0
    for number, row in enumerate(rows):
        if number not in found:
            own, middle = _pieces(row.prompt), bisect_left(left, here)
            near = left[max(0, middle - reach) : middle + reach]
            best = max(near, key=lambda place: _likeness(own, pieces[place]), default=None)
            if best is not None and _likeness(own, pieces[best]) >= ALIKE:
                found[number] = best
                left.remove(best)
        here = found.get(number, here) + 1
    matches = [
        Match(row, scenes[found[number]] if number in found else None)
        for number, row in enumerate(rows)
    ]
    return matches + [Match(None, scenes[place]) for place in left if scenes[place].prompt.strip()]


def _pieces(prompt: str) -> set[str]:
    """Return each three characters that follow one another, and how the prompt begins and ends."""
    text = f" {prompt.strip()} "
    return {text[at : at + 3] for at in range(len(text) - 2)}


def _likeness(one: set[str], other: set[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other) or 1)


def bring_in(
    project: Project,
    rows: Sequence[tuple[Row, int | None]],
    gone: set[int],
    look: Mapping[str, Any] | None = None,
) -> list[Scene]:
    """Put the rows into the story as one step to undo; return its scenes.

    Each row comes with the id of the scene that it rewrites, or None to add one. Rewritten
    scenes keep their frames and takes; added ones stand behind the row before them. Scenes
    named in `gone` are deleted; clips are cut where one would be overfull. Ids of scenes that
    are not in the story any more are taken as None.
    """
    with transaction.atomic():
        Project.objects.select_for_update().only("pk").get(pk=project.pk)
        kept = {scene.pk: scene for scene in project.scenes.kept()}
        before = look_as_stored(project)
        also: Changes = {
            key: [before[key], look[key]] for key in write_look(project, look or {}) if look
        }
        for row, pk in rows:
            scene = kept.get(pk or 0)
            if scene is not None and (scene.prompt, scene.caption) != (row.prompt, row.caption):
                words: dict[str, Any] = {"prompt": row.prompt, "caption": row.caption}
                also |= scene.rewrite(**words, version=scene.version) or {}

        def change(scenes: list[Scene]) -> None:
            place = _place_before_empty(scenes)
            for row, pk in rows:
                here = next((at for at, one in enumerate(scenes) if one.pk == pk and pk), None)
                if here is not None:
                    place = here + 1
                    continue
                frames = row.frames or budget.NEW_SCENE_FRAMES
                made = Scene(project=project, frames=frames, cut=row.cut and place > 0)
                made.prompt, made.caption = row.prompt, row.caption
                scenes.insert(place, made)
                place += 1
            scenes[:] = [one for one in scenes if one.pk is None or one.pk not in gone]
            _cut_where_full(scenes)

        return project.arrange(change, kind=Kind.IMPORT, also=also)


def _place_before_empty(scenes: list[Scene]) -> int:
    """Take the empty scene that a new story begins with away; return where rows go, the end."""
    if len(scenes) == 1 and not scenes[0].prompt.strip():
        scenes.clear()
    return len(scenes)


def _cut_where_full(scenes: list[Scene]) -> None:
    used = 0
    for scene in scenes:
        if scene.cut or used + scene.frames > limits.CLIP_FRAMES_MAX:
            scene.cut = scene is not scenes[0]
            used = 0
        used += scene.frames
