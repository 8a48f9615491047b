"""A script beside the story it goes into: what is new, changed, the same, and gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.db import transaction

from storyboard.novita import limits
from storyboard.stories import budget
from storyboard.stories.history import write_look
from storyboard.stories.models import Project, Scene
from storyboard.stories.revisions import Changes, Kind
from storyboard.stories.scripts.passages import Row
from storyboard.stories.stored import look_as_stored

# Two prompts that share this much are one scene, rewritten.
ALIKE = 0.6


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
    """Return every row in order with its scene, and then the scenes that no row stands for."""
    left = list(scenes)
    found: list[Scene | None] = [None] * len(rows)
    for place, row in enumerate(rows):
        same = next((one for one in left if one.prompt.strip() == row.prompt.strip()), None)
        if same is not None:
            found[place] = same
            left.remove(same)
    for place, row in enumerate(rows):
        if found[place] is None:
            best = max(left, key=lambda scene: _likeness(row, scene), default=None)
            if best is not None and _likeness(row, best) >= ALIKE:
                found[place] = best
                left.remove(best)
    matches = [Match(row, scene) for row, scene in zip(rows, found, strict=True)]
    return matches + [Match(None, scene) for scene in left if scene.prompt.strip()]


def _likeness(row: Row, scene: Scene) -> float:
    pair = SequenceMatcher(None, row.prompt, scene.prompt, autojunk=False)
    # The quick ones are upper bounds, and nearly always enough to say no.
    if pair.real_quick_ratio() < ALIKE or pair.quick_ratio() < ALIKE:
        return 0.0
    return pair.ratio()


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
