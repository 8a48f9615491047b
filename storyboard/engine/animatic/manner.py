"""How each style is drawn: its lines and edges, baked once into what a scene is made of.

So are the textures (paper, slate, blinds): a frame of any style costs the same.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

from storyboard.engine.animatic.plate import Mask
from storyboard.engine.animatic.treatment import Colour

Level = NDArray[np.float32]

NEON: tuple[Colour, ...] = ((255, 70, 190), (70, 230, 255), (190, 110, 255))
# The paper that a wash leaves white.
WHITE_PAPER = (246, 241, 230)
CHALK = (238, 240, 228)
SLATE = (38, 58, 52)
# The three inks of a woodcut.
PAPER, MIDDLE, INK = (240, 226, 194), (186, 76, 48), (34, 26, 30)
# Levels of a texture.
STEPS = 3
# Colours of a GIF where lines and textures need few; others have as many as there can be.
GIF_COLOURS = {
    "picture book": 96,
    "watercolour": 40,
    "woodcut": 12,
    "shadow theatre": 24,
    "ink wash": 24,
    "noir": 32,
    "neon": 48,
    "chalkboard": 9,
}
# Sharp styles show the light as a hard disc.
HARD = {"woodcut", "shadow theatre"}
# Whose texture is the same everywhere, so that it suits a sprite of any size.
PAPERS = {"picture book", "watercolour", "ink wash", "woodcut", "chalkboard"}


def _spots(size: tuple[int, int], cell: float, seed: int) -> Image.Image:
    """Return a mask of soft spots of about `cell` pixels."""
    width, height = size
    few = (max(2, round(width / cell)), max(2, round(height / cell)))
    dots = np.random.default_rng(seed).integers(0, 256, (few[1], few[0])).astype(np.uint8)
    grown = Image.fromarray(dots).resize(size, Image.Resampling.BICUBIC)
    # In few levels: a smooth one would change at every pixel that moves, and fill a GIF.
    return grown.point([round(round(level / 255 * STEPS) / STEPS * 255) for level in range(256)])


def _noise(size: tuple[int, int], cell: float, seed: int) -> Level:
    """Return soft noise of -1 to 1 with spots of about `cell` pixels."""
    return np.asarray(_spots(size, cell, seed), dtype=np.float32) / np.float32(127.5) - 1


def _varied(
    picture: Image.Image, spots: Image.Image, least: float, most: float, lift: float = 0
) -> Image.Image:
    """Return a picture from `least` to `most` times as bright, as a mask says, and lifted."""
    dim, bright = (
        picture.point([min(255, round(level * by + lift)) for level in range(256)] * bands)
        for by, bands in ((least, len(picture.getbands())), (most, len(picture.getbands())))
    )
    return Image.composite(bright, dim, spots)


def _rim(alpha: Image.Image, wide: int) -> Image.Image:
    """Return the mask of a shape's edge, `wide` pixels inside it."""
    # A box's mean is thirty times quicker than its least, and its edge is as smooth as the shape's.
    wide = max(1, wide)
    mean = alpha.filter(ImageFilter.BoxBlur(wide))
    inner = mean.point([max(0, 255 - (255 - level) * (2 * wide + 1)) for level in range(256)])
    return ImageChops.subtract(alpha, inner)


def _lines(picture: Image.Image, gain: float) -> Image.Image:
    """Return a mask of where the colours of a picture change."""
    grey = picture.convert("L").filter(ImageFilter.GaussianBlur(0.7))
    edges = grey.filter(ImageFilter.Kernel((3, 3), (-1, -1, -1, -1, 8, -1, -1, -1, -1), 1, 0))
    return edges.point([min(255, round(level * gain)) for level in range(256)])


def _engraved(picture: Image.Image, unit: float, *, ground: bool) -> Image.Image:
    """Return a picture in three inks; its shades are lines, thicker where it is darker.

    The ground has the middle ink for its shades, what stands on it has the darkest.
    """
    grey = picture.convert("L")
    saw = _saw(picture.size, unit)
    if ground:
        inks = (saw >= _levels(grey, 1.9, -0.3)).astype(np.uint8)
        inks[saw > _levels(grey, 1 / 0.06, -0.16 / 0.06)] = 2
    else:
        inks = (saw >= _levels(grey, 3.2, -0.55)).astype(np.uint8) * 2
    cut = Image.fromarray(inks)
    return Image.merge(
        "RGB",
        [
            cut.point([*(ink[part] for ink in (PAPER, MIDDLE, INK)), *[0] * 253])
            for part in range(3)
        ],
    )


