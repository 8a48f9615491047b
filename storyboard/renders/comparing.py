"""Two takes beside each other: which parts are shown, and what they were not asked for alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from storyboard.renders import offers
from storyboard.renders.models import Span, Take
from storyboard.stories.models import Scene
from storyboard.stories.telling import Piece, marked

# What of a request is shown where it differs, under the words that the look panel has for it.
SETTINGS = {
    "model_name": "Checkpoint",
    "steps": "Steps",
    "guidance_scale": "Guidance",
    "clip_skip": "Clip skip",
    "closed_loop": "Closed loop",
}


@dataclass(frozen=True)
class Side:
    """One of the two: a whole take, or the span of it that shows the scene in question."""

    take: Take
    span: Span | None
    # Whether the story shows it now.
    shown: bool

    @property
    def start(self) -> float:
        """Seconds from the take's beginning."""
        return self.span.start if self.span else 0.0

    @property
    def seconds(self) -> float:
        return self.frames / self.take.fps

    @property
    def end(self) -> float:
        """Seconds from the take's beginning."""
        return self.start + self.seconds

    @property
    def frames(self) -> int:
        return self.span.frames if self.span else self.take.frames


@dataclass(frozen=True)
class Difference:
    """One thing that differs: two values, or for words both as one text with marks."""

    name: str
    left: str = ""
    right: str = ""
    pieces: tuple[Piece, ...] = ()


def chosen(takes: Sequence[Take], numbers: Sequence[str]) -> tuple[Take, Take] | None:
    """Return the two takes to compare, the older one first; None while there are not two.

    `takes` are those that can be watched, the newest first. Numbers that are none of theirs are
    passed over; what is missing is made up by the newest.
    """
    wanted = [take for take in takes if str(take.number) in numbers][:2]
    wanted += [take for take in takes if take not in wanted][: 2 - len(wanted)]
    if len(wanted) < 2:
        return None
    one, other = sorted(wanted, key=lambda take: take.number)
    return one, other


def common_scenes(scenes: Sequence[Scene], takes: Sequence[Take]) -> list[Scene]:
    """Return the scenes of the story that every one of the takes has a span for."""
    shown = [{span.scene_id for span in take.spans.all()} for take in takes]
    return [scene for scene in scenes if all(scene.pk in ids for ids in shown)]


def side(take: Take, scene: Scene | None, scenes: Sequence[Scene]) -> Side:
    """Return a take as it is compared: in whole, or by its span for the scene."""
    if scene is None:
        picks = {row.pk: row.pick_id or 0 for row in scenes}
        return Side(take, None, offers.stands(take, picks))
    span = next(span for span in take.spans.all() if span.scene_id == scene.pk)
    return Side(take, span, scene.pick_id == span.pk)


def differences(left: Side, right: Side, scenes: Sequence[Scene]) -> list[Difference]:
    """Return what differs between two sides, words first; empty where all was asked alike."""
    return [*_words(left, right, scenes), *_settings(left.take, right.take), *_lengths(left, right)]


def _words(left: Side, right: Side, scenes: Sequence[Scene]) -> Iterator[Difference]:
    numbers = {scene.pk: scene.number for scene in scenes}
    ours, theirs = _prompts(left), _prompts(right)
    for key in sorted({*ours, *theirs}, key=lambda key: (numbers.get(key[0], 10**6), key[1])):
        before, after = ours.get(key, ""), theirs.get(key, "")
        if before != after:
            number = numbers.get(key[0])
            name = f"Words of scene {number}" if number else "Words of a scene that is gone"
            yield Difference(name, pieces=tuple(marked(before, after)))
    before, after = (
        str(one.take.render.request.get("negative_prompt") or "") for one in (left, right)
    )
    if before != after:
        yield Difference("Negative prompt", pieces=tuple(marked(before, after)))


def _prompts(one: Side) -> dict[tuple[int, int], str]:
    """Return the words of each span; by its scene, or by its place where the scene is gone."""
    spans = [one.span] if one.span else one.take.spans.all()
    return {(span.scene_id or 0, 0 if span.scene_id else span.order): span.prompt for span in spans}


def _settings(left: Take, right: Take) -> Iterator[Difference]:
    yield from _differing("Seed", _seed(left), _seed(right))
    yield from changed_settings(settings_of(left), settings_of(right))


def changed_settings(before: dict[str, str], after: dict[str, str]) -> Iterator[Difference]:
    """Yield what differs between two answers of `settings_of`, in their order."""
    for name in {**before, **after}:
        yield from _differing(name, before.get(name, "not used"), after.get(name, "not used"))


def settings_of(take: Take) -> dict[str, str]:
    """Return what a take was made with, by the names people know: all but words, seed and size."""
    request = take.render.request
    found = {name: _value(request.get(key)) for key, name in SETTINGS.items()}
    for name, key, field in (("LoRA", "loras", "strength"), ("Embedding", "embeddings", "")):
        extras = _extras(request, key, field)
        found |= {f"{name} {model}": extras[model] for model in sorted(extras)}
    return found | {"Service": take.render.engine}


def _lengths(left: Side, right: Side) -> Iterator[Difference]:
    yield from _differing("Length", f"{left.frames} frames", f"{right.frames} frames")
    ours, theirs = left.take, right.take
    size = f"{ours.width} × {ours.height}", f"{theirs.width} × {theirs.height}"
    yield from _differing("Size", *size)
    yield from _differing("Frames a second", f"{ours.fps:g}", f"{theirs.fps:g}")


def _differing(name: str, left: str, right: str) -> Iterator[Difference]:
    if left != right:
        yield Difference(name, left, right)


def _seed(take: Take) -> str:
    """Return the seed that the service used, or what was asked for where it told none."""
    asked = take.render.request.get("seed")
    return take.seed or ("random" if asked in (None, -1) else str(asked))


def _value(value: object) -> str:
    match value:
        case None | False | "":
            return "off"
        case True:
            return "on"
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def _extras(request: dict[str, Any], key: str, field: str) -> dict[str, str]:
    rows = request.get(key) or []
    return {row["model_name"]: f"{row[field]:g}" if field else "used" for row in rows}
