"""Saving: a film comes home whole, is cut where its scenes meet, or is asked for again."""

from __future__ import annotations

import hashlib
import io
from datetime import timedelta

import pytest

from storyboard.renders import home, steps
from storyboard.renders.models import Render, Span, Take
from storyboard.renders.probe import probe
from storyboard.renders.queue import queue_scene, queue_story
from storyboard.renders.states import State
from storyboard.stories.models import Scene
from tests.films import film, gif
from tests.studio import NOON, Studio


@pytest.fixture
def studio(story, editor, fake_service, settings, tmp_path) -> Studio:
    settings.NOVITA_BASE_URL = fake_service.url
    settings.SUBMISSIONS_PER_MINUTE = 0
    [render] = queue_story(story.project, editor, "press", NOON)
    studio = Studio(fake_service, render, tmp_path / "takes")
    studio.tick()
    fake_service.answers("succeed")
    studio.make()
    return studio


def test_a_take_says_what_its_file_holds(studio):
    studio.make(film(72, fps=8, width=96, height=64))
    assert studio.next_tick() == State.READY
    take = Take.objects.get()
    assert (take.number, take.fps, take.frames, take.width, take.height) == (1, 8.0, 72, 96, 64)
    assert (take.seed, take.original, take.video_type) == ("4711", "", "mp4")
    with studio.store.open(take.file) as file:
        content = file.read()
    assert take.sha256 == hashlib.sha256(content).hexdigest()
    assert take.bytes == len(content)
    assert studio.render.finished_at == studio.time
    assert studio.render.lease_owner == ""


def test_a_take_is_cut_into_the_scenes_and_stands_for_them(studio, story):
    studio.next_tick()
    take = Take.objects.get()
    spans = list(take.spans.all())
    assert [(span.first_frame, span.frames) for span in spans] == [(0, 32), (32, 24), (56, 16)]
    assert [span.prompt for span in spans] == [scene.prompt for scene in story.scenes]
    assert all(studio.store.exists(span.poster) for span in spans)
    assert studio.store.exists(take.poster)
    for scene, span in zip(story.scenes, spans, strict=True):
        scene.refresh_from_db()
        assert scene.pick == span


def test_nothing_is_left_in_the_store_but_what_rows_name(studio):
    studio.next_tick()
    take = Take.objects.get()
    assert studio.files == {
        take.file,
        take.preview,
        take.sprite,
        *Span.objects.values_list("poster", flat=True),
    }


def test_a_take_of_other_frames_than_asked_for_is_cut_by_share(studio):
    studio.make(film(36, fps=12))
    assert studio.next_tick() == State.READY
    take = Take.objects.get()
    assert (take.frames, take.fps) == (36, 12.0)
    assert [(s.first_frame, s.frames) for s in take.spans.all()] == [(0, 16), (16, 12), (28, 8)]


def test_a_scene_alone_changes_no_other_scenes_pick(studio, story, editor):
    assert studio.next_tick() == State.READY
    picked = Scene.objects.get(pk=story.scenes[0].pk).pick_id
    studio.render = queue_scene(story.scenes[1], editor, "alone", studio.time)
    assert studio.until_end() == State.READY
    assert Scene.objects.get(pk=story.scenes[0].pk).pick_id == picked
    span = Scene.objects.get(pk=story.scenes[1].pk).pick
    assert (span.take.number, span.first_frame, span.frames) == (2, 0, 24)


def test_takes_of_one_project_are_numbered_in_a_row(studio, story, editor):
    for number in range(3):
        queue_scene(story.scenes[0], editor, f"again{number}", studio.time)
    while Render.objects.under_way().exists():
        studio.tick(1)
    assert sorted(Take.objects.values_list("number", flat=True)) == [1, 2, 3, 4]


def test_a_gif_is_kept_and_plays_as_an_mp4(studio):
    studio.make(gif(36))
    assert studio.next_tick() == State.READY
    take = Take.objects.get()
    assert take.video_type == "gif"
    assert take.original.endswith(".gif")
    assert take.file.endswith(".mp4")
    with studio.store.open(take.original) as file:
        assert file.read() == gif(36)
    with studio.store.open(take.file) as file:
        facts = probe(io.BytesIO(file.read()))
    assert (facts.frames, facts.fps, facts.playable) == (36, 10.0, True)
    assert take.bytes == len(gif(36))


def test_two_videos_are_two_takes_and_the_first_is_picked(studio, story):
    studio.make(film(72), film(36))
    assert studio.next_tick() == State.READY
    takes = Take.objects.order_by("number")
    assert [(take.number, take.frames) for take in takes] == [(1, 72), (2, 36)]
    assert Scene.objects.get(pk=story.scenes[0].pk).pick.take.number == 1


def test_one_bad_video_of_two_does_not_lose_the_other(studio):
    studio.make(film(72), b"<html>no film</html>")
    assert studio.until_end() == State.READY
    assert Take.objects.get().frames == 72


def test_a_scene_that_is_gone_leaves_its_span(studio, story):
    Scene.objects.filter(pk=story.scenes[1].pk).delete()
    assert studio.next_tick() == State.READY
    here = [story.scenes[0].pk, None, story.scenes[2].pk]
    assert [span.scene_id for span in Span.objects.all()] == here


def test_a_deleted_project_still_gets_what_was_paid_for(studio, story):
    story.project.delete_at(NOON)
    assert studio.next_tick() == State.READY
    assert Take.objects.count() == 1


