"""The ground of a scene in the open: three strips, far to near, with what stands on them."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import ImageDraw

from storyboard.engine.animatic.fine import fineness, reduced, sheet
from storyboard.engine.animatic.manner import cut_out
from storyboard.engine.animatic.places import FLOORS
from storyboard.engine.animatic.travel import Layer
from storyboard.engine.animatic.treatment import Colour, mix

Spots = NDArray[np.float64]

# How far a ridge rises above and below its middle, as a share of the picture's height.
RIDGES = {"mountain": 0.2, "hills": 0.07, "sea": 0.015, "desert": 0.05}
SNOWFIELD, GRASS = (226, 232, 244), (44, 66, 52)
WATER, FROZEN = (26, 92, 132), (176, 206, 226)
STRIPS = 3
# How wide a strip is, as a share of the picture: it slides by what is over.
STRIP = 1.25
# Houses have windows from this share of them on.
PANES = 0.3


class Ground:
    """What `kind` of ground there is; sizes are pixels of the oversize picture."""

    def __init__(
        self,
        kind: str,
        size: tuple[int, int],
        random: np.random.Generator,
        paint: Callable[[Colour], Colour],
        *,
        low: Colour,
        light: Colour,
        light_x: float,
        style: str,
        snowy: bool,
        foggy: bool,
        stormy: bool,
        lone_window: bool,
        peopled: bool,
        detail: float,
    ) -> None:
        """`low` is the sky's colour at the horizon and `light` the look's colour of the light,
        which is at `light_x`, a share of a strip's width.

        `paint` gives a look's colours, `detail` is how many things stand about, 1 as usual.
        """
        self.kind, self.size, self.random, self.paint = kind, size, random, paint
        self.low, self.light, self.style = low, light, style
        self.light_x = light_x
        self.seeds = random.integers(0, 2**31, (2, STRIPS))
        self.snowy, self.foggy, self.stormy = snowy, foggy, stormy
        self.lone_window = lone_window
        self.peopled, self.detail = peopled, detail

    def layers(self) -> list[Layer]:
        """Draw the strips; each has its own parallax."""
        floor = SNOWFIELD if self.snowy else GRASS
        if self.kind == "sea":
            floor = FROZEN if self.snowy else WATER
        elif self.kind in FLOORS:
            floor = FLOORS[self.kind]
        drawn = []
        for depth in range(STRIPS):
            near = (depth + 1) / STRIPS
            wet = 0.25 if self.kind == "sea" else 0
            base = mix(self.low, floor, 0.35 + wet + 0.3 * near)
            base = mix(base, (12, 12, 22), 0.12 + 0.34 * near)
            if self.foggy:
                base = mix(base, mix(self.low, (206, 210, 216), 0.7), 0.75 - 0.28 * depth)
            drawn.append(self._strip(depth, self.paint(base)))
        for far, near_layer in pairwise(drawn):
            far.hide_below(near_layer.solid)
        return drawn

    def _strip(self, depth: int, colour: Colour) -> Layer:
        width, height = self.size
        fine = fineness(height)
        width, height = width * fine, height * fine
        layer = sheet((round(width * STRIP) // fine * fine, height), colour)
        draw = ImageDraw.Draw(layer)
        horizon = height * (0.56 + 0.13 * depth)
        steep = RIDGES.get(self.kind, 0.035)
        if self.kind == "mountain" and depth == 2:
            steep = RIDGES["hills"]
        phases = self.random.random(3) * math.tau
        xs = np.arange(0.0, layer.width + 8 * fine, 8 * fine)
        turn = xs / layer.width * math.tau
        ridge = sum(
            self._wave(turn * (1.2 + 1.7 * place) + phase, depth) / (place + 1)
            for place, phase in enumerate(phases)
        )
        ys = horizon - np.asarray(ridge) * height * steep * (1.2 - 0.3 * depth)
        outline = list(zip(xs.tolist(), ys.tolist(), strict=True))
        draw.polygon([(0, height), *outline, (xs[-1], height)], fill=(*colour, 255))
        if self.kind == "mountain" and depth < 2:
            self._cap(draw, colour, xs, ys)
        if self.kind == "sea":
            draw.line(outline, (*mix(colour, self.light, 0.45), 255), max(2, height // 200))
            self._ripple(draw, colour, depth)
            if not self.stormy:
                self._glitter(draw, colour, depth)
        elif self.kind != "mountain" or depth:
            self._mark(draw, colour, depth, xs, ys)
        many = round((14 - 3 * depth) * self.detail)
        if self.kind == "sea" and (self.peopled or self.stormy):
            many = 0
        if self.kind == "mountain" and not depth:
            many = 0  # Above the trees.
        spots = self._spots("stand", depth, many)
        if self.lone_window:
            # The house in the middle comes last, so that nothing hides its window.
            spots = spots[np.argsort(np.where(spots[:, 2] > PANES, -np.abs(spots[:, 0] - 0.5), -1))]
        for number, (x, size, kind) in enumerate(spots):
            if self.peopled and depth == 2 and abs(x - 0.5) < 0.36:
                continue  # The stage belongs to the subject.
            foot = float(np.interp(x * layer.width, xs, ys))
            tall = (0.5 + size) * height * (0.06 if self.kind == "sea" else 0.09)
            lit = not self.lone_window or (depth == STRIPS - 1 and number == many - 1)
            self._stand(draw, x * layer.width, foot + fine, tall, kind, depth, lit=lit)
        return Layer(cut_out(self.style, reduced(layer, fine), ground=True, number=depth))

    def _spots(self, what: str, depth: int, many: int) -> Spots:
        """Return so many rows of three random numbers; more of them begin with the same ones."""
        random = np.random.default_rng([*self.seeds[:, depth], zlib.crc32(what.encode())])
        return random.random((many, 3))

    def _wave(self, turn: Spots, depth: int) -> Spots:
        """Return what a ridge is made of: a rounded wave, or a pointed one for mountains."""
        if self.kind != "mountain" or depth == 2:
            return np.sin(turn)
        return np.abs((turn / math.tau) % 1 * 2 - 1) * 2 - 1

    def _cap(self, draw: ImageDraw.ImageDraw, colour: Colour, xs: Spots, ys: Spots) -> None:
        """Lay snow on the peaks of a ridge, with a ragged edge below."""
        height = draw.im.size[1]
        white = (*mix(colour, self.paint((240, 244, 250)), 0.75), 255)
        line = float(ys.min()) + height * 0.09
        teeth = line + height * 0.018 * (np.arange(xs.size) % 6 / 2.5 - 1)
        places = np.flatnonzero(teeth > ys)
        for peak in np.split(places, np.flatnonzero(np.diff(places) > 1) + 1):
            if peak.size > 1:
                edge = [(float(xs[at]), float(ys[at])) for at in peak]
                edge += [(float(xs[at]), float(teeth[at])) for at in reversed(peak)]
                draw.polygon(edge, white)

    def _mark(
        self, draw: ImageDraw.ImageDraw, colour: Colour, depth: int, xs: Spots, ys: Spots
    ) -> None:
        """Draw what a ground is covered with: tufts of grass, else short strokes."""
        width, height = draw.im.size
        grassy = not self.snowy and self.kind not in ("desert", "city")
        inks = [(*mix(colour, to, 0.34), 255) for to in ((10, 12, 24), (250, 246, 226))]
        for number, (x, y, size) in enumerate(self._spots("mark", depth, round(44 * self.detail))):
            near = 0.4 + 0.3 * depth + 0.3 * y
            left = x * width
            row = float(np.interp(left, xs, ys)) + height * (0.02 + 0.3 * y)
            tall, thick = (0.5 + size) * near * height * 0.022, max(1, round(height / 500))
            ink = inks[number % 2]
            if grassy:
                for lean in (-0.5, 0.1, 0.6):
                    draw.line((left, row, left + lean * tall, row - tall), ink, thick)
            else:
                draw.line((left, row, left + 2.4 * tall, row), ink, thick)

    def _ripple(self, draw: ImageDraw.ImageDraw, colour: Colour, depth: int) -> None:
        """Lay short streaks of light on water."""
        width, height = draw.im.size
        shine = (*mix(colour, self.light, 0.3), 255)
        for x, y, size in self._spots("ripple", depth, round(26 * self.detail)):
            left, row = x * width, height * (0.6 + 0.13 * depth + 0.3 * y)
            reach = (0.3 + size) * width * 0.04
            thick = max(1, height / 260)
            draw.rounded_rectangle((left, row, left + reach, row + thick), thick, shine)

    def _glitter(self, draw: ImageDraw.ImageDraw, colour: Colour, depth: int) -> None:
        """Lay the light's path on water, under the light."""
        width, height = draw.im.size
        shine = (*mix(colour, self.light, 0.5), 255)
        thick = max(1, height / 230)
        for place, (x, _, size) in enumerate(self._spots("glitter", depth, 9)):
            row = height * (0.575 + 0.13 * depth + 0.014 * place)
            reach = (0.3 + size) * width * (0.02 + 0.018 * depth)
            left = self.light_x * width + (x - 0.5) * reach - reach / 2
            draw.rounded_rectangle((left, row, left + reach, row + thick), thick / 2, shine)

    def _stand(
        self,
        draw: ImageDraw.ImageDraw,
        x: float,
        foot: float,
        tall: float,
        kind: float,
        depth: int,
        *,
        lit: bool,
    ) -> None:
        """Put one thing of this ground on it: a tree, a house, a boat, a rock."""
        dark = (*self.paint(mix((34, 42, 48), (10, 12, 20), depth / 3)), 255)
        gold = (*self.paint((255, 206, 118)), 255)
        tall *= 0.8 + 0.5 * depth
        white = (*self.paint(mix((226, 232, 244), (120, 132, 160), 0.5 - depth / 6)), 255)
        if self.kind == "forest" or (self.kind == "mountain" and kind > 0.4):
            if self.kind == "mountain":
                tall *= 0.5
            for tier in range(3):
                top, half = foot - tall * (2.2 - tier * 0.55), tall * (0.3 + 0.16 * tier)
                draw.polygon(
                    [(x, top), (x - half, top + tall * 1.1), (x + half, top + tall * 1.1)], dark
                )
                if self.snowy:
                    ends = (x - half * 0.55, top + tall * 0.6), (x + half * 0.55, top + tall * 0.6)
                    draw.polygon([(x, top), ends[0], (x, top + tall * 0.42), ends[1]], white)
        elif self.kind == "city":
            self._house(draw, (x, foot), tall, kind, depth, lit=lit)
        elif self.kind == "sea" and kind > 0.75:
            draw.polygon([(x - tall, foot), (x + tall, foot), (x, foot + tall * 0.4)], dark)
            draw.polygon([(x, foot - tall * 1.4), (x, foot - 2), (x + tall * 0.8, foot - 2)], gold)
        elif self.kind == "hills" and kind > 0.6:
            draw.line((x, foot, x, foot - tall * 0.7), dark, max(1, round(tall * 0.12)))
            draw.circle((x, foot - tall), tall * 0.45, fill=dark)
            if self.snowy:
                crown = (x - tall * 0.45, foot - tall * 1.45, x + tall * 0.45, foot - tall * 0.55)
                draw.chord(crown, 205, 335, white)

    def _house(
        self,
        draw: ImageDraw.ImageDraw,
        place: tuple[float, float],
        tall: float,
        kind: float,
        depth: int,
        *,
        lit: bool,
    ) -> None:
        """Draw a house with walls and tiles of its own; windows are `lit`, most of them."""
        (x, foot), own = place, kind * 7 % 1
        dark = mix((34, 42, 48), (10, 12, 20), depth / STRIPS)
        walls = (*self.paint(mix(dark, (122, 106, 98), 0.06 + 0.24 * own)), 255)
        tiles = (*self.paint(mix(dark, (136, 58, 44), 0.3 - 0.2 * own)), 255)
        half, top = tall * (0.5 + 0.3 * kind), foot - tall * (1 + 1.2 * kind)
        # Far ones reach down behind what is nearer.
        low = foot + tall if depth == STRIPS - 1 else draw.im.size[1]
        draw.rectangle((x - half, top, x + half, low), walls)
        roof = [(x - half * 1.1, top), (x, top - half), (x + half * 1.1, top)]
        draw.polygon(roof, tiles)
        if self.snowy:
            snow = self.paint(mix((226, 232, 244), (120, 132, 160), 0.5 - depth / 6))
            draw.line(roof, (*snow, 255), max(2, round(half * 0.22)), joint="curve")
        gold, glass = (*self.paint((255, 206, 118)), 255), (*self.paint((50, 54, 70)), 255)
        pane = half * 0.24
        for row in range(1 + (kind > 0.55) if kind > PANES else 0):
            for side in (-2, 1):
                shines = lit and (round(own * 40) + 3 * row + side) % 4 > 0
                if self.lone_window:
                    shines = lit and (row, side) == (0, -2)
                left, high = x + side * pane, top + pane * (1 + 2.4 * row)
                box = (left, high, left + pane, high + pane * 1.6)
                draw.rectangle(box, gold if shines else glass)
