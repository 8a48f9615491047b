"""A film is asked for, made, downloaded, found again, cancelled and cleared away."""

from __future__ import annotations

import io
from datetime import timedelta

import av
import pytest
from django.urls import reverse

from storyboard.exports.maker import Maker
from storyboard.exports.models import Film, LeaseLost, State
from storyboard.renders.storage import take_store
from tests.ladder import assert_only_writers_may
from tests.shelf import add_take

MP4 = {"kind": "mp4"}


@pytest.fixture(autouse=True)
def a_store_of_its_own(settings, tmp_path):
    settings.TAKES_ROOT = tmp_path / "takes"


@pytest.fixture
def film(story, cast) -> Film:
    """A film of a story with one take, asked for and not yet made."""
    add_take(story.project, stored=True)
    cast.browser("editor").post(reverse("film_create", args=(story.project.pk,)), MP4)
    return Film.objects.get()


@pytest.fixture
def made(film) -> Film:
    Maker("test").tick()
    film.refresh_from_db()
    return film


def frames_of(content: bytes) -> list[float]:
    """Return how light each frame of an MP4 is."""
    with av.open(io.BytesIO(content)) as container:
        return [float(one.to_ndarray(format="gray").mean()) for one in container.decode(video=0)]


def content_of(film: Film) -> bytes:
    with take_store().open(film.file) as file:
        return file.read()


def test_a_take_played_through_is_joined_as_it_is_frame_for_frame(made, story):
    take = story.project.takes.get()
    assert (made.state, made.joined, made.frames, made.skipped) == (State.READY, True, 72, [])
    with take_store().open(take.file) as file:
        assert frames_of(content_of(made)) == frames_of(file.read())


def test_takes_in_another_order_begin_and_end_at_their_own_frames(story, cast):
    add_take(story.project, stored=True)
    with take_store().open(story.project.takes.get().file) as file:
        source = frames_of(file.read())
    last, first, middle = story.scenes[2], story.scenes[0], story.scenes[1]
    for place, scene in enumerate((last, first, middle)):
        scene.refresh_from_db()
        scene.position = place + 10
        scene.save(update_fields=("position",))
    cast.browser("editor").post(reverse("film_create", args=(story.project.pk,)), MP4)
    Maker("test").tick()
    film = Film.objects.get()
    assert (film.state, film.joined) == (State.READY, False)
    wanted = source[56:] + source[:56]
    got = frames_of(content_of(film))
    assert len(got) == 72
    assert max(abs(a - b) for a, b in zip(got, wanted, strict=True)) < 3


def test_the_same_cut_is_the_same_film_and_is_not_made_again(made, cast):
    cast.browser("editor").post(reverse("film_create", args=(made.project_id,)), MP4)
    assert Film.objects.get().state == State.READY
    assert not Maker("test").tick()


def test_a_film_whose_file_was_taken_away_is_made_again_to_the_byte(made, cast):
    take_store().remove(made.file)
    answer = cast.browser("viewer").get(reverse("film_download", args=(made.pk,)))
    assert answer.status_code == 302
    page = cast.browser("editor").get(reverse("film_list", args=(made.project_id,)))
    assert "Try again" in page.content.decode()
    cast.browser("editor").post(reverse("film_again", args=(made.pk,)))
    Maker("test").tick()
    again = Film.objects.get()
    assert (again.state, again.file, again.sha256) == (State.READY, made.file, made.sha256)


def test_another_pick_is_another_film(made, story, cast):
    add_take(story.project, stored=True)
    cast.browser("editor").post(reverse("film_create", args=(made.project_id,)), MP4)
    assert Film.objects.count() == 2


@pytest.mark.parametrize("burnt", [True, False])
def test_words_count_where_they_are_drawn(story, cast, burnt):
    add_take(story.project, stored=True)
    chosen = MP4 | ({"burnt": "on"} if burnt else {})
    cast.browser("editor").post(reverse("film_create", args=(story.project.pk,)), chosen)
    story.scenes[0].refresh_from_db()
    story.scenes[0].prompt = "Something else"
    story.scenes[0].save(update_fields=("prompt",))
    cast.browser("editor").post(reverse("film_create", args=(story.project.pk,)), chosen)
    assert Film.objects.count() == 2


