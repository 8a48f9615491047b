"""Who and what stands in a scene: pictures of the artwork, lit as the scene is."""

# ruff: noqa: SIM905

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Callable
from functools import cached_property, lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

from storyboard.engine.animatic.manner import cut_out
from storyboard.engine.animatic.plate import Mask, Plate, Sprite
from storyboard.engine.animatic.treatment import Colour, mix
from storyboard.engine.animatic.words import Subject

ARTWORK = Path(__file__).parents[1] / "data" / "sprites.zip"
# Pictures that fly, swim or float, glow, tower over people, or are small beside them.
FLYING = set(
    """
    1fa81 1f426 1f426-200d-2b1b 1f985 1f54a 1f989 1f987 1f98b 1f41d 2708 1f6e9 1f681 1f680
    1f6f8 1f388 1fa82 2604 1f320 1f308 1fa90 1f6f0 fireflies 1f386 1f9da-200d-2640-fe0f
    1f47b 1f409 1f99c 1fabd 1f99f 1fab0 1f30d 1fab6 1f343 1f32a 1f6eb 1f6ec
""".split()
) - {"1f989", "1f409"}
AFLOAT = set(
    """
    26f5 1f6a2 1f6f3 1f6f6 1f6a4 1f6e5 26f4 1f40b 1f433 1f42c 1f9ad 1f41f 1f420 1f421 1f988
    1f419 1f991 1f6a3 1f3ca 1f9a2 1f986 1f3c4 1f9dc-200d-2640-fe0f 1fabc 1f9ca
""".split()
)
GLOWING = set(
    """
    match 1f56f 1f525 campfire 1f3ee 1fa94 1f383 1f4a1 fireflies lighthouse
""".split()
)
TALL = set(
    """
    lighthouse windmill tower bridge stall 1f3f0 1f3ef 26ea 1f54c 1f6d5 1f54d 1f3e0 1f3e1
    1f3db 1f3ed 1f3eb 1f3da 1f3e8 1f3e2 1f682 1f684 1f69d 1f68b 1f695 1f697 1f69a 1f68c
    1f69c 1f692 1f6a2 1f6f3 1f3a1 1f3aa 1f3a0 1f3a2 1f30b 1f5fc 1f5fd 26f2 1f995 1f996 1f418
    1f992 1f40b 1f433 1f409 1f333 1f332 1f334 1f384 1f680 1f6b2 1f42b 26f5 26e9 26fa 1f308
    1f386 1f32a 1f6d6 1f3d8 1f3df 1f688
""".split()
)
SMALL = set(
    """
    match 1f56f 1f98b 1f41d 1f401 1f400 1f511 1f48d 1f48e 1f34e 1f41c 1f41e 1f577 1f40c
    1f339 1f337 1f338 1f33b 1f4d6 2709 1f514 1f426 1f424 1f438 1f436 1f431 1f381 1f9f8 26f8
    1f375 2615 1f5e1 1f3ee 1f4a1 1f342 1f341 1f388 1f415 1f408 1f407 1f43f 1f994 1fa81 1f383
""".split()
)
VEHICLES = set(
    """
    1f682 1f684 1f69d 1f68b 1f695 1f697 1f69a 1f68c 1f69c 1f692 1f6b2 1f42b 1f418
""".split()
)
SHIPS = {"26f5", "1f6f3", "1f6a2", "26f4", "1f6a3", "1f6e5", "1f6a4"}
STILL = TALL - AFLOAT
ANGLES = (-3, -1.5, 0, 1.5, 3)


@lru_cache(maxsize=32)
def artwork(name: str) -> Image.Image:
    """Return a picture of the artwork, cropped to what is drawn."""
    with zipfile.ZipFile(ARTWORK) as archive:
        return Image.open(io.BytesIO(archive.read(f"{name}.webp"))).convert("RGBA")


def lit(picture: Image.Image, light: Callable[[Colour], Colour]) -> Image.Image:
    """Return the picture with each of its colours seen through `light`."""
    flat = picture.convert("RGB").quantize(64)
    table = flat.getpalette() or []
    seen: list[int] = []
    for place in range(0, len(table), 3):
        seen += light((table[place], table[place + 1], table[place + 2]))
    flat.putpalette(seen)
    shown = flat.convert("RGBA")
    shown.putalpha(picture.getchannel("A"))
    return shown


