"""Drawing without steps in the lines: twice as large, then reduced."""

from __future__ import annotations

from PIL import Image

from storyboard.engine.animatic.treatment import Colour

FINE = 2
# A picture this high has pixels small enough.
LARGE = 800
# Four planes alike, for red, green, blue and how much is seen: quicker to reduce than RGBA.
PLAIN = "CMYK"


def fineness(height: int) -> int:
    """Return how many times as large a picture of this height is drawn."""
    return FINE if height <= LARGE else 1


def sheet(size: tuple[int, int], colour: Colour) -> Image.Image:
    """Return an empty sheet to draw on in four planes; `colour` is behind what is see-through."""
    return Image.new(PLAIN, size, (*colour, 0))


def reduced(drawn: Image.Image, by: int) -> Image.Image:
    """Return a sheet smaller, as RGBA.

    Edges need not be weighed by how much is seen: what is see-through has the sheet's colour.
    """
    small = drawn.reduce(by) if by > 1 else drawn
    return Image.frombuffer("RGBA", small.size, small.tobytes(), "raw", "RGBA", 0, 1)
