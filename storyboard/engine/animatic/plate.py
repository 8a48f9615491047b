"""Pictures as the encoder wants them: brightness in full, colour in half size.

Drawing in these planes moves half as many bytes as drawing in RGB, and nothing is left to be
converted for each frame. Values are those of video: brightness 16 to 235, colour around 128
(ITU-R BT.601).
"""

from __future__ import annotations

import av
from PIL import Image, ImageDraw

from storyboard.engine.animatic.treatment import Colour

Box = tuple[float, float, float, float]

BLACK, WHITE, NEUTRAL = 16, 235, 128
TO_VIDEO = [round(BLACK + level * 219 / 255) for level in range(256)]
COLOUR_TO_VIDEO = [round(NEUTRAL + (level - NEUTRAL) * 224 / 255) for level in range(256)]
FROM_VIDEO = [max(0, min(255, round((level - BLACK) * 255 / 219))) for level in range(256)]
COLOUR_FROM_VIDEO = [
    max(0, min(255, round(NEUTRAL + (level - NEUTRAL) * 255 / 224))) for level in range(256)
]


def as_video(colour: Colour) -> tuple[int, int, int]:
    """Return a colour as brightness and two differences."""
    red, green, blue = colour
    light = 0.299 * red + 0.587 * green + 0.114 * blue
    return (
        round(BLACK + light * 219 / 255),
        round(NEUTRAL + (blue - light) * 0.564 * 224 / 255),
        round(NEUTRAL + (red - light) * 0.713 * 224 / 255),
    )


def unstacked(table: list[int]) -> list[int]:
    """Return a palette of stacked colours, in threes, as RGB."""
    planes = Image.new("YCbCr", (len(table) // 3, 1))
    planes.putdata(
        [
            (FROM_VIDEO[y], COLOUR_FROM_VIDEO[u], COLOUR_FROM_VIDEO[v])
            for y, u, v in zip(table[::3], table[1::3], table[2::3], strict=True)
        ]
    )
    return list(planes.convert("RGB").tobytes())


class Plate:
    """A picture of even width and height in three planes."""

    __slots__ = ("u", "v", "y")

    def __init__(self, y: Image.Image, u: Image.Image, v: Image.Image) -> None:
        self.y, self.u, self.v = y, u, v

    @classmethod
    def of(cls, picture: Image.Image) -> Plate:
        """Return an RGB picture as a plate; an odd side keeps half of its last colour pixel."""
        y, u, v = picture.convert("YCbCr").split()
        return cls(
            y.point(TO_VIDEO),
            u.reduce(2).point(COLOUR_TO_VIDEO),
            v.reduce(2).point(COLOUR_TO_VIDEO),
        )

    @property
    def planes(self) -> tuple[Image.Image, Image.Image, Image.Image]:
        return self.y, self.u, self.v

    @property
    def size(self) -> tuple[int, int]:
        return self.y.size

    def copy(self) -> Plate:
        return Plate(self.y.copy(), self.u.copy(), self.v.copy())

    def lay(self, other: Plate, x: int, y: int, mask: Mask | None = None) -> None:
        """Put another plate on this one, its corner at a pixel."""
        full, small = (mask.full, mask.half) if mask else (None, None)
        self.y.paste(other.y, (x, y), full)
        self.u.paste(other.u, (x // 2, y // 2), small)
        self.v.paste(other.v, (x // 2, y // 2), small)

    def tint(self, colour: Colour, x: int, y: int, mask: Mask) -> None:
        """Put one colour on this plate, as much as the mask says."""
        light, blue, red = as_video(colour)
        box = (x, y, x + mask.full.width, y + mask.full.height)
        half = (x // 2, y // 2, x // 2 + mask.half.width, y // 2 + mask.half.height)
        self.y.paste(light, box, mask.full)
        self.u.paste(blue, half, mask.half)
        self.v.paste(red, half, mask.half)

    def ellipse(self, box: Box, colour: Colour) -> None:
        left, top, right, bottom = box
        half = (left / 2, top / 2, right / 2, bottom / 2)
        for plane, where, level in zip(
            self.planes, (box, half, half), as_video(colour), strict=True
        ):
            ImageDraw.Draw(plane).ellipse(where, fill=level)

    def polygon(self, points: list[tuple[float, float]], colour: Colour) -> None:
        half = [(x / 2, y / 2) for x, y in points]
        for plane, where, level in zip(
            self.planes, (points, half, half), as_video(colour), strict=True
        ):
            ImageDraw.Draw(plane).polygon(where, fill=level)

    def line(self, points: list[tuple[float, float]], colour: Colour, thick: int) -> None:
        half = [(x / 2, y / 2) for x, y in points]
        thin = max(1, thick // 2)
        for plane, where, width, level in zip(
            self.planes, (points, half, half), (thick, thin, thin), as_video(colour), strict=True
        ):
            ImageDraw.Draw(plane).line(where, level, width, joint="curve")

    def seen(self, box: Box, size: tuple[int, int]) -> Plate:
        """Return what a camera sees that looks at `box` of it, at another even size."""
        left, top, right, bottom = box
        half = (left / 2, top / 2, right / 2, bottom / 2)
        small = (size[0] // 2, size[1] // 2)
        smooth = Image.Resampling.BILINEAR
        return Plate(
            self.y.resize(size, smooth, box),
            self.u.resize(small, smooth, half),
            self.v.resize(small, smooth, half),
        )

    def towards(self, other: Plate, share: float) -> Plate:
        """Return the picture a share of the way, 0 to 1, to another one of its size."""
        pairs = zip(self.planes, other.planes, strict=True)
        return Plate(*(Image.blend(one, two, share) for one, two in pairs))

    def stacked(self) -> Image.Image:
        """Return its planes as those of an RGB picture, to be compared and counted as one."""
        u, v = (plane.resize(self.size, Image.Resampling.NEAREST) for plane in (self.u, self.v))
        return Image.merge("RGB", (self.y, u, v))

    def rgb(self) -> Image.Image:
        u, v = (
            plane.point(COLOUR_FROM_VIDEO).resize(self.size, Image.Resampling.BILINEAR)
            for plane in (self.u, self.v)
        )
        return Image.merge("YCbCr", (self.y.point(FROM_VIDEO), u, v)).convert("RGB")

    def frame(self) -> av.VideoFrame:
        """Return it as a frame to be encoded."""
        frame = av.VideoFrame(*self.size, "yuv420p")
        for kept, plane in zip(frame.planes, self.planes, strict=True):
            # The encoder's lines may be longer than the picture's.
            kept.update(plane.tobytes("raw", "L", kept.line_size, 1))
        return frame


class Mask:
    """How much of what is laid on a plate is seen, for its full and its half planes."""

    __slots__ = ("full", "half")

    def __init__(self, full: Image.Image, half: Image.Image | None = None) -> None:
        self.full, self.half = full, half or full.reduce(2)

    def crop(self, left: int, width: int) -> Mask:
        """Return the part of it that is `width` wide from an even column on."""
        half = self.half.crop((left // 2, 0, (left + width) // 2, self.half.height))
        return Mask(self.full.crop((left, 0, left + width, self.full.height)), half)


class Sprite:
    """A picture with its own mask."""

    __slots__ = ("mask", "plate")

    def __init__(self, drawn: Image.Image) -> None:
        """`drawn` is RGBA."""
        self.plate = Plate.of(drawn.convert("RGB"))
        self.mask = Mask(drawn.getchannel("A"))

    @property
    def size(self) -> tuple[int, int]:
        return self.plate.size
