"""How a look changes a picture: styles map its colours, LoRAs and embeddings add to them.

Flat art is drawn with a few colours, so a style maps the palette; manner.py adds its strokes.
"""

from __future__ import annotations

import colorsys
from collections.abc import Sequence

from storyboard.novita.types import Embedding, Lora

Colour = tuple[int, int, int]

# Checkpoint (the start of its name) to style; another checkpoint is drawn as a picture book.
STYLES = {
    "darkSushiMix": "picture book",
    "dreamshaper": "watercolour",
    "realisticVision": "woodcut",
    "epicrealism": "shadow theatre",
    "inkWash": "ink wash",
    "noir": "noir",
    "neon": "neon",
    "chalkboard": "chalkboard",
}


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Return `one` with a share, 0 to 1, of `other`."""
    a, b, c = (round(p + (q - p) * share) for p, q in zip(one, other, strict=True))
    return a, b, c


def grey(colour: Colour) -> int:
    return round(0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2])


class Treatment:
    """The look of one request, as the scenery and the film ask for it."""

    def __init__(
        self, checkpoint: str, loras: Sequence[Lora], embeddings: Sequence[Embedding]
    ) -> None:
        self.style = next(
            (style for start, style in STYLES.items() if checkpoint.startswith(start)),
            "picture book",
        )
        self._strengths = {lora.model_name: lora.strength for lora in loras}
        self._embeddings = {row.model_name.removesuffix("_animatic") for row in embeddings}

    def strength(self, lora: str) -> float:
        """Return how strongly a LoRA is wanted, 0 to 1."""
        return self._strengths.get(f"{lora}_animatic", 0.0)

    def colour(self, colour: Colour) -> Colour:
        """Return what a colour of the scenery becomes in this look."""
        styled = self._styled(colour)
        for lora, (dark, light) in LIGHTS.items():
            shade = mix(dark, light, grey(styled) / 255)
            styled = mix(styled, shade, 0.68 * self.strength(lora))
        return self._embedded(styled)

    def _styled(self, colour: Colour) -> Colour:
        level = grey(colour)
        match self.style:
            case "watercolour":
                return mix(colour, (250, 244, 232), 0.45)
            case "woodcut":
                return _contrast(colour, 1.25)
            case "shadow theatre":
                return mix((30, 12, 8), (255, 206, 118), min(1, level / 170))
            case "ink wash":
                return mix((34, 36, 40), (244, 240, 230), min(1, level / 165))
            case "noir":
                hard = max(0, min(255, round((level - 92) * 1.9 + 92)))
                return hard, hard, min(255, hard + 4)
            case "neon":
                hue, _, value = colorsys.rgb_to_hsv(*(part / 255 for part in colour))
                red, green, blue = colorsys.hsv_to_rgb((hue * 0.5 + 0.55) % 1, 0.86, value**1.15)
                return round(red * 255), round(green * 255), round(blue * 255)
            case "chalkboard":
                return mix((36, 62, 52), (236, 240, 226), (level / 255) ** 1.6)
            case _:
                return _saturated(colour, 1.12, 0.96)

    def _embedded(self, colour: Colour) -> Colour:
        if "deep_colour" in self._embeddings:
            colour = _saturated(colour, 1.4, 1.0)
        if "pale_colour" in self._embeddings:
            colour = mix(colour, (236, 232, 226), 0.35)
        if "high_contrast" in self._embeddings:
            colour = _contrast(colour, 1.35)
        if "soft_light" in self._embeddings:
            colour = _contrast(colour, 0.72)
        if "sepia" in self._embeddings:
            colour = mix(colour, mix((40, 26, 14), (244, 226, 190), grey(colour) / 255), 0.85)
        return colour


# What a light makes of the darkest and of the lightest colour.
LIGHTS: dict[str, tuple[Colour, Colour]] = {
    "golden_hour": ((104, 46, 30), (255, 224, 138)),
    "moonlight": ((6, 12, 40), (150, 184, 236)),
    "candle_light": ((26, 8, 4), (255, 178, 84)),
}


def _saturated(colour: Colour, saturation: float, value: float) -> Colour:
    hue, has, light = colorsys.rgb_to_hsv(*(part / 255 for part in colour))
    parts = colorsys.hsv_to_rgb(hue, min(1, has * saturation), min(1, light * value))
    red, green, blue = (round(part * 255) for part in parts)
    return red, green, blue


def _contrast(colour: Colour, by: float) -> Colour:
    red, green, blue = (max(0, min(255, round((part - 128) * by + 128))) for part in colour)
    return red, green, blue
