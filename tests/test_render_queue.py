"""Asking for renders: what is frozen, what is refused, and one press being one render."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from storyboard.looks.models import CatalogueEntry, CatalogueRefresh, Kind
from storyboard.novita.types import TextToVideo
from storyboard.people.roles import Role
from storyboard.renders.again import send_again
from storyboard.renders.models import Render, State
from storyboard.renders.queue import NotReady, queue_scene, queue_story
from storyboard.stories.models import ChosenEmbedding, ChosenLora, Scene
from tests.shelf import add_render

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_a_story_is_one_request_with_its_scenes_in_order(story, editor):
    [render] = queue_story(story.project, editor, "press", AT)
    assert render.state == State.QUEUED
    assert render.next_step_at == render.queued_at == render.changed_at == AT
    assert render.asked_by == editor
    assert render.request["prompts"] == [
        {"frames": 32, "prompt": "Dusk falls on the snow"},
        {"frames": 24, "prompt": "A match is lit"},
        {"frames": 16, "prompt": "A star falls"},
    ]
    assert [row["scene"] for row in render.scenes] == [scene.pk for scene in story.scenes]
    assert [event.to_state for event in render.events.all()] == [State.QUEUED]


def test_the_whole_look_is_frozen_into_the_request(story, editor):
    project = story.project
    project.negative_prompt = " blurry "
    project.clip_skip, project.closed_loop, project.video_type = 2, True, "gif"
    project.dedicated_endpoint, project.seed = True, 42
    project.save()
    ChosenLora.objects.create(project=project, api_name="snow_1", strength=0.4, position=0)
    ChosenEmbedding.objects.create(project=project, api_name="easy_2", position=0)
    [render] = queue_story(project, editor, "press", AT)
    prompts = render.request.pop("prompts")
    assert len(prompts) == 3
    assert render.request == {
        "model_name": "darkSushiMixMix_225D_64380.safetensors",
        "width": 512,
        "height": 512,
        "steps": 20,
        "guidance_scale": 7.5,
        "seed": 42,
        "negative_prompt": "blurry",
        "loras": [{"model_name": "snow_1", "strength": 0.4}],
        "embeddings": [{"model_name": "easy_2"}],
        "closed_loop": True,
        "clip_skip": 2,
        "extra": {"response_video_type": "gif", "enterprise_plan": {"enabled": True}},
    }
    render.refresh_from_db()
    assert TextToVideo.from_json(render.request).to_json() == render.request


def test_editing_a_scene_afterwards_changes_nothing_that_was_queued(story, editor):
    [render] = queue_story(story.project, editor, "press", AT)
    Scene.objects.filter(pk=story.scenes[0].pk).update(prompt="Another story")
    render.refresh_from_db()
    assert render.request["prompts"][0]["prompt"] == "Dusk falls on the snow"


def test_each_clip_is_a_render_of_its_own(story, editor):
    Scene.objects.filter(pk=story.scenes[1].pk).update(cut=True)
    renders = queue_story(story.project, editor, "press", AT)
    assert [render.frames for render in renders] == [32, 40]
    assert queue_story(story.project, editor, "press", AT) == renders


def test_a_scene_is_sent_alone(story, editor):
    render = queue_scene(story.scenes[1], editor, "press", AT)
    assert [row["scene"] for row in render.scenes] == [story.scenes[1].pk]
    assert render.frames == 24


def test_the_same_press_twice_is_one_render(story, editor):
    first = queue_story(story.project, editor, "press", AT)
    assert queue_story(story.project, editor, "press", AT) == first
    assert queue_scene(story.scenes[0], editor, "press", AT) == first[0]
    assert Render.objects.count() == 1


def test_another_press_is_another_render(story, editor):
    queue_story(story.project, editor, "press", AT)
    queue_story(story.project, editor, "press2", AT)
    assert Render.objects.count() == 2


@pytest.mark.parametrize("nonce", ["", "a/b", "x" * 57])
def test_a_nonce_that_could_be_mistaken_is_refused(story, editor, nonce):
    with pytest.raises(ValueError, match="nonce"):
        queue_story(story.project, editor, nonce, AT)


def test_a_scene_without_words_keeps_the_story_home(story, editor):
    Scene.objects.filter(pk=story.scenes[1].pk).update(prompt="  ")
    with pytest.raises(NotReady) as caught:
        queue_story(story.project, editor, "press", AT)
    [problem] = caught.value.problems
    assert problem.message == "Scene 2 has no words."
    assert problem.anchor == f"scene-{story.scenes[1].pk}"
    assert problem.scene_id == story.scenes[1].pk
    assert not Render.objects.exists()


def test_a_story_over_its_budget_stays_home(story, editor):
    Scene.objects.filter(project=story.project).update(frames=64)
    with pytest.raises(NotReady, match="64 frames too many"):
        queue_story(story.project, editor, "press", AT)


def test_a_story_without_scenes_stays_home(story, editor):
    Scene.objects.filter(project=story.project).update(deleted_at=AT)
    with pytest.raises(NotReady, match="no scenes"):
        queue_story(story.project, editor, "press", AT)
    with pytest.raises(NotReady, match="no scenes"):
        queue_scene(story.scenes[0], editor, "press", AT)


def test_every_problem_is_named_at_once(story, editor):
    Scene.objects.filter(project=story.project).update(prompt="")
    with pytest.raises(NotReady) as caught:
        queue_story(story.project, editor, "press", AT)
    assert [problem.message for problem in caught.value.problems] == [
        "Scene 1 has no words.",
        "Scene 2 has no words.",
        "Scene 3 has no words.",
    ]


def test_a_model_that_the_service_no_longer_offers_keeps_the_story_home(story, editor, settings):
    CatalogueEntry.objects.create(
        engine=settings.NOVITA_BASE_URL,
        kind=Kind.CHECKPOINT,
        name="Another",
        api_name="another.safetensors",
        base_model="SD 1.5",
        seen_at=AT,
    )
    CatalogueRefresh.objects.create(engine=settings.NOVITA_BASE_URL, due_at=AT, finished_at=AT)
    with pytest.raises(NotReady, match="no longer offered") as caught:
        queue_story(story.project, editor, "press", AT)
    assert caught.value.problems[0].anchor == "look"
    assert not Render.objects.exists()


def test_the_estimate_is_by_frames_and_steps(story, editor, settings):
    settings.PRICE_PER_FRAME_STEP, settings.PRICE_MINIMUM = 0.000048, 0.0015
    [render] = queue_story(story.project, editor, "press", AT)
    assert render.estimate == Decimal("0.0691")


def test_the_least_price_is_the_least_estimate(story, editor, settings):
    settings.PRICE_PER_FRAME_STEP, settings.PRICE_MINIMUM = 0.0000001, 0.0015
    [render] = queue_story(story.project, editor, "press", AT)
    assert render.estimate == Decimal("0.0015")


@pytest.mark.parametrize("state", [State.QUEUED, State.ASKED])
def test_who_may_do_it_no_more_is_answered_as_whoever_comes_afterwards(story, team, editor, state):
    seat = team.memberships.filter(user=editor)
    seat.update(may_spend=False)
    if state == State.ASKED:
        seat.update(role=Role.COMMENTER)
    with pytest.raises(PermissionDenied):
        queue_story(story.project, editor, "press", AT, state=state)
    seat.delete()
    with pytest.raises(Http404):
        queue_scene(story.scenes[0], editor, "press", AT, state=state)
    failed = add_render(story.project, State.FAILED)
    with pytest.raises(Http404):
        send_again(failed, editor, AT)
    assert list(Render.objects.all()) == [failed]
