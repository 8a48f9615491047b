"""The film of a mock event: gray, tiny, and made without drawing anything."""

from __future__ import annotations

import io
from functools import cache

import av
import numpy as np
from PIL import Image

SIDE = 64
FRAMES = 8


@cache
def mock_film(kind: str, fps: int) -> bytes:
    """Return a whole video of `kind`, mp4 or gif."""
    out = io.BytesIO()
    if kind == "gif":
        pictures = [Image.new("L", (SIDE, SIDE), 128 + number) for number in range(FRAMES)]
        pictures[0].save(
            out, "GIF", save_all=True, append_images=pictures[1:], duration=1000 // fps, loop=0
        )
        return out.getvalue()
    gray = np.full((SIDE, SIDE, 3), 128, np.uint8)
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = SIDE, SIDE, "yuv420p"
        for number in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(gray, format="rgb24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()
