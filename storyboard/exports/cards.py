"""What is drawn around a film's own pictures: its title, cards of words, captions on a picture."""

from __future__ import annotations

from functools import lru_cache

from PIL import Image

from storyboard.exports.lettering import LINE_HEIGHT, draw_lines, fitted

# The stage's own colours (tokens.css): a dark ground and warm ink.
GROUND = (28, 25, 22)
INK = (244, 239, 230)
QUIET_INK = (169, 159, 146)
ACCENT = (224, 96, 63)


def title_card(size: tuple[int, int], title: str, byline: str) -> Image.Image:
    """Draw the title, as large as it fits, over a line of the accent's colour, and a byline."""
    width, height = size
    picture = Image.new("RGB", size, GROUND)
    room = (round(width * 0.8), round(height * 0.6))
    lines, letters = fitted(title, max(14, round(min(size) * 0.11)), 12, room)
    block = len(lines) * letters * LINE_HEIGHT
    top = (height - block) / 2
    draw_lines(picture, lines, letters, top, INK)
    rule = (max(16, width // 12), max(2, height // 180))
    left, below = (width - rule[0]) // 2, min(height - rule[1], round(top + block + letters * 0.5))
    picture.paste(ACCENT, (left, below, left + rule[0], below + rule[1]))
    under = below + rule[1] + letters * 0.5
    room = (round(width * 0.8), max(0, round(height * 0.96 - under)))
    small, size_of_small = fitted(byline, max(11, round(min(size) * 0.04)), 9, room)
    # A small picture has room for the title alone.
    if byline.strip() and len(small) * size_of_small * LINE_HEIGHT <= room[1]:
        draw_lines(picture, small, size_of_small, under, QUIET_INK)
    return picture


def text_card(size: tuple[int, int], words: str) -> Image.Image:
    """Draw a scene's words where there is no picture of it."""
    width, height = size
    picture = Image.new("RGB", size, GROUND)
    room = (round(width * 0.8), round(height * 0.8))
    lines, letters = fitted(words, max(13, round(min(size) * 0.06)), 11, room)
    draw_lines(picture, lines, letters, (height - len(lines) * letters * LINE_HEIGHT) / 2, INK)
    return picture


@lru_cache(maxsize=8)
def _caption(size: tuple[int, int], words: str) -> Image.Image:
    """Draw a caption with the shade behind it, clear elsewhere."""
    width, height = size
    room = (round(width * 0.88), round(height * 0.4))
    lines, letters = fitted(words, max(13, round(min(size) * 0.045)), 11, room)
    block = len(lines) * letters * LINE_HEIGHT
    top = height - block - height * 0.04
    text = Image.new("RGB", size, (0, 0, 0))
    draw_lines(text, lines, letters, top, INK)
    mask = text.convert("L")
    # From nothing to four fifths of black, as on the stage.
    begin = max(0, round(top - letters * 2.2))
    shade = Image.linear_gradient("L").point(lambda level: level * 0.8)
    ground = Image.new("L", size, 0)
    ground.paste(shade.resize((width, height - begin)), (0, begin))
    layer = Image.new("RGBA", size, (0, 0, 0, 0))
    layer.putalpha(ground)
    letters_layer = Image.new("RGBA", size, (*INK, 0))
    letters_layer.putalpha(mask.point(lambda level: min(255, round(level * 255 / max(INK)))))
    return Image.alpha_composite(layer, letters_layer)


def with_caption(picture: Image.Image, words: str) -> Image.Image:
    """Return the picture with a caption at its foot."""
    if not words.strip():
        return picture
    layer = _caption(picture.size, words)
    drawn = picture.convert("RGB")
    drawn.paste(layer, (0, 0), layer)
    return drawn
