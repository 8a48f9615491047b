"""Covers on our own shelf: a page shows nothing from other hosts, so small copies are kept."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

from django.conf import settings
from PIL import Image, ImageOps

SIDE = 96
BYTES_MAX = 1024 * 1024
# Told from the file's own first bytes; whatever else Pillow could open stays shut.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
PIXELS_MAX = 5000 * 5000


class NotAPicture(Exception):
    """What came is no picture that we show."""


def folder() -> Path:
    return Path(settings.DATA, "covers")


def keep(content: bytes) -> str:
    """Store a small square copy, named by its content; return the name. Raises NotAPicture."""
    small = _redrawn(content)
    name = f"{hashlib.sha256(small).hexdigest()[:40]}.webp"
    path = folder() / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{name}.{os.getpid()}")
        part.write_bytes(small)
        part.replace(path)
    return name


def _redrawn(content: bytes) -> bytes:
    """Return the picture drawn anew, 96 pixels square, so that nothing else comes along."""
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > PIXELS_MAX:
                raise NotAPicture("too many pixels")
            small = ImageOps.fit(picture.convert("RGB"), (SIDE, SIDE))
    except NotAPicture:
        raise
    # Broken files raise almost anything from Pillow's readers.
    except Exception as exc:
        raise NotAPicture(type(exc).__name__) from exc
    out = io.BytesIO()
    small.save(out, "WEBP", quality=82)
    return out.getvalue()
