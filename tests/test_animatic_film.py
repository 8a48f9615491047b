"""The films of the built-in engine: exact, repeatable, and different for different words."""

from __future__ import annotations

import dataclasses
import io
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageChops, ImageFilter

from storyboard.engine.animatic import draw
from storyboard.engine.animatic.catalogue import CHECKPOINTS, EMBEDDINGS, ENTRIES, LORAS, cover
from storyboard.engine.animatic.film import Film
from storyboard.engine.animatic.scenery import Scenery
from storyboard.novita.types import Embedding, Lora, ScenePrompt, TextToVideo

STORY = TextToVideo(
    CHECKPOINTS[0].api_name,
    256,
    256,
    20,
    (ScenePrompt("A fox in the snowy forest at night", 8), ScenePrompt("A boat at dawn", 10)),
    7.5,
)


def film(path: Path, request: TextToVideo = STORY, seed: int = 7) -> bytes:
    draw(request, path, seed=seed, fps=8, progress=lambda _: None)
    return path.read_bytes()


def first_picture(request: TextToVideo) -> Image.Image:
    return next(Film(request, 7).pictures())


def of_one(prompt: str, **changes: object) -> TextToVideo:
    return dataclasses.replace(STORY, prompts=(ScenePrompt(prompt, 8),), **changes)  # type: ignore[arg-type]


def difference(one: Image.Image, other: Image.Image) -> float:
    return float(np.asarray(ImageChops.difference(one, other)).mean())


def test_a_film_has_exactly_the_frames_asked_for_and_a_keyframe_at_each_scene(
    tmp_path: Path,
) -> None:
    told: list[int] = []
    draw(STORY, tmp_path / "film", seed=7, fps=8, progress=told.append)

    with av.open(str(tmp_path / "film")) as container:
        frames = list(container.decode(video=0))
        assert container.metadata["comment"].startswith("animatic")
        assert container.streams.video[0].average_rate == 8
    assert len(frames) == 18
    assert [n for n, frame in enumerate(frames) if frame.key_frame] == [0, 8]
    assert told == list(range(1, 19))


def test_a_film_plays_before_it_is_whole(tmp_path: Path) -> None:
    written = film(tmp_path / "film.mp4")

    assert written.index(b"moov") < written.index(b"mdat")


@pytest.mark.parametrize("video_type", ["mp4", "gif"])
def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, video_type: str) -> None:
    request = dataclasses.replace(STORY, video_type=video_type)

    assert film(tmp_path / "one", request) == film(tmp_path / "two", request)
    assert film(tmp_path / "one", request) != film(tmp_path / "three", request, seed=8)


def test_a_gif_has_its_frames(tmp_path: Path) -> None:
    film(tmp_path / "film.gif", dataclasses.replace(STORY, video_type="gif"))

    with Image.open(tmp_path / "film.gif") as picture:
        assert (picture.size, picture.n_frames) == ((256, 256), 18)  # type: ignore[attr-defined]


