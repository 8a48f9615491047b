"""The audit of takes: it finds all that is missing or damaged, and brings home what it can."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command
from django.urls import reverse

from storyboard.renders.models import Render, Take
from storyboard.renders.queue import queue_story
from storyboard.renders.states import State
from storyboard.renders.verify import names_of
from tests.buckets import read, remove
from tests.films import film, gif
from tests.studio import NOON, Studio


@pytest.fixture
def studio(story, editor, fake_service, settings, store) -> Studio:
    settings.NOVITA_BASE_URL = fake_service.url
    settings.NOVITA_API_KEY = fake_service.key
    settings.SUBMISSIONS_PER_MINUTE = 0
    [render] = queue_story(story.project, editor, "press", NOON)
    studio = Studio(fake_service, render, store)
    studio.tick()
    return studio


@pytest.fixture(params=["mp4", "gif"])
def take(request, studio) -> Take:
    """A take at home: a video that plays as it came, or one that a copy was made of."""
    studio.make(film(72) if request.param == "mp4" else gif(72))
    assert studio.until_end() == State.READY
    return Take.objects.get()


def verify(*options: str) -> tuple[list[str], int]:
    """Run the command; return its lines and its exit code."""
    out = io.StringIO()
    try:
        call_command("verifytakes", *options, stdout=out)
    except SystemExit as left:
        return out.getvalue().splitlines(), int(left.code or 0)
    return out.getvalue().splitlines(), 0


def delete(store, name: str) -> None:
    remove(store, name)


def truncate(store, name: str) -> None:
    store.save(name, read(store, name)[:-1])


def empty(store, name: str) -> None:
    store.save(name, b"")


def flip_one_bit(store, name: str) -> None:
    content = bytearray(read(store, name))
    content[len(content) // 2] ^= 1
    store.save(name, bytes(content))


HARM = [delete, truncate, empty, flip_one_bit]


def test_what_is_as_it_was_stored_is_no_fault(studio, take):
    assert verify() == (["1 take checked: all as they were stored."], 0)
    assert verify("--fetch") == (["1 take checked: all as they were stored."], 0)
    assert len(studio.service.downloads) == 1


@pytest.mark.parametrize("harm", HARM)
def test_every_harm_to_every_file_is_found_and_named(studio, take, harm):
    for name in sorted(studio.files):
        whole = read(studio.store, name)
        harm(studio.store, name)
        lines, code = verify()
        assert code == 1, name
        assert len(lines) == 2
        assert lines[0].startswith(
            f"The Little Match Girl (project {take.project_id}), take 1: {name} "
        )
        assert lines[1] == "1 take checked: 1 with missing or damaged files."
        studio.store.save(name, whole)
    assert verify()[1] == 0


@pytest.mark.parametrize("harm", HARM)
def test_every_harm_is_mended_while_the_service_has_the_video(studio, take, harm):
    files = {name: read(studio.store, name) for name in studio.files}
    for name in files:
        harm(studio.store, name)
    lines, code = verify("--fetch")
    assert code == 0, lines
    arrived = take.original or take.file
    assert any(line.endswith(f"{arrived} was fetched again.") for line in lines)
    assert studio.files == set(files)
    assert read(studio.store, arrived) == files[arrived]
    assert verify() == (["1 take checked: all as they were stored."], 0)
    assert len(studio.service.submissions) == 1


def test_posters_are_drawn_again_without_asking_the_service(studio, take):
    for name in studio.files:
        if name.endswith(".webp"):
            remove(studio.store, name)
    asked = len(studio.service.requests)
    lines, code = verify("--fetch")
    assert code == 0
    assert sum(line.endswith(".webp was made again.") for line in lines) == 3
    assert len(studio.service.requests) == asked


def test_another_video_at_the_service_takes_the_place_of_nothing(studio, take):
    arrived = take.original or take.file
    flip_one_bit(studio.store, arrived)
    damaged = read(studio.store, arrived)
    studio.make(film(40))
    before = studio.files
    lines, code = verify("--fetch")
    assert code == 1
    assert any("is another file at the service by now" in line for line in lines)
    assert read(studio.store, arrived) == damaged
    [other] = studio.files - before
    assert read(studio.store, other) == film(40)


def test_of_two_videos_each_take_gets_its_own_back(studio):
    studio.make(film(72), film(36))
    assert studio.until_end() == State.READY
    files = {take.file: read(studio.store, take.file) for take in Take.objects.all()}
    for name in files:
        remove(studio.store, name)
    assert verify("--fetch")[1] == 0
    assert {name: read(studio.store, name) for name in files} == files


@pytest.mark.parametrize("trouble", ["gone", "down", "expired", "another service"])
def test_what_the_service_cannot_give_is_said_and_harms_nothing(studio, take, trouble):
    remove(studio.store, take.original or take.file)
    before = studio.files
    if trouble == "gone":
        studio.service.tasks.clear()
    elif trouble == "down":
        studio.service.stop()
    elif trouble == "expired":
        studio.service.every("download", "expired")
    else:
        Render.objects.update(engine="https://gpu.example", account="https://gpu.example")
    lines, code = verify("--fetch")
    assert code == 1
    assert any("cannot be fetched: " in line for line in lines), lines
    assert studio.files == before


def test_a_take_from_before_files_were_sealed_is_judged_by_its_frames(studio, take):
    Take.objects.update(made={}, preview="", sprite="")
    assert verify()[1] == 0
    for name in names_of(Take.objects.get()):
        whole = read(studio.store, name)
        studio.store.save(name, whole[: len(whole) // 2])
        assert verify()[1] == 1, name
        studio.store.save(name, whole)


def test_a_story_that_was_deleted_is_looked_after_too(studio, take, story):
    story.project.delete_at(NOON)
    remove(studio.store, take.file)
    assert verify()[1] == 1


def page(cast, take, query: str = "") -> str:
    url = reverse("project_detail", args=(take.project_id,))
    return cast.browser("viewer").get(f"{url}{query}").content.decode()


@pytest.mark.parametrize("query", ["", "?take=1"])
def test_the_page_says_that_a_file_is_missing_instead_of_showing_a_dead_player(
    cast, studio, take, query
):
    assert "data-src" in page(cast, take, query)
    remove(studio.store, take.file)
    verify()
    words = page(cast, take, query)
    assert "data-src" not in words
    assert "The file of take 1 is missing or damaged" in words
    assert "Your film plays here" not in words
    verify("--fetch")
    assert "data-src" in page(cast, take, query)
    assert "is missing or damaged" not in page(cast, take, query)


def test_whoever_first_misses_a_file_lets_the_page_say_so(cast, studio, take):
    remove(studio.store, take.file)
    assert cast.browser("viewer").get(reverse("take_video", args=(take.pk,))).status_code == 404
    assert "The file of take 1 is missing or damaged" in page(cast, take)
