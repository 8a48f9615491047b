"""Real videos of a given make, for the tests that need something to bring home."""

from __future__ import annotations

import io
import shutil
import tempfile
from functools import cache
from pathlib import Path

import av
import numpy as np
from PIL import Image


@cache
def film(frames: int = 40, *, fps: int = 8, width: int = 64, height: int = 64, codec="libx264"):
    """Return the bytes of an MP4 whose frames grow lighter, faststart."""
    out = Path(tempfile.mkdtemp()) / "film.mp4"
    with av.open(str(out), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream(codec, rate=fps)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(frames):
            picture = np.full((height, width, 3), number * 255 // frames, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    content = out.read_bytes()
    shutil.rmtree(out.parent)
    return content


@cache
def gif(frames: int = 12, *, seconds_each: float = 0.1, width: int = 63, height: int = 65):
    """Return the bytes of an animated GIF with odd sides."""
    pictures = [
        Image.new("RGB", (width, height), (number * 20 % 256, 80, 255 - number * 9))
        for number in range(frames)
    ]
    out = io.BytesIO()
    pictures[0].save(
        out,
        "GIF",
        save_all=True,
        append_images=pictures[1:],
        duration=round(seconds_each * 1000),
        loop=0,
    )
    return out.getvalue()