def test_a_scene_without_a_picture_shows_its_words_for_its_length(story, cast):
    page = cast.browser("editor").get(reverse("film_list", args=(story.project.pk,)))
    assert "Scenes 1, 2, 3 have no picture yet" in page.content.decode()
    chosen = MP4 | {"title_card": "on"}
    cast.browser("editor").post(reverse("film_create", args=(story.project.pk,)), chosen)
    Maker("test").tick()
    film = Film.objects.get()
    assert (film.state, film.seconds) == (State.READY, 11)
    assert len(frames_of(content_of(film))) == film.frames == 72 + 16


def test_a_broken_take_is_skipped_and_said(film, story):
    take = story.project.takes.get()
    take_store().save(take.file, b"no film at all")
    Maker("test").tick()
    film.refresh_from_db()
    assert (film.state, film.frames, film.whole) == (State.READY, 72, False)
    assert film.skipped[0] == (
        "Scene 1: the file of take 1 is damaged, so its words are shown instead."
    )


def test_a_gif_and_burnt_captions_are_made_too(story, cast):
    add_take(story.project, stored=True)
    for kind in ("gif", "mp4"):
        chosen = {"kind": kind, "burnt": "on"}
        cast.browser("editor").post(reverse("film_create", args=(story.project.pk,)), chosen)
        assert Maker("test").tick()
    assert set(Film.objects.values_list("kind", "state", "frames")) == {
        ("gif", "ready", 72),
        ("mp4", "ready", 72),
    }
    with take_store().open(story.project.takes.get().file) as file:
        plain = file.read()
    burnt = content_of(Film.objects.get(kind="mp4"))
    assert frames_of(burnt)[0] != pytest.approx(frames_of(plain)[0], abs=0.5)


def test_captions_beside_the_film_begin_and_end_with_their_scenes(made, cast):
    browser = cast.browser("viewer")
    vtt = browser.get(reverse("film_vtt", args=(made.pk,))).content.decode()
    assert vtt.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:04.000\nDusk falls on the snow\n")
    assert "00:00:07.000 --> 00:00:09.000\nA star falls" in vtt
    srt = browser.get(reverse("film_srt", args=(made.pk,))).content.decode()
    assert srt.startswith("1\n00:00:00,000 --> 00:00:04,000\nDusk falls on the snow\n")


def test_a_viewer_downloads_and_an_outsider_finds_nothing(made, cast):
    url = reverse("film_download", args=(made.pk,))
    answer = cast.browser("viewer").get(url)
    assert answer["Content-Type"] == "video/mp4"
    assert 'filename="The_Little_Match_Girl.mp4"' in answer["Content-Disposition"]
    assert b"".join(answer) == content_of(made)
    for address in (url, reverse("film_list", args=(made.project_id,))):
        assert cast.browser("outsider").get(address).status_code == 404


@pytest.mark.parametrize("act", ["film_again", "film_cancel", "film_delete"])
def test_only_writers_change_films(made, cast, act):
    assert_only_writers_may(cast, reverse(act, args=(made.pk,)))


def test_only_writers_ask_for_films(story, cast):
    assert_only_writers_may(cast, reverse("film_create", args=(story.project.pk,)), MP4)
    assert not Film.objects.exists()


def test_a_film_that_is_no_film_is_refused_beside_the_field(story, cast):
    url = reverse("film_create", args=(story.project.pk,))
    answer = cast.browser("editor").post(url, {"kind": "avi", "burnt": "on"})
    assert answer.status_code == 422
    assert "Select a valid choice" in answer.content.decode()
    assert answer.context["form"]["burnt"].value()
    assert not Film.objects.exists()


