"""The sky of one scene: its colours, stars, clouds, and the sun or the moon."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from storyboard.engine.animatic.fine import fineness, reduced, sheet
from storyboard.engine.animatic.manner import HARD, backdrop, cut_out
from storyboard.engine.animatic.plate import Mask, Plate, Sprite
from storyboard.engine.animatic.treatment import Colour, mix

DARK_HOURS = ("night", "fire")
# Circles of a moon that are darker: place and size as shares of its radius.
SEAS = ((-0.3, -0.25, 0.26), (0.34, 0.1, 0.2), (-0.12, 0.42, 0.16), (0.2, -0.45, 0.11))
# How far clouds reach down, as a share of the picture's height.
CLOUDS = 0.5


class Sky:
    """Everything behind the ground; sizes are pixels of the oversize picture."""

    def __init__(
        self,
        size: tuple[int, int],
        hour: str,
        colours: tuple[Colour, Colour, Colour],
        paint: Callable[[Colour], Colour],
        *,
        style: str,
        light: Colour,
        cover: float,
        crescent: bool,
        detail: float,
        seed: int,
    ) -> None:
        """`colours` are the hour's: above, at the horizon, of the light; `paint` gives the look's.

        `light` is the look's colour of the light, `cover` how much of the sky is dark cloud, 0 to
        1, `detail` how many stars there are, 1 as usual.
        """
        self.size, self.hour, self.colours, self.paint = size, hour, colours, paint
        self.style, self.light, self.cover = style, light, min(1.0, cover)
        self.crescent, self.detail, self.seed = crescent, detail, seed

    def lit(self, place: tuple[float, float]) -> Plate:
        """Return the sky with its light at a place of 0 to 1 both ways."""
        sky, glow = self.plate.copy(), self.glow
        side = glow.full.width
        x, y = place[0] * self.size[0] - side / 2, place[1] * self.size[1] - side / 2
        sky.tint(self.light, round(x), round(y), glow)
        for cloud in self.clouds:
            sky.lay(cloud.plate, 0, 0, cloud.mask)
        return sky

    @cached_property
    def plate(self) -> Plate:
        """The sky without its light and clouds."""
        width, height = self.size
        top, low, light = (self.paint(colour) for colour in self.colours)
        share = np.linspace(0, 1, height)[:, None] ** 1.2
        column = np.array(top) + (np.array(low) - np.array(top)) * share
        sky = Image.fromarray(np.repeat(column[:, None, :], width, 1).astype(np.uint8))
        draw = ImageDraw.Draw(sky)
        if self.hour in DARK_HOURS:
            many = round(90 * self.detail)
            for x, y, size, _ in np.random.default_rng(self.seed).random((many, 4)):
                radius = 0.4 + size * height / 420
                spot = (x * width, y * height * 0.6)
                draw.circle(spot, radius, fill=mix(top, light, 0.35 + 0.6 * size))
        return Plate.of(backdrop(self.style, sky))

    @cached_property
    def glow(self) -> Mask:
        """The light's disc and its halo, a mask as wide as high."""
        fire, moon = self.hour == "fire", self.hour == "night"
        radius = self.size[1] * (0.3 if fire else 0.068 if moon else 0.078)
        reach = 1.9 if fire else 2.8
        side = round(radius * reach) * 2
        # So large a fire is soft all over.
        few = side // 4 if fire else side
        away = ((np.arange(few, dtype=np.float32) + 0.5) / np.float32(few) * 2 - 1) * reach
        far = np.hypot(away[None, :], away[:, None])
        if self.style in HARD:
            halo = np.where(far < 2.1, 105.0, 0.0)
        else:
            halo = 118 * np.clip(1 - far / reach, 0, 1) ** 1.6
        soft = 1.5 / radius
        disc = 238 * np.clip((1 - far) / soft + 0.5, 0, 1)
        if moon:
            disc *= self._phase(away, soft)
        elif fire:
            # No disc: the shine of flames nearby.
            disc = 215 * np.clip(1 - far / reach, 0, 1) ** 1.25
        seen = np.maximum(disc, halo) * (1 - 0.7 * self.cover)
        mask = Image.fromarray(seen.astype(np.uint8))
        return Mask(mask.resize((side, side), Image.Resampling.BICUBIC) if fire else mask)

    def _phase(self, away: np.ndarray, soft: float) -> np.ndarray:
        """Return how bright each part of the moon is, 0 to 1."""
        shown = np.ones((away.size, away.size), dtype=np.float32)
        if self.crescent:
            shadow = np.hypot(away[None, :] + 0.42, away[:, None] + 0.12)
            return np.asarray(np.clip((shadow - 0.86) / soft, 0, 1))
        for x, y, size in SEAS:
            sea = np.hypot(away[None, :] - x, away[:, None] - y)
            shown -= 0.16 * np.clip((size - sea) / soft + 0.5, 0, 1)
        return shown

    @cached_property
    def clouds(self) -> list[Sprite]:
        """Small ones in a fair sky, and a bank of dark ones as far as it is covered."""
        top, low, light = self.colours
        random = np.random.default_rng([self.seed, 1])
        drawn = []
        if self.hour not in DARK_HOURS:
            # The same ones whatever the weather is.
            drawn.append(self._cloud(mix(light, low, 0.4), self._fair(random), 0.5))
        if self.cover:
            for depth, dark in enumerate((0.55, 0.8)):
                colour = mix(mix(top, low, 0.3), (34, 38, 52), dark)
                drawn.append(self._cloud(colour, self._bank(random, depth), 0.95 * self.cover))
        return drawn

    def _fair(self, random: np.random.Generator) -> list[tuple[float, float, float]]:
        """Return circles: a middle and a radius each, as shares of the height."""
        wide = self.size[0] / self.size[1]
        circles = []
        for x, y, size in random.random((3, 3)):
            base, big = 0.1 + 0.26 * y, 0.03 + 0.02 * size
            for step, lift in ((-1.7, 0.0), (-0.8, 0.5), (0.25, 0.8), (1.2, 0.3), (2.0, 0.0)):
                puff = big * (0.6 + 0.5 * lift)
                # Flat below.
                circles.append((x * wide + step * big, base - puff, puff))
        return circles

    def _bank(self, random: np.random.Generator, depth: int) -> list[tuple[float, float, float]]:
        wide, low = self.size[0] / self.size[1], 0.34 - 0.17 * depth
        circles = []
        for place, (x, y, size) in enumerate(random.random((11, 3))):
            big = 0.07 + 0.05 * size
            circles.append(((place + x) / 10 * wide, low + 0.05 * (y - 0.5) - big * 0.4, big))
            circles.append(((place + x) / 10 * wide, low / 2 - big, low / 2 + big))
        return circles

    def _cloud(
        self, colour: Colour, circles: list[tuple[float, float, float]], seen: float
    ) -> Sprite:
        width, height = self.size
        fine = fineness(height)
        colour = self.paint(colour)
        page = sheet((width * fine, round(height * CLOUDS / 2) * 2 * fine), colour)
        draw = ImageDraw.Draw(page)
        for x, y, radius in circles:
            spot = (x * height * fine, y * height * fine)
            draw.circle(spot, radius * height * fine, fill=(*colour, 255))
        drawn = cut_out(self.style, reduced(page, fine), ground=True)
        if self.style not in HARD:
            soft = drawn.getchannel("A").filter(ImageFilter.GaussianBlur(height / 300))
            drawn.putalpha(soft)
        drawn.putalpha(drawn.getchannel("A").point([round(a * seen) for a in range(256)]))
        return Sprite(drawn)
