"""An earlier state of a story, as one reads it, and beside another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from storyboard.stories import budget
from storyboard.stories.models import Project
from storyboard.stories.telling import FIELDS, Piece, marked


def prompts_of(project: Project) -> dict[int, str]:
    """Return the present words of every scene, deleted ones too, by id."""
    return dict(project.scenes.values_list("pk", "prompt"))


@dataclass(frozen=True)
class SceneThen:
    """A scene as a state holds it."""

    pk: int
    number: int
    prompt: str
    caption: str
    frames: int
    cut: bool

    @property
    def colour(self) -> int:
        return (self.number - 1) % budget.SCENE_COLOURS + 1


class Reading:
    """The scenes and the look of a state by key, as `stored.as_stored` gives it."""

    def __init__(self, state: Mapping[str, Any]) -> None:
        self.state = state
        self.title = state["title"]
        self.scenes = [self._scene(pk, number) for number, pk in enumerate(state["order"], 1)]

    def _scene(self, pk: int, number: int) -> SceneThen:
        def value(name: str, default: Any) -> Any:
            return self.state.get(f"scene.{pk}.{name}") or default

        return SceneThen(
            pk,
            number,
            prompt=value("prompt", ""),
            caption=value("caption", ""),
            frames=value("frames", 0),
            cut=value("cut", False),
        )

    @property
    def frames(self) -> int:
        return sum(scene.frames for scene in self.scenes)

    @property
    def settings(self) -> dict[str, str]:
        """Return the look by name, in words."""
        found = {words: _shown(self.state[f"look.{name}"]) for name, words in FIELDS.items()}
        found["LoRAs"] = ", ".join(f"{name} {weight:g}" for name, weight in self.state["loras"])
        found["embeddings"] = ", ".join(self.state["embeddings"])
        return found

    def settings_unlike(self, other: Reading) -> list[tuple[str, str, str]]:
        """Return the settings that differ: name, value here, value there."""
        theirs = other.settings
        mine = self.settings | {"title": self.title}
        theirs["title"] = other.title
        return [
            (name, value or "none", theirs[name] or "none")
            for name, value in mine.items()
            if value != theirs[name]
        ]


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "" if value is None else str(value)


@dataclass(frozen=True)
class Compared:
    """A scene of one state beside the same scene of another; either may be missing."""

    here: SceneThen | None
    there: SceneThen | None
    pieces: list[Piece] = field(default_factory=list)
    moved: bool = False

    @property
    def same(self) -> bool:
        if self.here is None or self.there is None:
            return False
        mine, theirs = self.here, self.there
        return (mine.prompt, mine.caption, mine.frames, mine.cut) == (
            theirs.prompt,
            theirs.caption,
            theirs.frames,
            theirs.cut,
        ) and not self.moved


def compare(here: Reading, there: Reading) -> list[Compared]:
    """Return every scene of either, in the order of `here`; those it lacks come last.

    `pieces` are the words from `here` to `there`.
    """
    theirs = {scene.pk: scene for scene in there.scenes}
    mine = {scene.pk for scene in here.scenes}
    shared_here = [scene.pk for scene in here.scenes if scene.pk in theirs]
    shared_there = [scene.pk for scene in there.scenes if scene.pk in mine]
    rows = []
    for scene in here.scenes:
        other = theirs.get(scene.pk)
        pieces = marked(scene.prompt, other.prompt) if other else [Piece(scene.prompt, "gone")]
        moved = bool(other) and shared_here.index(scene.pk) != shared_there.index(scene.pk)
        rows.append(Compared(scene, other, pieces, moved))
    rows += [
        Compared(None, scene, [Piece(scene.prompt, "come")])
        for scene in there.scenes
        if scene.pk not in mine
    ]
    return rows
