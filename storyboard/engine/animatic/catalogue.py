"""What the built-in engine offers: checkpoints are styles, LoRAs and embeddings change them."""

from __future__ import annotations

import io
from dataclasses import dataclass

from storyboard.engine.animatic.film import Film
from storyboard.novita.types import Embedding, Lora, ScenePrompt, TextToVideo

COVER_SIDE = 256
COVER_FRAMES = 8
COVER_SEED = 7
COVER_PROMPT = "A lighthouse on a hill above the sea at dusk, first stars"


@dataclass(frozen=True)
class Entry:
    """One row of the model list; `kind` is checkpoint, lora or textualinversion."""

    kind: str
    name: str
    api_name: str
    tags: tuple[str, ...]
    description: str
    base_model: str = "SD 1.5"

    @property
    def sd_name(self) -> str:
        return self.api_name


def _checkpoint(api_name: str, name: str, style: str, description: str) -> Entry:
    return Entry("checkpoint", name, api_name, ("animatic", style), description)


# The names that the service's own example and documents use are here too, so that a request
# written for the service renders unchanged.
CHECKPOINTS = (
    _checkpoint(
        "darkSushiMixMix_225D_64380.safetensors",
        "Dark Sushi Mix 2.25D",
        "picture book",
        "Deep, warm colours of a picture book.",
    ),
    _checkpoint(
        "dreamshaper_8_93211.safetensors", "DreamShaper 8", "watercolour", "Light washes on paper."
    ),
    _checkpoint(
        "realisticVisionV51_v51VAE_94301.safetensors",
        "Realistic Vision 5.1",
        "woodcut",
        "Three inks, and shades cut as lines.",
    ),
    _checkpoint(
        "epicrealism_naturalSin_121250.safetensors",
        "epiCRealism",
        "shadow theatre",
        "Black cut-outs before a lit screen.",
    ),
    _checkpoint("inkWash_animatic.safetensors", "Ink wash", "ink wash", "Grey ink on pale paper."),
    _checkpoint("noir_animatic.safetensors", "Noir", "noir", "Black, white, and hard light."),
    _checkpoint("neon_animatic.safetensors", "Neon", "neon", "Violet nights and electric signs."),
    _checkpoint(
        "chalkboard_animatic.safetensors", "Chalkboard", "chalkboard", "Chalk on a green board."
    ),
)


def _lora(api_name: str, name: str, description: str) -> Entry:
    return Entry("lora", name, api_name, ("animatic", "light"), description)


LORAS = (
    _lora("film_grain_animatic", "Film grain", "Fine moving grain."),
    _lora("candle_light_animatic", "Candle light", "A warm, breathing glow."),
    _lora("snow_animatic", "Snow", "Falling snow."),
    _lora("rain_animatic", "Rain", "Slanting rain."),
    _lora("fog_animatic", "Fog", "Mist over the ground."),
    _lora("vignette_animatic", "Vignette", "Darker corners."),
    _lora("golden_hour_animatic", "Golden hour", "The low sun's gold."),
    _lora("moonlight_animatic", "Moonlight", "Cool, dim blue."),
    _lora("dolly_zoom_animatic", "Dolly zoom", "The view closes in."),
    _lora("hand_held_animatic", "Hand-held", "A camera that breathes."),
)
EMBEDDINGS = tuple(
    Entry("textualinversion", name, api_name, ("animatic", "colour"), description)
    for api_name, name, description in (
        ("deep_colour_animatic", "Deep colour", "Stronger colours."),
        ("pale_colour_animatic", "Pale colour", "Fainter colours."),
        ("high_contrast_animatic", "High contrast", "Darker darks, lighter lights."),
        ("soft_light_animatic", "Soft light", "Gentler contrast."),
        ("sepia_animatic", "Sepia", "Brown, as an old photograph."),
    )
)
ENTRIES: tuple[Entry, ...] = (*CHECKPOINTS, *LORAS, *EMBEDDINGS)


def cover(entry: Entry) -> bytes:
    """Return a WebP of 256 pixels a side that shows what the entry does."""
    checkpoint = entry.api_name if entry.kind == "checkpoint" else CHECKPOINTS[0].api_name
    request = TextToVideo(
        checkpoint,
        COVER_SIDE,
        COVER_SIDE,
        20,
        (ScenePrompt(COVER_PROMPT, COVER_FRAMES),),
        7.5,
        loras=(Lora(entry.api_name, 1.0),) if entry.kind == "lora" else (),
        embeddings=(Embedding(entry.api_name),) if entry.kind == "textualinversion" else (),
    )
    # The last frame: where the camera has gone to.
    *_, last = Film(request, COVER_SEED).plates()
    out = io.BytesIO()
    last.rgb().save(out, "WEBP", quality=82)
    return out.getvalue()