def test_a_cancelled_film_is_left_by_its_maker(film, cast):
    mine = Film.objects.claim("test", film.asked_at)
    cast.browser("editor").post(reverse("film_cancel", args=(film.pk,)))
    with pytest.raises(LeaseLost):
        mine.renew(film.asked_at)
    with pytest.raises(LeaseLost):
        mine.advance(State.READY)
    assert Film.objects.get().state == State.CANCELLED


def test_one_film_is_leased_to_one_maker_until_its_lease_ends(film):
    at = film.asked_at
    first = Film.objects.claim("one", at)
    assert Film.objects.claim("two", at) is None
    assert Film.objects.claim("two", at + timedelta(seconds=61)) is not None
    with pytest.raises(LeaseLost):
        first.renew(at)


def test_a_film_that_kills_each_maker_is_given_up(film):
    Film.objects.update(tries=3)
    Maker("test").tick()
    film.refresh_from_db()
    assert film.state == State.FAILED
    assert "could not be made" in film.message


def test_a_deleted_film_goes_with_its_file(made, cast):
    cast.browser("editor").post(reverse("film_delete", args=(made.pk,)))
    Maker("test").prune()
    assert not Film.objects.exists()
    assert not take_store().exists(made.file)


def test_a_film_is_cleared_away_after_its_days(made, settings):
    settings.FILM_DAYS = 7
    Maker("test", clock=lambda: made.asked_at + timedelta(days=6)).prune()
    assert Film.objects.exists()
    Maker("test", clock=lambda: made.asked_at + timedelta(days=8)).prune()
    assert not Film.objects.exists()
    assert not take_store().exists(made.file)


def test_the_page_follows_a_film_under_way_and_rests_after_it(film, cast):
    url = reverse("film_list", args=(film.project_id,))
    part = cast.browser("viewer").get(url, headers={"HX-Request": "true"}).content.decode()
    assert "data-polls" in part
    assert "Waiting" in part
    assert "Cancel" not in part
    Maker("test").tick()
    part = cast.browser("viewer").get(url, headers={"HX-Request": "true"}).content.decode()
    assert "data-polls" not in part
    assert "Ready" in part


def test_captions_are_offered_where_there_are_words(made, cast, story):
    page = reverse("film_list", args=(story.project.pk,))
    assert "Captions (VTT)" in cast.browser("viewer").get(page).content.decode()


def test_where_there_is_no_word_no_captions_are_offered(story, cast):
    add_take(story.project, stored=True)
    story.project.scenes.update(prompt="", caption="")
    cast.browser("editor").post(reverse("film_create", args=(story.project.pk,)), MP4)
    Maker("test").tick()
    film = Film.objects.get()
    assert (film.state, film.captioned) == (State.READY, False)
    page = reverse("film_list", args=(story.project.pk,))
    assert "Captions (VTT)" not in cast.browser("viewer").get(page).content.decode()
    assert cast.browser("viewer").get(reverse("film_vtt", args=(film.pk,))).status_code == 404


def test_on_a_full_disk_a_film_fails_in_words_and_is_made_once_there_is_room(film, cast, settings):
    room, settings.RESERVE_BYTES = settings.RESERVE_BYTES, 2**62
    Maker("test").tick()
    page = cast.browser("editor").get(reverse("film_list", args=(film.project_id,)))
    assert "The disk is full, so it could not be made." in page.content.decode()
    settings.RESERVE_BYTES = room
    cast.browser("editor").post(reverse("film_again", args=(film.pk,)))
    Maker("test").tick()
    film.refresh_from_db()
    assert (film.state, film.message) == (State.READY, "")


def test_a_team_s_new_name_is_another_film_only_where_it_is_drawn(film, cast, team):
    team.name = "Summer Tales"
    team.save()
    url = reverse("film_create", args=(film.project_id,))
    cast.browser("editor").post(url, MP4)
    assert Film.objects.count() == 1
    cast.browser("editor").post(url, MP4 | {"title_card": "on"})
    titled = Film.objects.exclude(pk=film.pk).get()
    assert titled.plan["byline"] == "Summer Tales"
    Maker("test").tick()
    Maker("test").tick()
    titled.refresh_from_db()
    assert titled.state == State.READY
