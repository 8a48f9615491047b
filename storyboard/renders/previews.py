"""What pages show of a take before anybody watches it: a small film and a sheet of its frames."""

from __future__ import annotations

import io
from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av
from av.video.frame import PictureType
from PIL import Image

from storyboard.renders.probe import VideoFacts

PREVIEW_SIDE = 256
TILE_SIDE = 120
TILES_MAX = 64
COLUMNS = 8


@dataclass(frozen=True)
class Sheet:
    """How a sprite is laid out: `tiles` pictures in rows of `COLUMNS`, one for `every` frames."""

    tiles: int
    every: int

    @classmethod
    def of(cls, frames: int) -> Sheet:
        """Lay out a take of so many frames in 64 pictures at most."""
        every = max(1, -(-frames // TILES_MAX))
        return cls(-(-frames // every), every)

    @property
    def columns(self) -> int:
        return min(COLUMNS, self.tiles)

    @property
    def rows(self) -> int:
        return -(-self.tiles // COLUMNS)


def make_preview(
    source: BinaryIO, facts: VideoFacts, into: Path, keyframes: Collection[int]
) -> bytes:
    """Write the film small, 256 pixels at most on its longer side; return its sprite as WebP.

    The frames, their rate and `keyframes` are the take's own, so that places in both agree;
    `source` is a file that has been probed. One pass over the frames makes both.
    """
    source.seek(0)
    rate = Fraction(facts.fps).limit_denominator(1001)
    width, height = _within(PREVIEW_SIDE, facts.width, facts.height)
    tile = _within(TILE_SIDE, facts.width, facts.height)
    layout = Sheet.of(facts.frames)
    sheet = Image.new("RGB", (layout.columns * tile[0], layout.rows * tile[1]))
    with (
        av.open(source, "r", format=facts.video_type) as container,
        av.open(str(into), "w", format="mp4", options={"movflags": "+faststart"}) as out,
    ):
        stream = out.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {
            "preset": "veryfast",
            "crf": "28",
            "forced-idr": "1",
            "x264-params": "open-gop=0",
        }
        container.streams.video[0].thread_type = "AUTO"
        for number, frame in enumerate(container.decode(video=0)):
            small = frame.reformat(width=width, height=height, format="yuv420p")
            if number % layout.every == 0:
                row, column = divmod(number // layout.every, COLUMNS)
                drawn = Image.fromarray(small.to_ndarray(format="rgb24"))
                small_tile = drawn.resize(tile, Image.Resampling.BILINEAR)
                sheet.paste(small_tile, (column * tile[0], row * tile[1]))
            small.pts, small.time_base = number, 1 / rate
            small.pict_type = PictureType.I if number in keyframes else PictureType.NONE
            out.mux(stream.encode(small))
        out.mux(stream.encode(None))
    content = io.BytesIO()
    sheet.save(content, "WEBP", quality=70, method=4)
    return content.getvalue()


def _within(side: int, width: int, height: int) -> tuple[int, int]:
    """Return even sides of the same shape, `side` at most on the longer one."""
    scale = min(1.0, side / max(width, height))
    return max(2, round(width * scale) // 2 * 2), max(2, round(height * scale) // 2 * 2)
