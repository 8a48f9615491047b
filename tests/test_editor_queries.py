"""The editor's queries do not grow with what a story or a shelf holds."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from storyboard.people.models import ApiKey, Team
from storyboard.stories.models import Project, Scene
from tests.shelf import add_take


def queries(browser, method: str, url: str, data: dict | None = None, **headers: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer = getattr(browser, method)(url, data or {}, headers=headers)
    assert answer.status_code == 200
    return len(asked)


@pytest.fixture
def small(story):
    add_take(story.project)
    return story


def grow(story) -> None:
    Scene.objects.filter(project=story.project).update(frames=8)
    for _ in range(12):
        scene = story.project.add_scene("One more")
        scene.set_frames(8)
    for _ in range(10):
        add_take(story.project)
    for number in range(10):
        project = Project.objects.create(team=story.project.team, title=f"Story {number}")
        project.add_scene("A line")
        add_take(project)


@pytest.mark.parametrize("page", ["editor", "frames", "shelf"])
def test_queries_do_not_grow_with_scenes_takes_or_projects(cast, small, page):
    browser = cast.browser("editor")

    def ask() -> int:
        if page == "editor":
            return queries(browser, "get", reverse("project_detail", args=(small.project.pk,)))
        if page == "shelf":
            return queries(browser, "get", reverse("project_list"))
        url = reverse("scene_frames", args=(small.scenes[0].pk,))
        return queries(browser, "post", url, {"frames": "8"}, HX_Request="true")

    ask()
    before = ask()
    grow(small)
    assert ask() <= before


def test_the_editor_page_of_16_scenes_and_50_takes_needs_at_most_12_queries(cast, small):
    grow(small)
    small.project.add_scene("The last").set_frames(8)
    for _ in range(39):
        add_take(small.project)
    assert (small.project.scenes.count(), small.project.takes.count()) == (16, 50)
    url = reverse("project_detail", args=(small.project.pk,))
    assert queries(cast.browser("editor"), "get", url) <= 12


def test_a_key_of_the_teams_own_needs_no_query_more(cast, small, team, settings):
    settings.KEY_SUBMISSIONS_PER_MINUTE = 0
    url = reverse("project_detail", args=(small.project.pk,))
    browser = cast.browser("editor")
    queries(browser, "get", url)
    before = queries(browser, "get", url)
    key = ApiKey.objects.create(team=team, address="https://a.example", added_at=timezone.now())
    Team.objects.filter(pk=team.pk).update(api_key=key)
    assert queries(browser, "get", url) <= before
