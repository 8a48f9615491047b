"""What a film holds, frozen: every scene's pick in order, or its words, and the key of it all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from storyboard.exports.models import Film
from storyboard.renders.models import Take
from storyboard.stories.models import Project

# Counted up when the same cut would become another file: then nobody is given an old one.
MAKER = 2
TITLE_SECONDS = 2
# Of a scene's words, what is shown of it at most.
WORDS_MAX = 400


@dataclass(frozen=True)
class Part:
    """A scene's stretch of the film: frames of a take's file, or its words when `file` is ''.

    `first` is its first frame in the file, `fps` frames a second; a file's length and hash are
    0 and '' where they were not written down.
    """

    scene: int
    words: str
    frames: int
    fps: float
    first: int = 0
    file: str = ""
    take: int = 0
    width: int = 0
    height: int = 0
    bytes: int = 0
    sha256: str = ""

    @property
    def rate(self) -> Fraction:
        """Frames a second without the noise of a float."""
        return Fraction(self.fps).limit_denominator(1001)

    @property
    def seconds(self) -> Fraction:
        return self.frames / self.rate

    def as_card(self) -> Part:
        """The same stretch, showing its words."""
        return Part(self.scene, self.words, self.frames, self.fps)


@dataclass(frozen=True)
class Cut:
    """A film's title, the size of its cards where no take gives one, its parts, its team."""

    title: str
    width: int
    height: int
    parts: tuple[Part, ...]
    byline: str = ""

    @property
    def frames(self) -> int:
        """Frames of the scenes, without a title card."""
        return sum(part.frames for part in self.parts)

    @property
    def seconds(self) -> Fraction:
        return sum((part.seconds for part in self.parts), Fraction(0))

    @property
    def size(self) -> tuple[int, int]:
        """Pixels of the film: those of its largest takes, even as H.264 wants them."""
        shown = [part for part in self.parts if part.file]
        width = max((part.width for part in shown), default=self.width)
        height = max((part.height for part in shown), default=self.height)
        return max(2, width // 2 * 2), max(2, height // 2 * 2)

    def as_plan(self) -> dict[str, Any]:
        return asdict(self) | {"parts": [asdict(part) for part in self.parts]}


def cut_of_plan(plan: dict[str, Any]) -> Cut:
    """Read back what `as_plan` wrote."""
    return Cut(**plan | {"parts": tuple(Part(**part) for part in plan["parts"])})


def cut_of(project: Project) -> Cut:
    """Return the film of a project as it is now."""
    scenes = project.scenes.kept().in_order().select_related("pick__take")
    parts = []
    for scene in scenes:
        words = (scene.caption or scene.prompt).strip()[:WORDS_MAX]
        span = scene.pick
        if span is None or not span.frames:
            parts.append(Part(scene.number, words, scene.frames, project.fps))
            continue
        take = span.take
        parts.append(
            Part(
                scene=scene.number,
                words=words,
                frames=span.frames,
                fps=take.fps,
                first=span.first_frame,
                file=take.file,
                take=take.number,
                width=take.width,
                height=take.height,
                **_seal(take),
            )
        )
    return Cut(project.title, project.width, project.height, tuple(parts), project.team.name)


def _seal(take: Take) -> dict[str, Any]:
    """Return what the file that players play must be; nothing where nobody wrote it down."""
    if not take.original:
        return {"bytes": take.bytes, "sha256": take.sha256}
    made: dict[str, Any] = take.made.get(take.file, {})
    return made


def key_of(cut: Cut, kind: str, *, burnt: bool, title_card: bool) -> str:
    """Return the name of this cut made this way; the title card counts only where it is shown."""
    plan = cut.as_plan() | ({} if title_card else {"title": "", "byline": ""})
    how = [MAKER, kind, burnt, title_card, plan]
    return hashlib.sha256(json.dumps(how, sort_keys=True).encode()).hexdigest()


def pieces(parts: Iterable[Part]) -> list[list[Part]]:
    """Put neighbours together that follow each other in one file: they are played through."""
    found: list[list[Part]] = []
    for part in parts:
        last = found[-1][-1] if found else None
        if last and part.file and last.file == part.file and last.first + last.frames == part.first:
            found[-1].append(part)
        else:
            found.append([part])
    return found


def title_seconds(film: Film) -> Fraction:
    return Fraction(TITLE_SECONDS if film.title_card else 0)


@dataclass(frozen=True)
class Cue:
    """A caption, and when it is shown, in seconds of the film."""

    start: Fraction
    end: Fraction
    words: str


def cues_of(parts: Sequence[Part], offset: Fraction) -> list[Cue]:
    """Return a caption for each part that has words, to the frame; cards show theirs anyway."""
    found = []
    at = offset
    for part in parts:
        if part.words and part.file:
            found.append(Cue(at, at + part.seconds, part.words))
        at += part.seconds
    return found
