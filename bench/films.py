"""Ten takes joined into one film as they are, against encoding all their pictures anew."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.animatic import FPS, film
from bench.measure import Figure, compare
from storyboard.engine.animatic import draw
from storyboard.exports.cut import Cut, Part
from storyboard.exports.drawing import draw_mp4, shown
from storyboard.exports.joining import join

TAKES = 10
SIDE = 512


def joined() -> Figure:
    """Films of the built-in engine, 128 frames each."""
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        asked = film(SIDE)
        parts = []
        for number in range(1, TAKES + 1):
            name = f"take-{number}.mp4"
            draw(asked, folder / name, seed=number, fps=FPS, progress=lambda frames: None)
            parts.append(Part(number, "", asked.frames, FPS, file=name, width=SIDE, height=SIDE))
        cut = Cut("Ten takes", SIDE, SIDE, tuple(parts))

        def opened(name: str):
            return (folder / name).open("rb")

        def anew() -> int:
            pictures = shown(cut, opened, burnt=False, titled=False)
            return draw_mp4(pictures, folder / "anew.mp4", cut.size, lambda frames: None)

        return compare(
            f"{TAKES} takes of {asked.frames} frames joined into one MP4, to encoding them anew",
            lambda: seconds_of(lambda: join(parts, opened, folder / "joined.mp4")),
            lambda: seconds_of(anew),
            unit="s",
            rounds=3,
        )


def seconds_of(make: Callable[[], int]) -> float:
    start = time.perf_counter()
    make()
    return time.perf_counter() - start
