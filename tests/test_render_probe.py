"""A file from elsewhere is believed only after each of its frames was decoded."""

from __future__ import annotations

import contextlib
import io
import random

import pytest

from storyboard.renders import probe as probing
from storyboard.renders.pictures import make_playable, poster
from storyboard.renders.probe import NotAVideo, probe
from tests.films import film, gif


def test_an_mp4_tells_its_rate_its_frames_and_its_size():
    facts = probe(io.BytesIO(film(40, fps=8, width=96, height=64)))
    assert (facts.fps, facts.frames, facts.width, facts.height) == (8.0, 40, 96, 64)
    assert facts.duration == 5.0
    assert facts.video_type == "mp4"
    assert facts.playable


def test_a_gif_tells_them_too_and_is_not_for_the_player():
    facts = probe(io.BytesIO(gif(12, seconds_each=0.1)))
    assert (facts.fps, facts.frames, facts.video_type) == (10.0, 12, "gif")
    assert not facts.playable


def test_a_codec_that_browsers_do_not_play_is_a_video_but_not_playable():
    facts = probe(io.BytesIO(film(10, codec="mpeg4")))
    assert facts.frames == 10
    assert not facts.playable


def test_the_pictures_asked_for_come_back_from_the_same_pass():
    facts = probe(io.BytesIO(film(40)), lambda frames: [0, frames // 2, frames - 1])
    assert sorted(facts.pictures) == [0, 20, 39]
    lights = [facts.pictures[number].getpixel((5, 5))[0] for number in (0, 20, 39)]
    assert lights == sorted(lights)
    assert lights[0] < 20
    assert lights[2] > 220


def test_a_gif_becomes_an_mp4_of_the_same_frames_at_the_same_rate(tmp_path):
    source = io.BytesIO(gif(12))
    facts = probe(source)
    out = tmp_path / "play.mp4"
    make_playable(source, facts, out, {0, 6})
    content = out.read_bytes()
    made = probe(io.BytesIO(content))
    assert (made.frames, made.fps, made.width, made.height) == (12, 10.0, 62, 64)
    assert made.playable
    assert content.find(b"moov") < content.find(b"mdat")


def test_a_poster_is_a_small_webp():
    facts = probe(io.BytesIO(film(2, width=960, height=540)), lambda frames: [1])
    made = poster(facts.pictures[1])
    assert made[:4] == b"RIFF"
    assert made[8:12] == b"WEBP"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"<html><body>Access denied</body></html>", "web page"),
        (b"<?xml version='1.0'?><Error><Code>ExpiredToken</Code></Error>", "web page"),
        (b"  \n<!doctype html>", "web page"),
        (b"ffconcat version 1.0\nfile secret.mp4\n", "does not begin"),
        (b"#EXTM3U\nfile:///etc/passwd\n", "does not begin"),
        (b"\x89PNG\r\n\x1a\n0000", "does not begin"),
        (b"\0\0\0\x18ftypmp42" + b"x" * 200, "damaged"),
        (b"\0\0\0\x18ftyp", "damaged"),
        (b"GIF89a;", "damaged"),
    ],
)
def test_what_is_no_video_is_named_for_what_it_is(content, why):
    with pytest.raises(NotAVideo, match=why):
        probe(io.BytesIO(content))


def test_a_text_named_mp4_never_opens_the_file_it_names(tmp_path):
    (tmp_path / "secret.mp4").write_bytes(film(4))
    (tmp_path / "list.mp4").write_text("ffconcat version 1.0\nfile secret.mp4\n")
    with (tmp_path / "list.mp4").open("rb") as file, pytest.raises(NotAVideo):
        probe(file)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("make", [film, gif])
def test_a_file_that_is_cut_off_is_not_whole(make, share):
    whole = make()
    with pytest.raises(NotAVideo):
        probe(io.BytesIO(whole[: int(len(whole) * share)]))


def test_no_damage_raises_anything_but_not_a_video():
    whole = bytearray(film(12))
    dice = random.Random(4)
    for _ in range(60):
        broken = bytearray(whole)
        for _ in range(8):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        with contextlib.suppress(NotAVideo):
            probe(io.BytesIO(bytes(broken)))


def test_a_film_longer_than_the_service_can_make_is_refused(monkeypatch):
    monkeypatch.setattr(probing, "FRAMES_MAX", 20)
    with pytest.raises(NotAVideo, match="more than 20 frames"):
        probe(io.BytesIO(film(21)))


def test_a_picture_wider_than_4096_pixels_is_refused_before_it_is_decoded():
    with pytest.raises(NotAVideo, match="4098 by 16"):
        probe(io.BytesIO(film(1, width=4098, height=16)))
