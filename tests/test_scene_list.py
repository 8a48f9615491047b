"""Adding, moving, deleting and bringing back scenes."""

from __future__ import annotations

import pytest
from django.urls import reverse

from storyboard.stories.models import Scene
from tests.ladder import assert_only_writers_may

HTMX = {"HX-Request": "true"}


def order(story) -> list[str]:
    return list(story.project.scenes.kept().in_order().values_list("prompt", flat=True))


WORDS = ["Dusk falls on the snow", "A match is lit", "A star falls"]


@pytest.mark.parametrize("name", ["scene_create", "scene_make_room"])
def test_only_writers_may_add(cast, story, name):
    assert_only_writers_may(cast, reverse(name, args=(story.project.pk,)))
    assert story.project.scenes.count() == 3


@pytest.mark.parametrize(
    ("name", "data"), [("scene_move", {"position": 0}), ("scene_delete", {}), ("scene_restore", {})]
)
def test_only_writers_may_change_the_list(cast, story, name, data):
    assert_only_writers_may(cast, reverse(name, args=(story.scenes[2].pk,)), data)
    assert order(story) == WORDS


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_a_scene_is_added_at_the_end(cast, story, headers):
    url = reverse("scene_create", args=(story.project.pk,))
    answer = cast.browser("editor").post(url, {"prompt": "Morning"}, headers=headers)
    assert answer.status_code == (200 if headers else 302)
    assert order(story) == [*WORDS, "Morning"]


def test_a_scene_is_added_below_another(cast, story):
    url = reverse("scene_create", args=(story.project.pk,))
    data = {"prompt": "Between", "after": story.scenes[0].pk}
    cast.browser("editor").post(url, data, headers=HTMX)
    assert order(story) == [WORDS[0], "Between", *WORDS[1:]]


def test_a_row_of_another_project_is_no_place_to_add_below(cast, story, outsider):
    elsewhere = outsider.teams.get().projects.create(title="Elsewhere")
    foreign = Scene.objects.create(project=elsewhere, position=0, frames=16)
    url = reverse("scene_create", args=(story.project.pk,))
    cast.browser("editor").post(url, {"prompt": "New", "after": foreign.pk}, headers=HTMX)
    assert order(story) == [*WORDS, "New"]
    assert elsewhere.scenes.count() == 1


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_a_full_clip_says_so_and_offers_to_make_room(cast, story, headers):
    Scene.objects.filter(project=story.project).update(frames=42)
    url = reverse("scene_create", args=(story.project.pk,))
    answer = cast.browser("editor").post(url, headers=headers)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Only 2 frames are left, and a scene needs 8." in page
    assert "Make room" in page
    assert story.project.scenes.count() == 3
    room = reverse("scene_make_room", args=(story.project.pk,))
    assert cast.browser("editor").post(room, headers=HTMX).status_code == 200
    assert story.project.scenes.count() == 4


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_a_scene_is_moved(cast, story, headers):
    url = reverse("scene_move", args=(story.scenes[2].pk,))
    answer = cast.browser("editor").post(url, {"position": 0}, headers=headers)
    assert answer.status_code == (200 if headers else 302)
    assert order(story) == [WORDS[2], *WORDS[:2]]


@pytest.mark.parametrize("position", ["-1", "", "x", "99999999"])
def test_a_place_that_is_none_is_refused(cast, story, position):
    url = reverse("scene_move", args=(story.scenes[2].pk,))
    answer = cast.browser("editor").post(url, {"position": position}, headers=HTMX)
    assert answer.status_code == 422
    assert order(story) == WORDS


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_a_deleted_scene_can_be_brought_back_from_the_page(cast, story, headers):
    browser = cast.browser("editor")
    url = reverse("scene_delete", args=(story.scenes[1].pk,))
    answer = browser.post(url, headers=headers, follow=True)
    back = reverse("scene_restore", args=(story.scenes[1].pk,))
    assert back in answer.content.decode()
    assert order(story) == [WORDS[0], WORDS[2]]
    browser.post(back, headers=headers)
    assert order(story) == WORDS
