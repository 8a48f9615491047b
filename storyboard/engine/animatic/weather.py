"""What moves in the air: snow, rain, leaves, wind, smoke, fog and lightning."""

from __future__ import annotations

import math
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from storyboard.engine.animatic.plate import Mask, Plate, as_video
from storyboard.engine.animatic.treatment import Colour, Treatment

# Frames from one flash of lightning to the next.
FLASHES = 19
PUFFS = 11
FIREFLIES = 26


class Weather:
    """The air of one scene, in pixels of the oversize picture; each strength is 0 to 1."""

    def __init__(
        self,
        size: tuple[int, int],
        strengths: dict[str, float],
        random: np.random.Generator,
        treatment: Treatment,
    ) -> None:
        self.size, self.treatment = size, treatment
        self.strength = strengths
        self.flakes = round(150 * strengths.get("snow", 0))
        self.drops = round(170 * strengths.get("rain", 0))
        self.leaves = round(40 * strengths.get("leaves", 0))
        self.gusts = round(16 * strengths.get("wind", 0))
        most = max(self.flakes, self.drops, self.leaves, self.gusts, FIREFLIES)
        self.spots = random.random((most, 4))

    def _ink(self, colour: Colour) -> Colour:
        return self.treatment.colour(colour)

    def draw_far(self, canvas: Plate, frame: int) -> None:
        """Draw what happens in the sky."""
        since = (frame + 15) % FLASHES
        if not self.strength.get("lightning") or since > 2:
            return
        width, height = self.size
        flash = self._ink((236, 240, 255))
        if since < 2:
            canvas.tint(flash, 0, 0, Mask(Image.new("L", canvas.size, 90 - 40 * since)))
        row = (frame + 15) // FLASHES % 8
        x, y = (0.25 + 0.5 * float(self.spots[row, 0])) * width, 0.0
        bolt = [(x, y)]
        for step in range(1, 8):
            x += (float(self.spots[(row + step) % 24, 1]) - 0.5) * width * 0.12
            y += height * 0.085
            bolt.append((x, y))
        canvas.line(bolt, flash, max(2, height // 110))
        fork = bolt[3]
        tip = (fork[0] + width * 0.1, fork[1] + height * 0.14)
        canvas.line([fork, tip], flash, max(1, height // 200))

    def draw_middle(self, canvas: Plate, frame: int) -> None:
        """Draw what hangs over the ground, behind the subjects."""
        width, height = self.size
        if self.strength.get("fog"):
            spare = self.bank.full.width - width
            drift = round((0.5 + 0.5 * math.sin(frame * 0.05)) * spare) // 2 * 2
            seen = self.bank.crop(drift, width)
            canvas.tint(self._ink((216, 220, 226)), 0, round(height * 0.23) * 2, seen)
        if self.strength.get("smoke"):
            colour = self._ink((150, 148, 152))
            for number in range(PUFFS):
                up = (number / PUFFS + frame * 0.012) % 1
                puff = self.puffs[min(3, int(up * 4))]
                x = width * (0.68 + 0.12 * up + 0.02 * math.sin(frame * 0.1 + number))
                y = height * (0.66 - 0.6 * up)
                side = puff.full.width
                canvas.tint(colour, round(x - side / 2), round(y - side / 2), puff)

    @cached_property
    def bank(self) -> Mask:
        width, height = round(self.size[0] * 1.5), round(self.size[1] * 0.3)
        bank = Image.new("L", (width, height))
        draw = ImageDraw.Draw(bank)
        for x, y, size, _ in self.spots[:24]:
            half = (0.12 + 0.2 * size) * width
            middle = height * (0.35 + 0.3 * y)
            draw.ellipse(
                (x * width - half, middle - height * 0.1, x * width + half, middle + height * 0.1),
                190,
            )
        shown = bank.filter(ImageFilter.GaussianBlur(height * 0.1))
        strength = self.strength.get("fog", 0)
        return Mask(shown.point([round(level * strength) for level in range(256)]))

    @cached_property
    def puffs(self) -> list[Mask]:
        made = []
        for age in range(4):
            side = round(self.size[1] * (0.1 + 0.05 * age))
            puff = Image.new("L", (side, side))
            ImageDraw.Draw(puff).circle((side / 2, side / 2), side * 0.3, fill=190 - 42 * age)
            made.append(Mask(puff.filter(ImageFilter.GaussianBlur(side * 0.08))))
        return made

    @cached_property
    def spark(self) -> Mask:
        """A firefly's light around it."""
        side = max(8, round(self.size[1] * 0.08) // 2 * 2)
        away = np.linspace(-1, 1, side, dtype=np.float32)
        far = np.hypot(away[None, :], away[:, None])
        return Mask(Image.fromarray((190 * np.clip(1 - far, 0, 1) ** 2).astype(np.uint8)))

    def draw_lights(self, canvas: Plate, frame: int) -> None:
        """Draw fireflies: each wanders, and glows for half of its time."""
        if not self.strength.get("fireflies"):
            return
        width, height = self.size
        glow, core = self._ink((232, 214, 96)), self._ink((255, 246, 176))
        side = self.spark.full.width
        for number, (x, y, size, phase) in enumerate(self.spots[:FIREFLIES]):
            turn = phase * math.tau
            if math.sin(frame * (0.22 + 0.1 * size) + turn) < 0 and number % 3:
                continue
            along = (x + 0.03 * math.sin(frame * 0.11 + 5 * turn)) * width
            down = (0.36 + 0.5 * y + 0.03 * math.sin(frame * 0.17 + turn)) * height
            half = height * (0.004 + 0.003 * size)
            canvas.tint(glow, round(along - side / 2), round(down - side / 2), self.spark)
            canvas.ellipse((along - half, down - half, along + half, down + half), core)

    def draw_near(self, canvas: Plate, frame: int) -> None:
        """Draw what falls or blows before everything.

        What is white is only bright: it takes the colour of what is behind it.
        """
        width, height = self.size
        white = as_video(self._ink((246, 248, 255)))[0]
        if self.flakes or self.drops:
            levels = np.array(canvas.y)
            self._snow(levels, frame, white)
            self._rain(levels, frame, white)
            canvas.y = Image.fromarray(levels)
        draw = ImageDraw.Draw(canvas.y)
        for x, y, size, phase in self.spots[: self.gusts]:
            along = ((x + frame * (0.02 + 0.02 * size)) % 1.4 - 0.3) * width
            self._gust(draw, along, y * height * 0.9, (0.18 + 0.12 * size) * width, phase)
        for x, y, size, phase in self.spots[: self.leaves]:
            along = ((x + frame * (0.006 + 0.008 * size)) % 1.1 - 0.05) * width
            down = (y + frame * 0.004 + 0.03 * math.sin(frame * 0.2 + phase * math.tau)) % 1
            half = height * (0.007 + 0.007 * size)
            thin = half * (0.35 + 0.5 * abs(math.sin(frame * 0.3 + phase * 6)))
            self._drift(canvas, (along, down * height), (half, thin), phase)

    def _snow(self, levels: NDArray[np.uint8], frame: int, white: int) -> None:
        height, width = levels.shape
        x, y, size, phase = self.spots[: self.flakes].T
        down = (y + frame * (0.004 + 0.007 * size)) % 1 * height
        along = (x + 0.015 * np.sin(frame * 0.12 + phase * math.tau)) * width
        radii = np.round((0.3 + size) * height / 95) / 2
        for radius in np.unique(radii):
            these = radii == radius
            _stamp(levels, along[these], down[these], _disc(float(radius)), white)

    def _rain(self, levels: NDArray[np.uint8], frame: int, white: int) -> None:
        height, width = levels.shape
        x, y, size, _ = self.spots[: self.drops].T
        down = (y + frame * (0.045 + 0.03 * size)) % 1 * height
        fall = np.arange(max(2, round(height * 0.04)))
        _stamp(levels, x * width, down, np.stack([-fall * 0.2, fall]).round().astype(int), white)

    def _gust(
        self, draw: ImageDraw.ImageDraw, left: float, row: float, long: float, phase: float
    ) -> None:
        """Draw one stroke of wind: a long wave that curls up at its end."""
        height = self.size[1]
        pale = as_video(self._ink((206, 214, 224)))[0]
        wave = [
            (left + long * step / 9, row + height * 0.01 * math.sin(step / 9 * 5 + phase * 6))
            for step in range(10)
        ]
        x, y = wave[-1]
        curl = height * 0.016
        turns = (0.8, 1.8, 3, 4)
        wave += [(x + curl * math.sin(way), y - curl + curl * math.cos(way)) for way in turns]
        draw.line(wave, pale, max(1, height // 300), joint="curve")

    def _drift(
        self, canvas: Plate, at: tuple[float, float], size: tuple[float, float], phase: float
    ) -> None:
        """Draw a petal as an oval, a leaf with a point at either end."""
        (x, y), (half, thin) = at, size
        if self.strength.get("petals"):
            canvas.ellipse((x - half, y - thin, x + half, y + thin), self._leaf(phase))
            return
        half, thin, lean = half * 1.7, thin * 1.2, (phase - 0.5) * half
        tips = [(x - half, y + lean), (x, y - thin), (x + half, y - lean), (x, y + thin)]
        canvas.polygon(tips, self._leaf(phase))

    def _leaf(self, phase: float) -> Colour:
        if self.strength.get("petals"):
            return self._ink((248, 190, 206))
        return self._ink(((206, 92, 40), (226, 158, 52), (164, 60, 44))[int(phase * 3)])


@lru_cache(maxsize=32)
def _disc(radius: float) -> NDArray[np.int64]:
    """Return the columns and rows of the pixels of a disc, from its middle."""
    reach = np.arange(-math.ceil(radius), math.ceil(radius) + 1)
    rows, columns = np.meshgrid(reach, reach, indexing="ij")
    inside = np.hypot(rows, columns) <= radius + 0.3
    return np.stack([columns[inside], rows[inside]])


def _stamp(
    levels: NDArray[np.uint8],
    xs: NDArray[np.float64],
    ys: NDArray[np.float64],
    dots: NDArray[np.int64],
    white: int,
) -> None:
    """Put the same dots at each place, as far as they are inside."""
    columns = np.round(xs).astype(int)[:, None] + dots[0]
    rows = np.round(ys).astype(int)[:, None] + dots[1]
    inside = (rows >= 0) & (rows < levels.shape[0]) & (columns >= 0) & (columns < levels.shape[1])
    levels[rows[inside], columns[inside]] = white
