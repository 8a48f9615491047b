"""A store that fails: nothing is ready before it is kept, and nothing is fetched twice."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from storyboard.renders import bucket
from storyboard.renders.bucket import BucketStore
from storyboard.renders.models import Take
from storyboard.renders.queue import queue_story
from storyboard.renders.states import State
from storyboard.renders.storage import take_store
from storyboard.renders.store import StoreUnavailable, TakeStore
from tests.buckets import read
from tests.films import film, gif
from tests.shelf import add_take
from tests.studio import NOON, Studio


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(bucket, "READ_SECONDS", 0.3)


@pytest.fixture
def studio(story, editor, fake_service, settings, s3) -> Studio:
    settings.NOVITA_BASE_URL = fake_service.url
    settings.SUBMISSIONS_PER_MINUTE = 0
    [render] = queue_story(story.project, editor, "press", NOON)
    studio = Studio(fake_service, render, take_store())
    studio.tick()
    return studio


def on_disk(store: TakeStore) -> list[str]:
    return sorted(path.name for path in store.root.rglob("*") if path.is_file())


def test_the_settings_choose_the_store(s3, settings):
    assert isinstance(take_store(), BucketStore)
    assert take_store() is take_store()
    settings.TAKES_BUCKET = {}
    assert type(take_store()) is TakeStore


@pytest.mark.parametrize("make", [film, gif])
def test_a_take_comes_home_to_the_bucket_and_leaves_nothing_on_the_disk(studio, make):
    studio.make(make(72))
    assert studio.until_end() == State.READY
    take = Take.objects.get()
    assert read(studio.store, take.original or take.file) == make(72)
    assert on_disk(studio.store) == []
    assert studio.files >= {take.file, take.poster}


@pytest.mark.parametrize("writes_alone", [True, False])
@pytest.mark.parametrize("trouble", ["denied", "broken", "hang"])
@pytest.mark.parametrize("make", [film, gif])
def test_what_the_store_refuses_waits_here_and_is_not_fetched_again(
    studio, s3, trouble, writes_alone, make
):
    studio.make(make(72))
    s3.trouble, s3.writes_alone = trouble, writes_alone
    waits = []
    for _ in range(3):
        assert studio.next_tick() == State.SAVING
        assert studio.render.reason == "store_failed"
        assert studio.render.misses == 0
        waits.append(studio.render.next_step_at - studio.time)
        [waiting] = on_disk(studio.store)
        assert waiting.endswith(".waiting")
    assert waits[0].total_seconds() >= 2
    assert not Take.objects.exists()
    # The link and the host of films are gone by then; the film is not.
    studio.service.every("download", "expired")
    s3.trouble = ""
    assert studio.until_end() == State.READY
    take = Take.objects.get()
    assert read(studio.store, take.original or take.file) == make(72)
    assert on_disk(studio.store) == []
    assert len(studio.service.downloads) == 1
    assert len(studio.service.submissions) == 1


@pytest.mark.parametrize("word", ["gone", "no_video"])
def test_what_waits_here_comes_home_though_the_service_forgot_it(studio, s3, word):
    studio.make(film(72))
    s3.trouble = "denied"
    assert studio.next_tick() == State.SAVING
    studio.service.answers(word, task_id=studio.render.task_id)
    for _ in range(12):
        assert studio.next_tick() == State.SAVING
    s3.trouble = ""
    assert studio.until_end() == State.READY
    assert read(studio.store, Take.objects.get().file) == film(72)
    assert len(studio.service.downloads) == 1
    assert on_disk(studio.store) == []


def test_a_store_that_keeps_half_of_it_is_not_believed(studio, monkeypatch):
    save = studio.store.storage.save

    def half(name: str, content) -> str:
        return save(name, ContentFile(content.read(content.size // 2)))

    studio.make(film(72))
    monkeypatch.setattr(studio.store.storage, "save", half)
    assert studio.next_tick() == State.SAVING
    assert studio.render.reason == "store_failed"
    assert not Take.objects.exists()
    monkeypatch.undo()
    assert studio.until_end() == State.READY
    assert read(studio.store, Take.objects.get().file) == film(72)


def test_a_bucket_that_is_gone_is_no_missing_film(s3, story, cast):
    take = add_take(story.project, stored=True)
    store = take_store()
    store.storage.bucket_name = "another-bucket"
    with pytest.raises(StoreUnavailable):
        store.exists(take.file)
    answer = cast.browser("viewer").get(reverse("take_video", args=(take.pk,)))
    assert answer.status_code == 503
    take.refresh_from_db()
    assert take.lost_at is None


@pytest.mark.parametrize("trouble", ["denied", "broken", "hang"])
def test_a_player_is_told_to_come_again_while_the_store_is_away(s3, story, cast, trouble):
    take = add_take(story.project, stored=True)
    s3.trouble = trouble
    answer = cast.browser("viewer").get(reverse("take_video", args=(take.pk,)))
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert answer["Cache-Control"] == "no-store"
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    take.refresh_from_db()
    assert take.lost_at is None


def test_a_range_of_a_large_film_asks_the_store_for_no_more_than_a_window(s3, story, cast):
    take = add_take(story.project, stored=True)
    content = bytes(range(256)) * 20_000
    take_store().save(take.file, content)
    s3.requests.clear()
    ask = {"Range": "bytes=4000000-4000099"}
    answer = cast.browser("viewer").get(reverse("take_video", args=(take.pk,)), headers=ask)
    assert b"".join(answer) == content[4_000_000:4_000_100]
    answer.close()
    assert sum(line.startswith("GET") for line in s3.requests) == 1


def test_the_audit_says_when_it_cannot_read_the_store(s3, story):
    add_take(story.project, stored=True)
    s3.trouble = "denied"
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("verifytakes")
    assert Take.objects.get().lost_at is None