class Actor:
    """One subject on the stage; sizes and places are pixels of the oversize picture."""

    def __init__(
        self,
        subject: Subject,
        place: tuple[float, float],
        tall: float,
        light: Callable[[Colour], Colour],
        *,
        walks: float,
        mound: Colour | None,
        style: str = "",
    ) -> None:
        self.name = subject.picture
        self.x, self.foot = place
        self.tall = max(12, tall)
        self.light = light
        # How far it goes during the scene, in pixels; to the left when negative.
        self.walks = walks
        self.mound = mound
        self.style = style
        self.flies = self.name in FLYING

    @cached_property
    def poses(self) -> list[Sprite]:
        return [Sprite(pose) for pose in self._drawn()]

    def _drawn(self) -> list[Image.Image]:
        drawn = artwork(self.name)
        if self.name in AFLOAT:
            # Under the water line; the ships bring a strip of water of their own.
            sunk = {"1f6f3": 0.36}.get(self.name, 0.2 if self.name in SHIPS else 0.08)
            drawn = drawn.crop((0, 0, drawn.width, round(drawn.height * (1 - sunk))))
        grow = min(self.tall / drawn.height, self.tall * 1.25 / drawn.width)
        size = (max(4, round(drawn.width * grow)), max(4, round(drawn.height * grow)))
        shown = lit(drawn, self.light).resize(size, Image.Resampling.LANCZOS)
        shown = cut_out(self.style, shown, number=len(self.name) + ord(self.name[-1]))
        if self.walks > 0:
            shown = shown.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        if self.name in GLOWING:
            shown = self._glowing(shown)
        if self.name in STILL or self.name in GLOWING:
            return [shown]
        foot = (shown.width / 2, shown.height)
        room = Image.new("RGBA", (shown.width + 8, shown.height), (0, 0, 0, 0))
        room.paste(shown, (4, 0))
        return [
            room.rotate(angle, Image.Resampling.BICUBIC, center=(foot[0] + 4, foot[1]))
            for angle in ANGLES
        ]

    def _glowing(self, shown: Image.Image) -> Image.Image:
        """Put a warm halo around the upper half; the lower edge stays where it was."""
        wide = round(shown.height * 1.5)
        halo = Image.new("L", (wide, wide))
        ImageDraw.Draw(halo).circle((wide / 2, wide / 2), wide * 0.3, fill=105)
        halo = halo.filter(ImageFilter.GaussianBlur(wide * 0.09))
        page = Image.new("RGBA", (max(wide, shown.width), wide), (*self.light((255, 214, 130)), 0))
        page.paste(halo, ((page.width - wide) // 2, 0), halo)
        glow = Image.new("RGBA", page.size, (*self.light((255, 214, 130)), 0))
        glow.putalpha(page.getchannel("A"))
        glow.alpha_composite(shown, ((glow.width - shown.width) // 2, wide - shown.height))
        return glow

    @cached_property
    def width(self) -> int:
        return self.poses[0].size[0]

    @cached_property
    def shade(self) -> Mask:
        width = max(8, round(self.width * (0.5 if self.name in GLOWING else 0.9)))
        mask = Image.new("L", (width + 12, max(10, width // 6) + 8))
        ImageDraw.Draw(mask).ellipse((6, 4, width + 6, mask.height - 4), fill=96)
        return Mask(mask.filter(ImageFilter.GaussianBlur(3)))

    def draw(self, canvas: Plate, x: float, frame: int) -> None:
        """Draw it around `x`; `frame` moves it a little."""
        foot = self.foot
        swing = math.sin(frame * 0.45 + self.x)
        if self.flies:
            foot += swing * self.tall * 0.08
        elif self.walks:
            foot -= abs(math.sin(frame * 0.8)) * self.tall * 0.03
        if self.mound is not None:
            self._heap(canvas, x, self.mound)
        if not self.flies and self.name not in AFLOAT:
            wide, high = self.shade.full.size
            canvas.tint((8, 8, 18), round(x - wide / 2), round(self.foot - high / 2), self.shade)
        pose = self.poses[round((swing + 1) / 2 * (len(self.poses) - 1))]
        wide, high = pose.size
        canvas.lay(pose.plate, round(x - wide / 2), round(foot - high), pose.mask)

    def _heap(self, canvas: Plate, x: float, colour: Colour) -> None:
        half = self.width * 0.5 + self.tall * 0.55
        box = (x - half, self.foot - self.tall * 0.13, x + half, self.foot + self.tall * 0.5)
        canvas.ellipse(box, colour)


def seen_in(top: Colour, low: Colour, dim: float) -> Callable[[Colour], Colour]:
    """Return how colours look under a sky: dimmed by `dim`, 0 to 1, and leaning towards it."""

    def look(colour: Colour) -> Colour:
        return mix(mix(colour, mix(top, low, 0.4), 0.16 + 0.2 * dim), (8, 8, 24), 0.28 * dim)

    return look
