"""Where the view is, on the way through a film, and the strips of ground it passes."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from PIL import Image

from storyboard.engine.animatic.plate import Plate, Sprite


def eased(moment: float) -> float:
    """Return 0 to 1 with a slow start and a slow end."""
    return moment * moment * (3 - 2 * moment)


def whole_turns(speed: float, frames: int) -> float:
    """Return the speed nearest to `speed`, in radians a frame, that comes round in `frames`.

    `speed` itself for 0 frames: a film that need not come round.
    """
    if not frames:
        return speed
    return max(1, round(speed * frames / math.tau)) * math.tau / frames


class Travel(NamedTuple):
    """Where the camera and the light are: a view's share, a place of 0 to 1, a slide of ±0.5."""

    grow: float
    light_at: tuple[float, float]
    slide: float
    # Where each subject stands, by picture and number.
    at: dict[tuple[str, int], float]

    def towards(self, other: Travel, share: float) -> Travel:
        """Return the way to `other`, by a share of 0 to 1."""
        (x, y), (to_x, to_y) = self.light_at, other.light_at
        return Travel(
            self.grow + (other.grow - self.grow) * share,
            (x + (to_x - x) * share, y + (to_y - y) * share),
            self.slide + (other.slide - self.slide) * share,
            # Who is in both scenes goes from one place to the other; the rest stays.
            {
                **other.at,
                **{
                    who: place + (other.at.get(who, place) - place) * share
                    for who, place in self.at.items()
                },
            },
        )


class Layer:
    """A strip of ground: only its upper edge needs a mask, below it is opaque."""

    def __init__(self, drawn: Image.Image) -> None:
        self.width = drawn.width
        alpha = np.asarray(drawn.getchannel("A"))
        # Rows are even, so that the halved colour planes meet where the whole one does.
        self.top = int(np.argmax(alpha.any(axis=1))) // 2 * 2
        # Below the last row that can be seen through.
        clear = int(np.argmax(np.append(alpha.min(axis=1)[::-1] < 255, True)))
        self.solid = min(drawn.height, -(-(drawn.height - clear) // 2) * 2)
        self.edge = Sprite(drawn.crop((0, self.top, drawn.width, self.solid)))
        self._below: Image.Image | None = drawn.crop(
            (0, self.solid, drawn.width, drawn.height)
        ).convert("RGB")
        self.body: Plate | None = None

    def hide_below(self, row: int) -> None:
        """Forget what a nearer layer covers at every place, from `row` down."""
        if self._below is not None:
            self._below = self._below.crop((0, 0, self.width, max(0, row - self.solid)))

    def prepare(self) -> None:
        if self._below is not None:
            self.body = Plate.of(self._below) if self._below.height else None
            self._below = None

    def paste_on(self, canvas: Plate, x: int) -> None:
        if self.solid > self.top:
            canvas.lay(self.edge.plate, x, self.top, self.edge.mask)
        self.prepare()
        if self.body is not None:
            canvas.lay(self.body, x, self.solid)
