"""What is made of a take's frames: posters, and a copy for the player where one is needed."""

from __future__ import annotations

import io
from collections.abc import Collection
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av
from av.video.frame import PictureType
from PIL import Image

from storyboard.renders.probe import VideoFacts

POSTER_SIDE = 480


def poster(picture: Image.Image) -> bytes:
    """Return a WebP of the picture, 480 pixels at most on its longer side."""
    small = picture.convert("RGB")
    small.thumbnail((POSTER_SIDE, POSTER_SIDE))
    out = io.BytesIO()
    small.save(out, "WEBP", quality=80, method=4)
    return out.getvalue()


def make_playable(
    source: BinaryIO, facts: VideoFacts, into: Path, keyframes: Collection[int]
) -> None:
    """Write the same frames at the same rate as an MP4 that every browser plays.

    `keyframes` are the frames that can be jumped to at once. Sides become even by losing a
    line at most; `source` is a file that has been probed.
    """
    source.seek(0)
    rate = Fraction(facts.fps).limit_denominator(1001)
    width, height = max(2, facts.width // 2 * 2), max(2, facts.height // 2 * 2)
    with (
        av.open(source, "r", format=facts.video_type) as container,
        av.open(str(into), "w", format="mp4", options={"movflags": "+faststart"}) as out,
    ):
        stream = out.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {
            "preset": "veryfast",
            "crf": "18",
            "forced-idr": "1",
            "x264-params": "open-gop=0",
        }
        for number, frame in enumerate(container.decode(video=0)):
            drawn = frame.reformat(width=width, height=height, format="yuv420p")
            drawn.pts, drawn.time_base = number, 1 / rate
            drawn.pict_type = PictureType.I if number in keyframes else PictureType.NONE
            out.mux(stream.encode(drawn))
        out.mux(stream.encode(None))
