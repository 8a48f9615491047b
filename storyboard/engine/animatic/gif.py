"""GIFs written frame by frame, so that a film is never held in memory whole.

Each frame holds only the rectangle that changed, with what stayed much the same left see-through.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import GifImagePlugin, Image

from storyboard.engine.animatic.plate import unstacked

# Colours of the shared palette; one number of the 256 is left for "as it was".
COLOURS = 255
AS_IT_WAS = 255
# A colour this near, in levels, to the one that is shown already is left as it is.
NEAR = 6


class GifWriter:
    """Writes frames of one size with one palette; a context manager that ends the file."""

    def __init__(self, path: Path, palette: Image.Image, *, fps: int, comment: bytes) -> None:
        """`palette` is a picture in mode P of COLOURS stacked colours at most."""
        self.palette = palette
        self.table = unstacked(palette.getpalette() or [])
        self.far = _far(self.table)
        # Hundredths of a second, in tens: what every viewer keeps to.
        self.duration = round(100 / fps) * 10
        self.comment = comment
        # What is shown, each pixel 256 times its number.
        self.before: np.ndarray | None = None
        self.file = path.open("wb")

    def __enter__(self) -> GifWriter:
        return self

    def __exit__(self, *error: object) -> None:
        if not any(error):
            self.file.write(b";")
        self.file.close()

    def add(self, picture: Image.Image) -> None:
        """Write one frame, stacked."""
        flat = picture.quantize(palette=self.palette, dither=Image.Dither.NONE)
        flat.putpalette(self.table)
        now = np.asarray(flat)
        if self.before is None:
            self.before = now.astype(np.uint16) << 8
            info = {"loop": 0, "comment": self.comment}
            header, _ = GifImagePlugin.getheader(flat, info=info)
            self.file.write(b"".join(header))
            self._write(flat, (0, 0))
        else:
            differs = self.far.take(self.before | now)
            np.copyto(self.before, now.astype(np.uint16) << 8, where=differs)
            self._write(*self._changed(now, differs, flat))

    def _changed(
        self, now: np.ndarray, differs: np.ndarray, flat: Image.Image
    ) -> tuple[Image.Image, tuple[int, int]]:
        """Return the rectangle that differs and its corner; one pixel where nothing does."""
        rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
        if not rows.size:
            return flat.crop((0, 0, 1, 1)), (0, 0)
        top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
        part = np.where(differs, now, np.uint8(AS_IT_WAS))[top:bottom, left:right]
        shown = Image.frombytes("P", (part.shape[1], part.shape[0]), part.tobytes())
        shown.putpalette(self.table)
        return shown, (int(left), int(top))

    def _write(self, picture: Image.Image, corner: tuple[int, int]) -> None:
        parts = GifImagePlugin.getdata(
            picture, corner, duration=self.duration, transparency=AS_IT_WAS, disposal=1
        )
        self.file.write(b"".join(parts))


def _far(palette: list[int]) -> np.ndarray:
    """Return whether two numbers' colours are told apart, for each 256 x one + other."""
    colours = np.zeros((256, 3), dtype=np.float32)
    table = np.array(palette, dtype=np.float32).reshape(-1, 3)
    colours[: len(table)] = table
    steps = (colours[:, None] - colours[None, :]) ** 2 @ np.array([0.3, 0.59, 0.11], np.float32)
    return (steps > NEAR**2).ravel()