def test_the_key_is_not_shown_to_the_videos_host(studio):
    studio.next_tick()
    [asked] = studio.service.downloads
    assert "authorization" not in asked.headers


BAD = [
    "expired",
    "truncated",
    "html",
    "html_as_video",
    "empty",
    "wrong_type",
    "endless",
    "no_length_cut",
]


@pytest.mark.parametrize("bad", BAD)
def test_what_is_no_whole_film_is_fetched_again_with_a_fresh_link(studio, bad, settings):
    settings.DOWNLOAD_BYTES_MAX = 300_000
    studio.service.next_download(bad)
    assert studio.next_tick() == State.SAVING
    assert studio.render.misses == 1
    assert studio.render.message
    assert studio.files == set()
    assert studio.next_tick() == State.READY
    first, second = studio.service.downloads
    assert first.query["X-Amz-Signature"] != second.query["X-Amz-Signature"]
    assert len(studio.service.submissions) == 1


@pytest.mark.parametrize("bad", BAD)
def test_what_never_comes_whole_fails_and_leaves_no_file(studio, bad, settings):
    settings.DOWNLOAD_BYTES_MAX = 300_000
    studio.service.every("download", bad)
    assert studio.until_end() == State.FAILED
    reasons = {"not_a_video", "link_expired", "download_broken", "too_large"}
    assert studio.render.reason in reasons
    assert studio.render.message
    assert not Take.objects.exists()
    assert studio.files == set()
    assert len(studio.service.submissions) == 1


def test_a_text_that_names_other_files_is_no_film(studio):
    studio.make(b"ffconcat version 1.0\nfile secret.mp4\n")
    assert studio.until_end() == State.FAILED
    assert studio.render.reason == "not_a_video"


def test_an_expired_link_is_asked_for_three_times_more_and_then_named(studio):
    studio.service.every("download", "expired")
    assert studio.until_end() == State.FAILED
    assert studio.render.reason == "link_expired"
    assert "3600 seconds" in studio.render.message
    assert len(studio.service.downloads) == 1 + steps.FRESH_LINKS


def test_a_host_of_films_that_is_down_for_an_hour_loses_nothing(studio):
    studio.service.every("download", "error", status=503)
    end = studio.time + timedelta(hours=1)
    while studio.time < end:
        assert studio.next_tick() == State.SAVING
    studio.service.every("download")
    assert studio.until_end() == State.READY


def test_a_full_disk_pauses_the_saving_until_there_is_room(studio, settings):
    room, settings.RESERVE_BYTES = settings.RESERVE_BYTES, 2**62
    for _ in range(200):
        assert studio.next_tick() == State.SAVING
    assert studio.render.reason == "store_full"
    assert studio.service.downloads == []
    settings.RESERVE_BYTES = room
    assert studio.until_end() == State.READY


def test_a_disk_that_fills_while_a_film_comes_in_pauses_it_too(studio, settings, monkeypatch):
    monkeypatch.setattr(home, "LOOK_EVERY", 1000)
    room, write = settings.RESERVE_BYTES, home.Sink.write

    def filling(sink: home.Sink, data: bytes) -> int:
        settings.RESERVE_BYTES = 2**62
        return write(sink, data)

    monkeypatch.setattr(home.Sink, "write", filling)
    assert studio.next_tick() == State.SAVING
    assert studio.render.reason == "store_full"
    assert studio.render.misses == 0
    assert studio.files == set()
    monkeypatch.undo()
    settings.RESERVE_BYTES = room
    assert studio.until_end() == State.READY


def test_a_disk_that_refuses_is_tried_again(studio, monkeypatch):
    def refuse(sink: home.Sink, data: bytes) -> int:
        raise home.SinkRefused("no space left")

    monkeypatch.setattr(home.Sink, "write", refuse)
    assert studio.next_tick() == State.SAVING
    assert studio.render.reason == "store_failed"
    assert studio.render.misses == 0
    monkeypatch.undo()
    assert studio.until_end() == State.READY


def test_a_result_that_was_being_saved_is_taken_up_by_the_next_poller(studio):
    Render.objects.update(state=State.SAVING, lease_owner="dead/1", lease_until=studio.time)
    assert studio.tick(2) == State.READY
    assert Take.objects.count() == 1


def test_saving_keeps_its_lease_while_bytes_come_in(studio, monkeypatch):
    left = []
    write = home.Sink.write

    def slowly(sink: home.Sink, data: bytes) -> int:
        studio.time += timedelta(seconds=30)
        for place in range(0, len(data), 1000):
            studio.time += timedelta(seconds=30)
            write(sink, data[place : place + 1000])
            left.append(Render.objects.get().lease_until - studio.time)
        return len(data)

    monkeypatch.setattr(home.Sink, "write", slowly)
    assert studio.next_tick() == State.READY
    assert len(left) > 3
    assert min(left) > timedelta(seconds=60)


def test_a_poller_that_is_told_to_stop_leaves_a_download_to_the_next_one(studio, monkeypatch):
    write = home.Sink.write

    def stop(sink: home.Sink, data: bytes) -> int:
        studio.poller.stop()
        return write(sink, data)

    monkeypatch.setattr(home.Sink, "write", stop)
    assert studio.next_tick() == State.SAVING
    assert studio.render.lease_owner == ""
    assert studio.files == set()
    monkeypatch.undo()
    studio.poller.stopping = False
    assert studio.until_end() == State.READY
