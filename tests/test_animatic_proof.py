"""What a request's figures do to a film, measured on the frames of real files."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from storyboard.engine.animatic import draw
from storyboard.engine.animatic.catalogue import CHECKPOINTS, LORAS, Entry
from storyboard.novita.types import Lora, ScenePrompt, TextToVideo

SIDE = 128
Frames = NDArray[np.int16]
Shown = Callable[..., Frames]

PLAIN = TextToVideo(
    CHECKPOINTS[0].api_name, SIDE, SIDE, 20, (ScenePrompt("A house on a hill", 12),), 7.5
)
LOOP = dataclasses.replace(
    PLAIN,
    prompts=tuple(
        ScenePrompt(words, 20)
        for words in ("A girl walks in the snow, fog", "A ship on the sea in the rain")
    ),
    closed_loop=True,
)


@pytest.fixture
def shown(tmp_path: Path) -> Shown:
    """Return a function that draws a film into a file and reads its frames back."""

    def film(request: TextToVideo = PLAIN, **changes: object) -> Frames:
        path = tmp_path / "film.mp4"
        wanted = dataclasses.replace(request, **changes)  # type: ignore[arg-type]
        draw(wanted, path, seed=7, fps=8, progress=lambda _: None)
        with av.open(str(path)) as container:
            frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        return np.stack(frames).astype(np.int16)

    return film


def of_one(words: str, frames: int = 12) -> tuple[ScenePrompt, ...]:
    return (ScenePrompt(words, frames),)


def distance(one: Frames, other: Frames) -> float:
    """Return the mean difference of two films in levels of 0 to 255."""
    return float(np.abs(one - other).mean())


def seen(one: Frames, other: Frames) -> float:
    """Return the share of a film where an eye would see that it is another one."""
    return float((np.abs(one - other).max(axis=-1) > 10).mean())


def detail(film: Frames) -> float:
    """Return how much of a film is edges."""
    edges = [
        Image.fromarray(frame.astype(np.uint8)).convert("L").filter(ImageFilter.FIND_EDGES)
        for frame in film[::4]
    ]
    return float(np.mean([np.asarray(edge)[1:-1, 1:-1] for edge in edges]))


@pytest.mark.parametrize("words", ["A house on a hill", "A fox in the forest, snow and rain"])
@pytest.mark.parametrize("entry", LORAS, ids=lambda row: row.name)
def test_more_of_a_lora_is_farther_from_the_film_without_it(
    entry: Entry, words: str, shown: Shown
) -> None:
    plain = shown(prompts=of_one(words))
    films = [
        shown(prompts=of_one(words), loras=(Lora(entry.api_name, strength),))
        for strength in (0.2, 0.6, 1.0)
    ]
    little, half, all_of_it = (distance(plain, film) for film in films)

    assert 0 < little < half < all_of_it
    assert seen(plain, films[0]) > 0.005
    assert all_of_it > 1.5 * little


@pytest.mark.parametrize("entry", [row for row in LORAS if row.name in ("Snow", "Rain")])
def test_what_falls_outside_is_seen_through_a_window_too(entry: Entry, shown: Shown) -> None:
    plain, much = (
        shown(prompts=of_one("A girl in a room"), loras=loras)
        for loras in ((), (Lora(entry.api_name, 1.0),))
    )

    assert seen(plain, much) > 0.005


@pytest.mark.parametrize(
    "words", ["A girl in a field", "A street in a town", "A ship on the sea", "A cat in a room"]
)
def test_more_steps_draw_more_detail(words: str, shown: Shown) -> None:
    few, usual, many = (
        shown(prompts=of_one(words), steps=steps, negative_prompt="") for steps in (3, 20, 50)
    )

    assert detail(few) < detail(usual) < detail(many)
    assert seen(few, many) > 0.01


@pytest.mark.parametrize(
    "words", ["A fox in a meadow", "A lighthouse by the sea", "A cat in a room"]
)
def test_more_guidance_gives_more_of_the_picture_to_what_is_named(words: str, shown: Shown) -> None:
    def share(guidance: float) -> float:
        prompts = of_one(words)
        named = shown(prompts=prompts, guidance_scale=guidance)
        refused = words.split()[1]
        without = shown(prompts=prompts, guidance_scale=guidance, negative_prompt=refused)
        return seen(named, without)

    vague, little, usual, literal = (share(guidance) for guidance in (1, 3, 7.5, 20))

    assert vague < little < usual < literal


def test_less_guidance_leans_to_a_hue_of_the_prompts_own(shown: Shown) -> None:
    films = [shown(guidance_scale=guidance) for guidance in (30, 15, 7.5, 2)]
    away = [distance(films[0], film) for film in films[1:]]

    assert away == sorted(away)
    assert away[0] > 1


@pytest.mark.parametrize("entry", CHECKPOINTS, ids=lambda row: row.name)
def test_the_seam_of_a_closed_loop_is_no_bigger_than_the_steps_inside(
    entry: Entry, shown: Shown
) -> None:
    film = shown(LOOP, model_name=entry.api_name)
    steps = [distance(one, other) for one, other in pairwise(film)]
    seam = distance(film[-1], film[0])

    assert seam <= max(steps)
    # As the frames right before and after it: what falls and sways goes on, too.
    assert seam <= 1.5 * float(np.mean([*steps[:4], *steps[-4:]]))


@pytest.mark.parametrize("entry", LORAS, ids=lambda row: row.name)
def test_a_loop_stays_closed_under_every_lora(entry: Entry, shown: Shown) -> None:
    film = shown(LOOP, loras=(Lora(entry.api_name, 1.0),))
    steps = [distance(one, other) for one, other in pairwise(film)]

    assert distance(film[-1], film[0]) <= max(steps)
