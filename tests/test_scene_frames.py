"""POST /scenes/<pk>/frames/: the live budget's write."""

from __future__ import annotations

import pytest
from django.urls import reverse

from storyboard.stories.models import Scene
from tests.ladder import assert_only_writers_may

HTMX = {"HX-Request": "true"}


@pytest.fixture
def url(story) -> str:
    return reverse("scene_frames", args=(story.scenes[0].pk,))


def stored(story) -> list[int]:
    return list(story.project.scenes.in_order().values_list("frames", flat=True))


def test_only_writers_may(cast, story, url):
    assert_only_writers_may(cast, url, {"frames": 40})
    assert stored(story) == [32, 24, 16]


def test_a_scene_of_another_team_is_not_there(cast, story):
    Scene.objects.filter(pk=story.scenes[0].pk).update(deleted_at="2026-01-01T00:00Z")
    gone = reverse("scene_frames", args=(story.scenes[0].pk,))
    assert cast.browser("editor").post(gone, {"frames": 40}).status_code == 404


def test_each_change_answers_with_the_strip_and_every_rows_place(cast, story, url):
    answer = cast.browser("editor").post(url, {"frames": "40"}, headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert stored(story) == [40, 24, 16]
    assert 'id="clip-1"' in page
    assert "48 frames left" in page
    for scene in story.scenes:
        assert f'id="scene-{scene.pk}-place"' in page
    assert "5.0–8.0" in page
    assert 'data-fits="64"' in page


def test_works_without_script(cast, story, url):
    answer = cast.browser("editor").post(url, {"frames": "40"})
    assert answer.status_code == 302
    assert stored(story) == [40, 24, 16]


def test_the_stepper_works_without_script(cast, story, url):
    cast.browser("editor").post(url, {"frames": "32", "step": "4"})
    assert stored(story)[0] == 36
    cast.browser("editor").post(url, {"frames": "10", "step": "-4"})
    assert stored(story)[0] == 8


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("7", "at least 8 frames"),
        ("65", "at most 64 frames"),
        ("", "Write a number, 8 to 64"),
        ("twelve", "Write a whole number, 8 to 64"),
        ("12.5", "Write a whole number, 8 to 64"),
        ("-16", "at least 8 frames"),
        ("9" * 5000, "Write a whole number, 8 to 64"),
    ],
)
@pytest.mark.parametrize("headers", [HTMX, {}])
def test_nonsense_is_refused_beside_the_field(cast, story, url, typed, reason, headers):
    answer = cast.browser("editor").post(url, {"frames": typed}, headers=headers)
    assert answer.status_code == 422
    assert reason in answer.content.decode()
    assert stored(story) == [32, 24, 16]


def test_an_overdraft_says_what_would_fit_and_keeps_what_was_typed(cast, story, url):
    story.project.scenes.filter(position=1).update(frames=64)
    answer = cast.browser("editor").post(url, {"frames": "64"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "48 would fit" in page
    assert 'value="64"' in page
    assert stored(story) == [32, 64, 16]
