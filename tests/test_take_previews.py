"""What pages show of a take before anybody plays it is small, and agrees with it frame by frame."""

from __future__ import annotations

import io

import av
import av.error
import pytest
from PIL import Image

from storyboard.renders.models import Take
from storyboard.renders.previews import PREVIEW_SIDE, Sheet, make_preview
from storyboard.renders.probe import probe
from storyboard.renders.queue import queue_story
from storyboard.renders.states import State
from tests.films import film, gif
from tests.studio import NOON, Studio


@pytest.mark.parametrize(
    ("frames", "tiles", "every", "columns", "rows"),
    [(1, 1, 1, 1, 1), (8, 8, 1, 8, 1), (64, 64, 1, 8, 8), (65, 33, 2, 8, 5), (128, 64, 2, 8, 8)],
)
def test_a_sprite_has_64_pictures_at_most(frames, tiles, every, columns, rows):
    sheet = Sheet.of(frames)
    assert (sheet.tiles, sheet.every, sheet.columns, sheet.rows) == (tiles, every, columns, rows)


def test_a_preview_has_the_same_frames_at_the_same_rate_and_is_small(tmp_path):
    source = io.BytesIO(film(40, fps=12, width=640, height=360))
    into = tmp_path / "preview.mp4"
    make_preview(source, probe(source), into, {0, 20})
    made = probe(io.BytesIO(into.read_bytes()))
    assert (made.frames, made.fps, made.width, made.height) == (40, 12.0, PREVIEW_SIDE, 144)
    assert made.playable
    with av.open(str(into)) as container:
        packets = [one.is_keyframe for one in container.demux(video=0) if one.size]
    assert packets[0]
    assert packets[20]


def test_a_sprites_pictures_are_the_frames_in_order(tmp_path):
    source = io.BytesIO(film(40, width=128, height=128))
    sheet = Image.open(
        io.BytesIO(make_preview(source, probe(source), tmp_path / "preview.mp4", {0}))
    )
    assert sheet.size == (8 * 120, 5 * 120)
    lights = [
        sheet.convert("L").getpixel((number % 8 * 120 + 60, number // 8 * 120 + 60))
        for number in range(40)
    ]
    assert lights == sorted(lights)
    assert lights[-1] - lights[0] > 200


def test_a_gif_of_odd_sides_has_one_too(tmp_path):
    source = io.BytesIO(gif(12))
    make_preview(source, probe(source), tmp_path / "preview.mp4", {0})
    assert probe(io.BytesIO((tmp_path / "preview.mp4").read_bytes())).frames == 12


def test_a_film_that_has_no_preview_is_a_take_all_the_same(
    story, editor, fake_service, settings, store, monkeypatch
):
    settings.NOVITA_BASE_URL = fake_service.url
    settings.NOVITA_API_KEY = fake_service.key
    settings.SUBMISSIONS_PER_MINUTE = 0
    [render] = queue_story(story.project, editor, "press", NOON)
    studio = Studio(fake_service, render, store)
    studio.tick()

    def refuse(*asked: object) -> bytes:
        raise av.error.ExternalError(1, "the encoder refuses")

    monkeypatch.setattr("storyboard.renders.making.make_preview", refuse)
    studio.make(film(72))
    assert studio.until_end() == State.READY
    take = Take.objects.get()
    assert (take.preview, take.sprite) == ("", "")
    assert take.file in studio.files
