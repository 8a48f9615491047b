"""POST /projects/<pk>/together/: who is here, and what others saved."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from storyboard.people.models import Membership
from storyboard.stories import presence
from storyboard.stories.models import Project
from storyboard.stories.presence import Presence

HTMX = {"HX-Request": "true"}
NOBODY = presence.Company((), others=False, before=None).word
MINE, THEIRS = "a" * 16, "b" * 16


@pytest.fixture
def url(story) -> str:
    return reverse("project_together", args=(story.project.pk,))


@pytest.fixture
def told(story) -> dict[str, object]:
    """What a page says that shows the story as it is, and nobody beside it."""
    version = Project.objects.get(pk=story.project.pk).version
    return {"page": MINE, "scene": "", "version": version, "faces": NOBODY}


def test_whoever_may_see_the_story_is_seen_and_an_outsider_is_not_told(cast, url, told, story):
    for role in ("owner", "editor", "commenter", "viewer"):
        assert cast.browser(role).post(url, told, headers=HTMX).status_code in (200, 204)
    assert cast.browser("outsider").post(url, told, headers=HTMX).status_code == 404
    assert Client().post(url, told).status_code == 302
    assert cast.browser("editor").get(url).status_code == 405
    assert cast.browser("editor").post(url, told).status_code == 302
    page = cast.browser("viewer").post(url, told, headers=HTMX).content.decode()
    assert "Owner is here" in page
    assert "Commenter is here" in page
    assert "Viewer is here" not in page


@pytest.mark.parametrize(
    "broken", [{"page": ""}, {"page": "<b>"}, {"scene": "x"}, {"version": "9" * 40}, {"scene": "0"}]
)
def test_a_broken_beat_is_refused_and_not_noted(cast, url, told, broken):
    assert cast.browser("editor").post(url, told | broken, headers=HTMX).status_code == 400
    assert not Presence.objects.exists()


def test_a_former_member_is_sent_away_at_the_next_beat(cast, editor, url, told):
    browser = cast.browser("editor")
    assert browser.post(url, told, headers=HTMX).status_code == 204
    Membership.objects.filter(user=editor).delete()
    answer = browser.post(url, told, headers=HTMX)
    assert answer.status_code == 404
    assert "Match Girl" not in answer.content.decode()


def test_who_writes_is_named_at_the_scene(cast, url, told, story):
    scene = story.scenes[2]
    cast.browser("owner").post(url, told | {"page": THEIRS, "scene": scene.pk}, headers=HTMX)
    page = cast.browser("editor").post(url, told, headers=HTMX).content.decode()
    assert "Owner is writing scene 3" in page
    assert f'data-writes="{scene.pk}"' in page
    assert 'id="scenes"' not in page


def test_a_reader_and_a_scene_of_another_story_name_no_row(cast, outsider, url, told, story):
    other = Project.objects.create(team=story.project.team, title="Another").add_scene("Secret")
    cast.browser("viewer").post(url, told | {"scene": story.scenes[0].pk}, headers=HTMX)
    cast.browser("owner").post(url, told | {"scene": other.pk}, headers=HTMX)
    page = cast.browser("editor").post(url, told, headers=HTMX).content.decode()
    assert "Owner is here" in page
    assert "Viewer is here" in page
    assert "is writing" not in page


def test_five_faces_are_three_and_a_number(story, editor, outsider, cast, now):
    people = [cast.owner, cast.commenter, cast.viewer, outsider]
    for number, person in enumerate(people):
        presence.beat(story.project, person, f"{number:08}", None, now)
    assert len(presence.beat(story.project, editor, MINE, None, now).shown) == 4
    fifth = type(editor).objects.create_user("fifth@example.org", "a long password", name="Fi")
    presence.beat(story.project, fifth, MINE, None, now)
    company = presence.beat(story.project, editor, MINE, None, now)
    assert (len(company.shown), len(company.more)) == (3, 2)


def test_whoever_is_silent_for_ten_seconds_is_gone(story, owner, editor, now):
    presence.beat(story.project, owner, THEIRS, None, now)
    for seconds, faces in ((9, 1), (10, 0)):
        at = now + timedelta(seconds=seconds)
        assert len(presence.beat(story.project, editor, MINE, None, at).faces) == faces


def test_one_person_with_two_pages_is_one_face(story, owner, editor, now):
    presence.beat(story.project, owner, MINE, None, now)
    presence.beat(story.project, owner, THEIRS, story.scenes[1].pk, now)
    (face,) = presence.beat(story.project, editor, MINE, None, now).faces
    assert face.said == "Owner is writing scene 2"
    seen = presence.beat(story.project, owner, MINE, None, now).faces
    assert [face.person for face in seen] == [editor]


def test_a_page_that_was_opened_anew_tells_where_its_writer_is_now(story, owner, editor, now):
    presence.beat(story.project, owner, MINE, story.scenes[0].pk, now)
    later = now + timedelta(seconds=2)
    presence.beat(story.project, owner, THEIRS, story.scenes[1].pk, later)
    (face,) = presence.beat(story.project, editor, MINE, None, later).faces
    assert face.said == "Owner is writing scene 2"


def test_what_a_colleague_saved_comes_with_the_next_beat(cast, url, told, story, owner):
    assert cast.browser("editor").post(url, told, headers=HTMX).status_code == 204
    story.project.person = owner
    story.project.rename("The Match Seller")
    page = cast.browser("editor").post(url, told, headers=HTMX).content.decode()
    assert "The Match Seller" in page
    assert 'id="scenes" class="scenes" hx-swap-oob="morph"' in page
    known = told | {"version": Project.objects.get(pk=story.project.pk).version}
    story.scenes[0].project.person = owner
    story.scenes[0].write(prompt="Snow, and more of it", caption="", version=1)
    assert "Snow, and more of it" in (
        cast.browser("editor").post(url, known, headers=HTMX).content.decode()
    )


def test_what_one_saved_alone_is_not_sent_back(cast, editor, url, told, story):
    browser = cast.browser("editor")
    assert browser.post(url, told, headers=HTMX).status_code == 204
    words = {"prompt": "Mine", "version": 1}
    browser.post(reverse("scene_write", args=(story.scenes[0].pk,)), words, headers=HTMX)
    page = browser.post(url, told, headers=HTMX).content.decode()
    assert 'id="together"' in page
    assert 'id="scenes"' not in page
    # From another page of one's own it is.
    other = browser.post(url, told | {"page": THEIRS}, headers=HTMX).content.decode()
    assert "Mine" in other


def test_a_beat_without_news_takes_four_queries(cast, url, told):
    browser = cast.browser("editor")
    browser.post(url, told, headers=HTMX)
    with CaptureQueriesContext(connection) as asked:
        assert browser.post(url, told, headers=HTMX).status_code == 204
    assert len(asked) <= 4
    Presence.objects.update(at=timezone.now() - timedelta(seconds=5))
    with CaptureQueriesContext(connection) as asked:
        assert browser.post(url, told, headers=HTMX).status_code == 204
    assert len(asked) <= 5


def test_both_texts_stand_side_by_side_and_neither_is_cut_short(cast, story):
    scene = story.scenes[0]
    scene.write(prompt="T" * 600, caption="Theirs", version=1)
    write = reverse("scene_write", args=(scene.pk,))
    words = {"prompt": "M" * 600, "version": 1}
    page = cast.browser("editor").post(write, words, headers=HTMX).content.decode()
    assert "<h3>Mine</h3>" in page
    assert "<h3>Theirs</h3>" in page
    both = words | {"settles": 2, "take": "both"}
    answer = cast.browser("editor").post(write, both, headers=HTMX)
    assert answer.status_code == 409
    assert "both together have 1201" in answer.content.decode()
    scene.refresh_from_db()
    assert scene.prompt == "T" * 600