def test_odd_sides_are_rounded_down(tmp_path: Path) -> None:
    film(tmp_path / "film.mp4", dataclasses.replace(STORY, width=301, height=257))

    with av.open(str(tmp_path / "film.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (300, 256)


def test_different_prompts_differ_even_in_words_nobody_knows() -> None:
    one, other = first_picture(of_one("qwxyz blorp")), first_picture(of_one("vrrt zonk"))

    assert difference(one, other) > 5


def test_a_subject_is_seen_and_the_negative_prompt_removes_it() -> None:
    request = of_one("A fox in the forest")
    without = dataclasses.replace(request, negative_prompt="fox")

    assert difference(first_picture(request), first_picture(without)) > 2


def test_the_negative_prompt_stops_the_snow() -> None:
    assert Film(STORY, 7).scenes[0].weather.flakes > 0
    assert Film(dataclasses.replace(STORY, negative_prompt="snow"), 7).scenes[0].weather.flakes == 0


def test_a_close_up_shows_a_subject_larger_than_a_wide_shot() -> None:
    close = Film(of_one("Close-up of a fox in the forest"), 7).scenes[0].cast[0]
    wide = Film(of_one("Wide shot of a fox in the forest"), 7).scenes[0].cast[0]

    assert close.tall > 2 * wide.tall


def test_a_border_is_crossed_in_small_steps() -> None:
    rows = (ScenePrompt("A girl in the city at night", 20), ScenePrompt("A girl at sea, day", 20))
    pictures = list(Film(dataclasses.replace(STORY, prompts=rows), 7).pictures())
    steps = [difference(a, b) for a, b in pairwise(pictures)]

    assert max(steps) < 0.35 * difference(pictures[0], pictures[-1])


def test_a_closed_loop_ends_where_it_starts() -> None:
    pictures = list(Film(dataclasses.replace(STORY, closed_loop=True), 7).pictures())

    seam = difference(pictures[-1], pictures[0])
    assert seam < 0.5 * difference(pictures[4], pictures[13])


def test_every_style_looks_different() -> None:
    drawn = [first_picture(of_one("A fox", model_name=row.api_name)) for row in CHECKPOINTS]

    assert all(difference(a, b) > 1.5 for n, a in enumerate(drawn) for b in drawn[:n])


def test_every_style_has_lines_of_its_own_not_only_colours() -> None:
    def lines(checkpoint: str) -> Image.Image:
        drawn = first_picture(of_one("A fox in a kitchen", model_name=checkpoint)).convert("L")
        return drawn.filter(ImageFilter.FIND_EDGES)

    drawn = [lines(row.api_name) for row in CHECKPOINTS]

    assert all(difference(a, b) > 4 for n, a in enumerate(drawn) for b in drawn[:n])


def test_a_wash_leaves_the_paper_white_around_it() -> None:
    watercolour = next(row.api_name for row in CHECKPOINTS if "watercolour" in row.tags)
    drawn = first_picture(of_one("A fox at night", model_name=watercolour))

    assert min(drawn.getpixel((1, 128))) > 220
    assert min(drawn.getpixel((128, 40))) < 220


@pytest.mark.parametrize("entry", LORAS, ids=lambda row: row.name)
def test_a_lora_changes_the_film_in_proportion_to_its_strength(entry: object) -> None:
    name = entry.api_name  # type: ignore[attr-defined]
    plain, little, much = (
        list(Film(of_one("A house on a hill", loras=loras), 7).pictures())[5]
        for loras in ((), (Lora(name, 0.2),), (Lora(name, 1.0),))
    )

    assert difference(plain, much) > difference(plain, little) > 0


def test_every_embedding_changes_the_film() -> None:
    plain = first_picture(of_one("A house"))
    for entry in EMBEDDINGS:
        changed = first_picture(of_one("A house", embeddings=(Embedding(entry.api_name),)))
        assert difference(plain, changed) > 0.5, entry.name


@pytest.mark.parametrize(
    "prompt",
    ["שלום עולם", "雪の夜に少女", "🦊🌲❄️", "?!…—()[]:", "(" * 1024, "a fox " * 170, "\u202e\x00"],
    ids=["rtl", "cjk", "emoji", "punctuation", "brackets", "long", "control"],
)
def test_strange_prompts_are_drawn(prompt: str) -> None:
    assert first_picture(of_one(prompt)).size == (256, 256)


def changed(prompt: str, unwanted: str, *, frame: int = 6) -> float:
    """Return how much of a prompt's picture its negative prompt takes away."""
    request = of_one(prompt)
    without = dataclasses.replace(request, negative_prompt=unwanted)
    return difference(
        Film(request, 7).scenes[0].picture(0.5, frame).rgb(),
        Film(without, 7).scenes[0].picture(0.5, frame).rgb(),
    )


@pytest.mark.parametrize(
    "word", ["fog", "rain", "snow", "lightning", "autumn", "wind", "smoke", "darkness", "star"]
)
def test_each_word_of_the_weather_is_drawn_and_can_be_refused(word: str) -> None:
    assert changed(f"A field, {word}", word) > 0.1


@pytest.mark.parametrize("room", ["library", "kitchen", "cellar", "hall", "carriage", "room"])
def test_each_room_is_drawn_as_a_room_of_its_own(room: str) -> None:
    scene = Film(of_one(f"A girl in a {room}"), 7).scenes[0]
    others = {"library", "kitchen", "cellar", "hall", "carriage", "room"} - {room}

    assert scene.indoors
    for other in others:
        there = Film(of_one(f"A girl in a {other}"), 7).scenes[0]
        assert difference(scene.picture(0, 0).rgb(), there.picture(0, 0).rgb()) > 3


def test_a_ship_without_a_named_sea_still_floats_on_one() -> None:
    assert Film(of_one("A cruise liner"), 7).scenes[0].ground == "sea"
    assert Film(of_one("A dolphin"), 7).scenes[0].ground == "sea"


def test_a_boat_that_leaves_is_not_in_autumn() -> None:
    assert Film(of_one("A boat leaves"), 7).scenes[0].weather.leaves == 0
    assert Film(of_one("A boat in autumn"), 7).scenes[0].weather.leaves > 0


@pytest.mark.parametrize("row", CHECKPOINTS, ids=lambda row: row.name)
def test_a_gif_stays_small_in_every_style_even_in_snow_rain_and_grain(
    row: object, tmp_path: Path
) -> None:
    request = dataclasses.replace(
        STORY,
        model_name=row.api_name,  # type: ignore[attr-defined]
        width=512,
        height=512,
        prompts=tuple(ScenePrompt(scene, 16) for scene in ("A fox in a forest", "A kitchen")),
        loras=tuple(Lora(f"{name}_animatic", 1.0) for name in ("film_grain", "snow", "rain")),
        video_type="gif",
    )

    # At the rate of 8 MB for the 128 frames a film may have.
    assert len(film(tmp_path / "film.gif", request)) < 8_000_000 * 32 / 128


def test_fireflies_are_many_lights_that_come_and_go() -> None:
    scene = Film(of_one("Fireflies above a quiet lake"), 7).scenes[0]
    without = Film(of_one("Above a quiet lake at night"), 7).scenes[0]

    assert scene.cast == []
    assert "fireflies" in scene.weather.strength
    assert "fireflies" not in without.weather.strength
    lights = [scene.picture(0.5, frame).rgb() for frame in (0, 4, 8)]
    assert all(difference(one, other) > 0.1 for one, other in pairwise(lights))


def test_a_storm_hides_the_sun_behind_clouds() -> None:
    fair, stormy = (
        Film(of_one(prompt), 7).scenes[0] for prompt in ("A field, day", "A field, day, storm")
    )

    assert len(stormy.sky.clouds) > len(fair.sky.clouds) > 0

    def sun(scene: Scenery) -> int:
        width, height = scene.size
        middle = scene.sky.lit((0.5, 0.2)).y.crop((0, 0, width, height // 3))
        return int(middle.getextrema()[1])

    assert sun(stormy) < sun(fair) - 40


def test_a_crescent_moon_is_darker_than_a_full_one() -> None:
    full, crescent = (
        Film(of_one(f"A {moon} moon at night"), 7).scenes[0].sky.glow.full
        for moon in ("full", "crescent")
    )

    assert np.asarray(crescent).mean() < 0.8 * np.asarray(full).mean()


def test_one_window_is_lit_when_the_words_say_one() -> None:
    def lit(prompt: str) -> int:
        drawn = np.asarray(first_picture(of_one(prompt, guidance_scale=30))).astype(np.int16)
        red, blue = drawn[:, :, 0], drawn[:, :, 2]
        return int(((red > 150) & (red - blue > 70)).sum())

    one, many = lit("The city sleeps, one window is lit"), lit("The city sleeps, windows are lit")
    assert 0 < one < many / 3


@pytest.mark.parametrize("prompt", ["A candle burns in a dark window", "A cat sits by the window"])
def test_whoever_is_at_a_window_is_indoors(prompt: str) -> None:
    assert Film(of_one(prompt), 7).scenes[0].indoors
    assert not Film(of_one("The city sleeps, one window is lit"), 7).scenes[0].indoors


def test_each_cover_shows_what_its_entry_does() -> None:
    covers = {row.api_name: Image.open(io.BytesIO(cover(row))).convert("RGB") for row in ENTRIES}
    plain = covers.pop(CHECKPOINTS[0].api_name)

    for name, picture in covers.items():
        assert picture.size == (256, 256)
        assert difference(plain, picture) > 2, name
