"""Film grain: brightness that is never twice the same."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageChops

# How far grain goes from the picture, in levels, at full strength.
REACH = 26
# Each frame sees another part of one sheet, which is this much wider and higher.
SPARE = 96
# A GIF cannot hold a picture of which every pixel changes: so many of a million do.
SPECKS = 10000
SPECK_REACH = 64


class Grain:
    """Grain over whole frames of one size; `strength` is 0 to 1."""

    def __init__(self, size: tuple[int, int], strength: float, random: np.random.Generator) -> None:
        self.size, self.random = size, random
        shape = (size[1] + SPARE, size[0] + SPARE)
        noise = random.integers(-REACH, REACH + 1, shape) * strength
        self.sheet = Image.fromarray((128 + np.round(noise)).astype(np.uint8))

    def over(self, brightness: Image.Image) -> Image.Image:
        left, top = (int(part) for part in self.random.integers(0, SPARE + 1, 2))
        part = self.sheet.crop((left, top, left + self.size[0], top + self.size[1]))
        return ImageChops.add(brightness, part, 1, -128)


class Specks:
    """Grain of few spots, light and dark, for a GIF."""

    def __init__(self, size: tuple[int, int], strength: float, random: np.random.Generator) -> None:
        self.random = random
        self.many = round(SPECKS * strength * size[0] * size[1] / 1e6)

    def over(self, brightness: Image.Image) -> Image.Image:
        levels = np.array(brightness)
        rows, columns = (self.random.integers(0, side, self.many) for side in levels.shape)
        step = self.random.choice((-SPECK_REACH, SPECK_REACH), self.many)
        levels[rows, columns] = np.clip(levels[rows, columns] + step, 0, 255)
        return Image.fromarray(levels)
