"""POST /takes/<pk>/use/ and /leave/: a whole take stands for its scenes, or is left aside."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from storyboard.renders.models import Render, Take
from storyboard.stories.models import Scene
from tests.ladder import assert_only_writers_may
from tests.shelf import add_take

HTMX = {"HX-Request": "true"}


@pytest.fixture
def late(story) -> Take:
    """A second take, come late: the scenes show the first."""
    first = add_take(story.project)
    take = add_take(story.project)
    Render.objects.filter(pk=take.render_id).update(late=True)
    show(first)
    return take


def show(take: Take) -> None:
    for span in take.spans.all():
        Scene.objects.filter(pk=span.scene_id).update(pick=span)


def shown(story) -> set[int]:
    """The numbers of the takes that the film shows."""
    return set(story.project.scenes.values_list("pick__take__number", flat=True))


def page_of(cast, story, role: str = "editor", query: str = "") -> str:
    url = reverse("project_detail", args=(story.project.pk,)) + query
    return cast.browser(role).get(url).content.decode()


@pytest.mark.parametrize("name", ["take_use", "take_leave"])
def test_only_writers_may(cast, story, late, name):
    assert_only_writers_may(cast, reverse(name, args=(late.pk,)))
    assert shown(story) == {1}
    late.refresh_from_db()
    assert late.decided_at is None


def test_a_late_take_is_offered_to_writers_alone(cast, story, late):
    page = page_of(cast, story)
    assert "Take 2 arrived late" in page
    assert "Use it" in page
    assert "Leave it" in page
    assert "Use it" not in page_of(cast, story, "viewer")


def test_used_it_stands_for_its_scenes_and_asks_no_more(cast, story, late):
    answer = cast.browser("editor").post(reverse("take_use", args=(late.pk,)), headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Take 2: it stands for its scenes now." in page
    assert "Leave it" not in page
    assert shown(story) == {2}


def test_the_other_take_can_be_used_again(cast, story, late):
    browser = cast.browser("editor")
    browser.post(reverse("take_use", args=(late.pk,)))
    first = story.project.takes.get(number=1)
    assert "Use this take" in page_of(cast, story, query="?take=1")
    assert "Use this take" not in page_of(cast, story, query="?take=2")
    browser.post(reverse("take_use", args=(first.pk,)))
    assert shown(story) == {1}


def test_left_aside_it_stays_among_the_takes_and_can_be_used_later(cast, story, late):
    browser = cast.browser("editor")
    answer = browser.post(reverse("take_leave", args=(late.pk,)), follow=True)
    page = answer.content.decode()
    assert "left aside" in page
    assert "Leave it" not in page
    assert shown(story) == {1}
    assert "Use this take" in page_of(cast, story, query="?take=2")


def test_without_script_it_leads_back_to_the_story(cast, story, late):
    answer = cast.browser("editor").post(reverse("take_use", args=(late.pk,)))
    assert answer["Location"] == reverse("project_detail", args=(story.project.pk,))


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_take_of_no_scene_that_is_left_changes_nothing(cast, story, late, headers):
    story.project.scenes.update(deleted_at=timezone.now())
    url = reverse("take_use", args=(late.pk,))
    answer = cast.browser("editor").post(url, headers=headers)
    assert answer.status_code == 422
    assert "None of its scenes is in the story any more." in answer.content.decode()
    late.refresh_from_db()
    assert late.decided_at is None
