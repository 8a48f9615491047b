"""Sheets of sample drawings, to judge the built-in engine by eye."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from PIL import Image, ImageDraw, ImageFont

from storyboard.engine.animatic.catalogue import CHECKPOINTS, COVER_PROMPT, LORAS
from storyboard.engine.animatic.film import Film
from storyboard.novita.types import Lora, ScenePrompt, TextToVideo

SIDE = 256
LABEL = 22
FRAMES = 16
SAMPLE_SIDE, SAMPLE_FRAMES, SAMPLE_RATE = 448, 20, 8
PROMPTS = (
    "A lighthouse on a hill above the sea at dusk",
    "A fox waits in the snowy forest at night",
    "A boat leaves the harbour at dawn",
    "Rain over the roofs of an old town",
    "A child flies a kite on a summer meadow",
    "A candle burns in a dark window",
    "Wolves howl under the full moon",
    "A train crosses a mountain valley",
    "Fireflies above a quiet lake",
    "A market street on a bright morning",
    "A storm gathers over the ocean",
    "Snow falls on a village square",
    "An owl watches from a pine",
    "A desert caravan at sunset",
    "A garden in spring, petals in the wind",
    "A ship in the moonlight",
    "The city sleeps, one window is lit",
    "A campfire among the trees",
    "Mist over the hills before sunrise",
    "A whale surfaces near an island",
    "A castle on a cliff in thunder",
    "Children skate on a frozen river",
    "A tiger prowls the jungle",
    "The last star fades over the sea",
)
TRAVEL = (
    "In the wintry dusk, a little girl holds matches tightly.",
    "A little girl, barefoot on the frosty pavement, seeks solace.",
    "A little girl with each match experiences a fleeting dance of warmth and hope.",
    "In the quiet night, a little girl's silent story unfolds.",
)

Picture = tuple[str, Image.Image]


class Command(BaseCommand):
    help = "Draw sheets of prompts, styles, LoRAs and a travel into docs/, and the sample film."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--into", type=Path, default=settings.BASE_DIR / "docs")

    def handle(self, *args: Any, into: Path, **options: Any) -> None:
        sheets = (
            ("prompts", prompts(), 6),
            ("styles", styles(), 4),
            # Two LoRAs in a row, and one scene.
            ("loras", loras(), 4),
            ("travel", travel(), 4),
        )
        for name, pictures, columns in sheets:
            path = into / f"gallery-{name}.webp"
            sheet(list(pictures), columns).save(path, quality=84, method=6)
            self._tell(path)
        path = into / "sample-film.webp"
        sample_film(path)
        self._tell(path)

    def _tell(self, path: Path) -> None:
        self.stdout.write(f"{path.name}: {path.stat().st_size // 1024} KB")


def pictures_of(words: str, checkpoint: str, *chosen: Lora) -> list[Image.Image]:
    request = TextToVideo(
        checkpoint, SIDE, SIDE, 20, (ScenePrompt(words, FRAMES),), 7.5, loras=chosen
    )
    return list(Film(request, 7).pictures())


def prompts() -> Iterator[Picture]:
    for words in PROMPTS:
        yield words, pictures_of(words, CHECKPOINTS[0].api_name)[FRAMES // 2]


def styles() -> Iterator[Picture]:
    for entry in CHECKPOINTS:
        yield entry.name, pictures_of(COVER_PROMPT, entry.api_name)[FRAMES // 2]


def loras() -> Iterator[Picture]:
    for entry in LORAS:
        for strength in (0.2, 1.0):
            chosen = Lora(entry.api_name, strength)
            drawn = pictures_of(COVER_PROMPT, CHECKPOINTS[0].api_name, chosen)
            yield f"{entry.name} {strength}", drawn[-1]


def travel() -> Iterator[Picture]:
    rows = tuple(ScenePrompt(words, FRAMES) for words in TRAVEL)
    request = TextToVideo(CHECKPOINTS[0].api_name, SIDE, SIDE, 20, rows, 7.5)
    for number, picture in enumerate(Film(request, 7).pictures()):
        if number % 4 == 2:
            yield f"frame {number + 1}", picture


def sample_film(path: Path) -> None:
    """Write the sample story as an animated WebP that comes round to its beginning."""
    rows = tuple(ScenePrompt(words, SAMPLE_FRAMES) for words in TRAVEL)
    request = TextToVideo(
        CHECKPOINTS[0].api_name, SAMPLE_SIDE, SAMPLE_SIDE, 20, rows, 7.5, closed_loop=True
    )
    first, *others = Film(request, 7).pictures()
    first.save(
        path,
        save_all=True,
        append_images=others,
        duration=1000 // SAMPLE_RATE,
        loop=0,
        quality=84,
        method=4,
        # Every frame whole: differences leave blocks behind where scenes meet.
        kmin=0,
        kmax=1,
    )


def sheet(pictures: list[Picture], columns: int) -> Image.Image:
    """Return the pictures in rows, each over its words."""
    rows = -(-len(pictures) // columns)
    page = Image.new("RGB", (columns * SIDE, rows * (SIDE + LABEL)), (246, 243, 238))
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(11)
    for place, (words, picture) in enumerate(pictures):
        x, y = place % columns * SIDE, place // columns * (SIDE + LABEL)
        page.paste(picture, (x, y))
        draw.text((x + 6, y + SIDE + 4), words[:48], fill=(60, 52, 44), font=font)
    return page
