"""GIFs written frame by frame, so that a film is never held in memory whole.

Each frame holds only the rectangle that changed, with what stayed the same left see-through.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import GifImagePlugin, Image

# Colours of the shared palette; one number of the 256 is left for "as it was".
COLOURS = 255
AS_IT_WAS = 255


class GifWriter:
    """Writes frames of one size with one palette; a context manager that ends the file."""

    def __init__(self, path: Path, palette: Image.Image, *, fps: int, comment: bytes) -> None:
        """`palette` is a picture in mode P of COLOURS colours."""
        self.palette = palette
        # Hundredths of a second, in tens: what every viewer keeps to.
        self.duration = round(100 / fps) * 10
        self.comment = comment
        self.before: np.ndarray | None = None
        self.file = path.open("wb")

    def __enter__(self) -> GifWriter:
        return self

    def __exit__(self, *error: object) -> None:
        if not any(error):
            self.file.write(b";")
        self.file.close()

    def add(self, picture: Image.Image) -> None:
        """Write one RGB frame."""
        flat = picture.quantize(palette=self.palette, dither=Image.Dither.NONE)
        now = np.asarray(flat)
        if self.before is None:
            info = {"loop": 0, "comment": self.comment}
            header, _ = GifImagePlugin.getheader(flat, info=info)
            self.file.write(b"".join(header))
            self._write(flat, (0, 0))
        else:
            self._write(*self._changed(now, self.before, flat))
        self.before = now

    def _changed(
        self, now: np.ndarray, before: np.ndarray, flat: Image.Image
    ) -> tuple[Image.Image, tuple[int, int]]:
        """Return the rectangle that differs and its corner; one pixel where nothing does."""
        differs = now != before
        rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
        if not rows.size:
            return flat.crop((0, 0, 1, 1)), (0, 0)
        top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
        part = np.where(differs, now, np.uint8(AS_IT_WAS))[top:bottom, left:right]
        shown = Image.fromarray(np.ascontiguousarray(part)).convert("L")
        shown = Image.frombytes("P", shown.size, shown.tobytes())
        shown.putpalette(flat.getpalette() or [])
        return shown, (int(left), int(top))

    def _write(self, picture: Image.Image, corner: tuple[int, int]) -> None:
        parts = GifImagePlugin.getdata(
            picture, corner, duration=self.duration, transparency=AS_IT_WAS, disposal=1
        )
        self.file.write(b"".join(parts))