def _levels(grey: Image.Image, gain: float, lift: float) -> NDArray[np.uint8]:
    """Return each level of 0 to 1 as `gain` times it and `lift`, in bytes of 1 to 255."""
    table = [max(1, min(255, round((level / 255 * gain + lift) * 255))) for level in range(256)]
    return np.asarray(grey.point(table))


@lru_cache(maxsize=4)
def _saw(size: tuple[int, int], unit: float) -> NDArray[np.uint8]:
    """Return teeth of 0 to 255 and back, one for each `unit` of rows; they waver."""
    rows = np.arange(size[1], dtype=np.float32)[:, None]
    wave = rows / np.float32(unit) + _noise(size, unit * 14, 5) * np.float32(0.3)
    return (np.abs(wave % 1 - np.float32(0.5)) * np.float32(510)).astype(np.uint8)


def backdrop(style: str, picture: Image.Image) -> Image.Image:
    """Return a sky, opaque, as the style draws it."""
    if style == "woodcut":
        picture = _engraved(picture, max(5.0, picture.height / 40), ground=True)
    if style in ("ink wash", "watercolour"):
        cloud = _noise(picture.size, picture.height / 5, 3) + 0.5 * _noise(
            picture.size, picture.height / 14, 4
        )
        lifted = np.asarray(picture, dtype=np.float32) * (1 + 0.13 * cloud[..., None])
        picture = Image.fromarray(np.clip(lifted, 0, 255).astype(np.uint8))
    if style == "chalkboard":
        picture = Image.blend(picture, Image.new("RGB", picture.size, SLATE), 0.55)
    if style == "neon":
        picture = Image.blend(picture, Image.new("RGB", picture.size, (10, 6, 26)), 0.6)
    return _textured(style, picture)


def _textured(style: str, picture: Image.Image) -> Image.Image:
    texture = page(style, picture.size)
    if texture is None:
        return picture
    return ImageChops.multiply(picture, Image.merge("RGB", [texture] * 3))


