"""Render story sends the clips that changed since their picks were rendered, and no others."""

from __future__ import annotations

import pytest
from django.urls import reverse

from storyboard.renders.models import State
from storyboard.renders.queue import queue_story
from tests.studio import NOON


@pytest.fixture
def rendered(story, editor):
    """The story in two clips, cut before its third scene, both rendered and picked."""
    third = story.scenes[2]
    third.cut = True
    third.save()
    renders = queue_story(story.project, editor, "first", NOON)
    assert len(renders) == 2
    for number, render in enumerate(renders, start=1):
        render.advance(State.READY, at=NOON, finished_at=NOON, next_step_at=None)
        take = story.project.takes.create(
            render=render, number=number, file="x.mp4", video_type="mp4", fps=8, frames=64,
            width=512, height=512, bytes=1, sha256="0", created_at=NOON,
        )  # fmt: skip
        for order, row in enumerate(render.scenes):
            span = take.spans.create(
                scene_id=row["scene"], order=order, prompt=row["prompt"], first_frame=0, frames=16
            )
            story.project.scenes.filter(pk=row["scene"]).update(pick=span)
    return story


def sent(story, editor, nonce: str = "again", **options) -> list[list[int]]:
    renders = queue_story(story.project, editor, nonce, NOON, **options)
    return [[row["scene"] for row in render.scenes] for render in renders]


def pks(story, *places: int) -> list[int]:
    return [story.scenes[place].pk for place in places]


def test_only_the_clip_whose_words_changed_is_sent(rendered, editor):
    rendered.project.scenes.filter(pk=rendered.scenes[2].pk).update(prompt="A comet falls")
    assert sent(rendered, editor) == [pks(rendered, 2)]


def test_frames_count_as_a_change(rendered, editor):
    rendered.project.scenes.filter(pk=rendered.scenes[0].pk).update(frames=40)
    assert sent(rendered, editor) == [pks(rendered, 0, 1)]


def test_a_changed_look_sends_every_clip(rendered, editor):
    rendered.project.steps = 30
    rendered.project.save()
    assert sent(rendered, editor) == [pks(rendered, 0, 1), pks(rendered, 2)]


def test_with_nothing_changed_or_when_asked_every_clip_is_sent(rendered, editor):
    assert len(sent(rendered, editor)) == 2
    rendered.project.scenes.filter(pk=rendered.scenes[2].pk).update(prompt="A comet falls")
    assert len(sent(rendered, editor, "all", every=True)) == 2


def test_a_clip_whose_take_is_binned_or_picked_elsewhere_is_sent(rendered, editor):
    rendered.project.takes.filter(number=1).update(binned_at=NOON)
    assert sent(rendered, editor) == [pks(rendered, 0, 1)]


def test_the_page_says_how_many_clips_changed_and_sends_all_when_told(cast, rendered):
    rendered.project.scenes.filter(pk=rendered.scenes[2].pk).update(prompt="A comet falls")
    editor = cast.browser("editor")
    page = editor.get(reverse("project_detail", args=(rendered.project.pk,))).content.decode()
    assert "1 of 2 clips changed" in page
    url = reverse("render_story", args=(rendered.project.pk,))
    editor.post(url, {"nonce": "one-press-for-all", "every": "1"})
    assert rendered.project.renders.filter(state=State.QUEUED).count() == 2
