"""The editor's queries do not grow with what a story or a shelf holds."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from storyboard.renders.models import Render, Span, State, Take
from storyboard.stories.models import Project, Scene


def queries(browser, method: str, url: str, data: dict | None = None, **headers: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer = getattr(browser, method)(url, data or {}, headers=headers)
    assert answer.status_code == 200
    return len(asked)


def add_take(project: Project, number: int) -> None:
    now = timezone.now()
    scenes = list(project.scenes.in_order())
    render = Render.objects.create(
        project=project,
        nonce=f"nonce-{number}",
        request={},
        scenes=[],
        engine="http://127.0.0.1",
        state=State.READY,
        task_id=f"task-{project.pk}-{number}",
        queued_at=now,
        changed_at=now,
        finished_at=now,
    )
    take = Take.objects.create(
        project=project,
        render=render,
        number=number,
        file="take.mp4",
        video_type="mp4",
        fps=8,
        frames=72,
        width=512,
        height=512,
        bytes=1,
        sha256="",
        created_at=now,
    )
    first = 0
    for order, scene in enumerate(scenes):
        span = Span.objects.create(
            take=take,
            scene=scene,
            order=order,
            prompt=scene.prompt,
            first_frame=first,
            frames=scene.frames,
        )
        first += scene.frames
        Scene.objects.filter(pk=scene.pk).update(pick=span)


@pytest.fixture
def small(story):
    add_take(story.project, 1)
    return story


def grow(story) -> None:
    Scene.objects.filter(project=story.project).update(frames=8)
    for _ in range(12):
        scene = story.project.add_scene("One more")
        scene.set_frames(8)
    for number in range(2, 12):
        add_take(story.project, number)
    for number in range(10):
        project = Project.objects.create(team=story.project.team, title=f"Story {number}")
        project.add_scene("A line")
        add_take(project, 1)


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


def test_the_editor_page_needs_at_most_20_queries(cast, small):
    grow(small)
    url = reverse("project_detail", args=(small.project.pk,))
    assert queries(cast.browser("editor"), "get", url) <= 20
