"""Words as pictures: which font draws which character, where lines break, which way they run.

Newsreader draws Latin; DejaVu Sans Greek, Cyrillic, Armenian, Georgian, Hebrew and Arabic; Noto
Sans Devanagari and Thai; Droid Sans Fallback Chinese, Japanese and Korean. What none of them has
(emoji, other scripts) is left out, never drawn as a box, and `undrawable` names it.
"""

from __future__ import annotations

import json
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from PIL import Image, ImageDraw, ImageFont, features

FONTS = Path(__file__).with_name("fonts")
# The one that pages are set in lies with what browsers load.
SERVED = Path(settings.BASE_DIR, "static", "vendor", "fonts")
LINE_HEIGHT = 1.38
# Drawn between others, and by no font.
SILENT = {"Cf", "Cc", "Mn"}


@dataclass(frozen=True)
class Face:
    """A font file, and the characters it draws, as first and last ones in order."""

    path: Path
    firsts: Sequence[int]
    lasts: Sequence[int]

    def draws(self, character: str) -> bool:
        place = bisect_right(self.firsts, ord(character)) - 1
        return place >= 0 and ord(character) <= self.lasts[place]


@cache
def faces() -> list[Face]:
    """Return the fonts in the order in which they are tried."""
    covered = json.loads((FONTS / "coverage.json").read_text())
    found = []
    for name, ranges in covered.items():
        place = next(folder / name for folder in (SERVED, FONTS) if (folder / name).exists())
        firsts, lasts = zip(*ranges, strict=True)
        found.append(Face(place, firsts, lasts))
    return found


@cache
def _font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size)


def face_of(character: str) -> Face | None:
    return next((face for face in faces() if face.draws(character)), None)


def undrawable(words: str) -> list[str]:
    """Return the characters that no font has, each once, in their order."""
    return list(dict.fromkeys(ch for ch in words if _visible(ch) and face_of(ch) is None))


def _visible(character: str) -> bool:
    return not character.isspace() and unicodedata.category(character) not in SILENT


def _drawable(words: str) -> str:
    """Return the words without what no font has, and without its joiners."""
    gone = set(undrawable(words))
    kept = "".join(ch for ch in words if ch not in gone and not 0xFE00 <= ord(ch) <= 0xFE0F)
    return "\n".join(" ".join(line.split()) for line in kept.splitlines())


@dataclass(frozen=True)
class Run:
    """Characters that one font draws together."""

    words: str
    font: ImageFont.FreeTypeFont

    @property
    def width(self) -> float:
        return self.font.getlength(self.words)


def runs(line: str, size: int) -> list[Run]:
    """Cut a line where the font must change, as seldom as can be; in the order of reading."""
    whole = next((face for face in faces() if all(_takes(face, ch) for ch in line)), None)
    if whole is not None:
        return [Run(line, _font(whole.path, size))]
    found: list[tuple[str, Face]] = []
    for character in line:
        before = found[-1] if found else None
        if before and _takes(before[1], character):
            found[-1] = (before[0] + character, before[1])
        else:
            found.append((character, face_of(character) or faces()[0]))
    return [Run(words, _font(face.path, size)) for words, face in found]


def _takes(face: Face, character: str) -> bool:
    return face.draws(character) or not _visible(character)


def width(line: str, size: int) -> float:
    return sum(run.width for run in runs(line, size))


def right_to_left(line: str) -> bool:
    """Whether a line runs so: by its first character that has a direction."""
    for character in line:
        way = unicodedata.bidirectional(character)
        if way in ("L", "R", "AL"):
            return way != "L"
    return False


def lines_of(words: str, size: int, room: float) -> list[str]:
    """Break words into lines of at most `room` pixels, within a word only where it is longer."""
    found = []
    for paragraph in _drawable(words).splitlines():
        line = ""
        for piece in _pieces(paragraph):
            if line.strip() and width((line + piece).rstrip(), size) > room:
                found.append(line.strip())
                line = ""
            while width(piece.rstrip(), size) > room and len(piece) > 1:
                fits = _fitting(piece, size, room)
                found.append(piece[:fits])
                piece = piece[fits:]
            line += piece
        found.append(line.strip())
    return [line for line in found if line]


def _pieces(paragraph: str) -> Iterator[str]:
    """Yield what may not be parted: words with the space after them, and single ideographs."""
    piece = ""
    for character in paragraph:
        wide = unicodedata.east_asian_width(character) in "WF"
        # What ends a sentence or a bracket stays with what it ends.
        if wide and not unicodedata.category(character).startswith("P"):
            if piece:
                yield piece
            piece = character
        elif character == " ":
            yield piece + character
            piece = ""
        else:
            piece += character
    if piece:
        yield piece


def _fitting(piece: str, size: int, room: float) -> int:
    """Return how many characters fit, one at least, without parting a letter from its marks."""
    fits = 1
    while fits < len(piece) and width(piece[: fits + 1], size) <= room:
        fits += 1
    while fits > 1 and unicodedata.category(piece[fits]).startswith("M"):
        fits -= 1
    return fits


def fitted(words: str, largest: int, least: int, room: tuple[int, int]) -> tuple[list[str], int]:
    """Return lines and the largest size at which they fit into `room`; cut short at the least."""
    for size in range(largest, least, -1):
        lines = lines_of(words, size, room[0])
        if len(lines) * size * LINE_HEIGHT <= room[1]:
            return lines, size
    lines = lines_of(words, least, room[0])
    kept = max(1, int(room[1] / (least * LINE_HEIGHT)))
    if len(lines) > kept:
        lines = [*lines[: kept - 1], f"{lines[kept - 1]} …"]
    return lines, least


def draw_lines(
    picture: Image.Image, lines: Sequence[str], size: int, top: float, ink: tuple[int, int, int]
) -> None:
    """Draw lines one below the other, each in the picture's middle."""
    pen = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        parts = runs(line, size)
        backwards = right_to_left(line)
        place = (picture.width - sum(part.width for part in parts)) / 2
        # The baseline, so that fonts of different makers stand on one.
        base = top + number * size * LINE_HEIGHT + size * 1.05
        for part in reversed(parts) if backwards else parts:
            # Without Raqm (libfribidi missing) letters are neither joined nor turned round.
            way = ("rtl" if backwards else "ltr") if features.check("raqm") else None
            pen.text((place, base), part.words, ink, part.font, anchor="ls", direction=way)
            place += part.width