def cut_out(
    style: str, picture: Image.Image, *, ground: bool = False, number: int = 0
) -> Image.Image:
    """Return a sprite or, for `ground`, a strip of it as the style draws it, of the same size."""
    alpha = picture.getchannel("A")
    flat = picture.convert("RGB")
    wide = max(1, round(picture.height / (260 if ground else 90)))
    match style:
        case "shadow theatre":
            if not ground:
                flat = Image.blend(flat, Image.new("RGB", flat.size, (8, 5, 6)), 0.93)
        case "woodcut":
            unit = max(5.0, picture.height / 40 if ground else picture.height / 24)
            cut = _lines(picture, 3.0).point([0] * 90 + [255] * 166)
            flat = _engraved(flat, unit, ground=ground)
            flat.paste(INK, mask=cut)
            flat.paste(INK, mask=_rim(alpha, wide))
        case "neon":
            colour = NEON[number % len(NEON)]
            flat = Image.blend(flat, Image.new("RGB", flat.size, (12, 6, 30)), 0.82)
            tube = ImageChops.lighter(_rim(alpha, wide), _lines(picture, 2.2))
            halo = (
                tube.filter(ImageFilter.BoxBlur(wide * 3))
                .filter(ImageFilter.BoxBlur(wide * 2))
                .point([min(150, level * 2) for level in range(256)])
            )
            flat.paste(colour, mask=halo)
            flat.paste(tuple(min(255, part + 60) for part in colour), mask=tube)
        case "chalkboard":
            lines = ImageChops.lighter(_rim(alpha, wide), _lines(picture, 3.0))
            unit = max(2, flat.width // 46 if ground else flat.height // 40)
            # A diagonal hatching is one row of stripes, each time a pixel farther on.
            stripes = (np.arange(sum(flat.size)) // unit % 3 == 0).astype(np.uint8) * 255
            rows = np.lib.stride_tricks.sliding_window_view(stripes, flat.width)[: flat.height]
            hatched = Image.fromarray(np.ascontiguousarray(rows))
            drawn = ImageChops.lighter(_varied(flat.convert("L"), hatched, 0.3, 0.62), lines)
            strokes = _spots(flat.size, max(3, flat.height / 90), 9)
            flat = Image.new("RGB", flat.size, SLATE)
            flat.paste(CHALK, mask=_varied(drawn, strokes, 0.65, 1.25))
        case "ink wash":
            flat = flat.filter(ImageFilter.BoxBlur(wide * 0.6))
            flat.paste((30, 30, 36), mask=_rim(alpha, wide).point(lambda level: level * 0.55))
            alpha = alpha.filter(ImageFilter.BoxBlur(wide * 1.5))
        case "watercolour":
            wash = _spots(flat.size, max(6, flat.height / 7), 8)
            flat = _varied(flat, wash, 0.88, 1.12, 6)
            wet = ImageChops.multiply(flat, Image.new("RGB", flat.size, (150, 140, 160)))
            flat.paste(wet, mask=_rim(alpha, wide + 1).filter(ImageFilter.BoxBlur(wide)))
        case "noir":
            rim = ImageChops.subtract(alpha, ImageChops.offset(alpha, wide * 2, wide))
            flat.paste((244, 244, 248), mask=rim)
        case _:
            if not ground:
                flat.paste((250, 240, 220), mask=_rim(alpha, wide))
    if ground or style in PAPERS:
        flat = _textured(style, flat)
    flat.putalpha(alpha)
    return flat


@lru_cache(maxsize=8)
def page(style: str, size: tuple[int, int]) -> Image.Image | None:
    """Return how bright a style's surfaces are, to multiply with; None for a clean screen."""
    width, height = size
    # Coarse: fine grain would treble the size of a GIF.
    rough = _noise(size, max(8, height / 24), 2)
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    levels: Any
    match style:
        case "picture book":
            levels = 0.97 + 0.04 * rough
        case "watercolour" | "ink wash":
            levels = 0.95 + 0.06 * rough
        case "woodcut":
            levels = 0.97 + 0.03 * rough
        case "chalkboard":
            levels = 0.96 + 0.04 * _noise(size, height / 8, 7)
        case "noir":
            slats = 0.5 + 0.5 * np.clip(8 * np.sin((y * 1.2 + x * 0.35) * 26), -1, 1)
            beam = np.clip(1.5 - np.abs(x - 0.2 - 0.25 * y) * 2.4, 0, 1)
            levels = 0.74 + 0.26 * (1 - beam * (1 - slats)) - 0.2 * (x**2 + y**2)
        case "shadow theatre":
            levels = 1.02 - 0.42 * (x**2 + y**2) ** 1.3
        case _:
            return None
    shades = np.clip(levels * 255, 0, 255).astype(np.uint8)
    return Image.fromarray(shades)


def border(style: str, size: tuple[int, int]) -> list[tuple[Mask, int, int]]:
    """Return the paper left white around a wash: masks of the four sides and their corners."""
    if style not in ("watercolour", "ink wash"):
        return []
    width, height = size
    x = np.minimum(np.arange(width), np.arange(width)[::-1])[None, :] / height
    y = np.minimum(np.arange(height), np.arange(height)[::-1])[:, None] / height
    edge = np.minimum(x, y) + 0.012 * _noise(size, height / 16, 12)
    soft = 0.008 if style == "watercolour" else 0.03
    levels = np.clip((0.035 - edge) / soft + 0.5, 0, 1) * 255
    mask = Image.fromarray(levels.astype(np.uint8))
    # Only where there is any of it: the middle of the mask is empty.
    rim = max(2, height // 28 * 2)
    sides = (
        (0, 0, width, rim),
        (0, height - rim, width, height),
        (0, rim, rim, height - rim),
        (width - rim, rim, width, height - rim),
    )
    return [(Mask(mask.crop(box)), box[0], box[1]) for box in sides]
