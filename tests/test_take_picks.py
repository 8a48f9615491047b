"""Choosing among takes: pick, hold, name, star, bin, use its look."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from storyboard.renders.models import Render, Take
from storyboard.renders.queue import queue_story
from storyboard.stories.models import Scene
from tests.ladder import assert_only_writers_may
from tests.shelf import add_take
from tests.studio import NOON, Studio

HTMX = {"HX-Request": "true"}


@pytest.fixture
def takes(story) -> list[Take]:
    """Two takes of the whole story; the second is picked by every scene."""
    return [add_take(story.project) for _ in range(2)]


def picks(story) -> list[int | None]:
    """The number of the take that each scene shows, in order."""
    rows = story.project.scenes.kept().in_order()
    return [row.pick.take.number if row.pick else None for row in rows]


def post(cast, act: str, pk: int, **data: object):
    return cast.browser("editor").post(reverse(act, args=(pk,)), data, headers=HTMX)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("take_name", {"name": "The good one"}),
        ("take_star", {"on": "1"}),
        ("take_bin", {}),
        ("take_restore", {}),
        ("take_settings", {}),
    ],
)
def test_only_writers_may_change_a_take(cast, takes, name, data):
    take = takes[1]
    assert_only_writers_may(cast, reverse(name, args=(take.pk,)), data)
    take.refresh_from_db()
    assert (take.name, take.starred, take.binned_at) == ("", False, None)


def test_only_writers_may_pick_and_hold(cast, story, takes):
    span = takes[0].spans.first()
    assert_only_writers_may(cast, reverse("span_pick", args=(span.pk,)), {"number": "1"})
    assert_only_writers_may(cast, reverse("scene_pin", args=(span.scene_id,)), {"on": "1"})
    assert set(picks(story)) == {2}
    assert not story.project.scenes.filter(pinned=True)


def test_a_scene_shows_the_part_that_was_picked_for_it(cast, story, takes):
    span = takes[0].spans.last()
    answer = post(cast, "span_pick", span.pk, number="1")
    assert answer.status_code == 200
    assert "Scene 1 shows take 1." in answer.text
    assert picks(story)[0] == 1
    first = story.project.scenes.kept().in_order()[0]
    assert first.pick == span


@pytest.mark.parametrize("number", ["", "0", "99", "two", "9" * 40])
def test_a_scene_that_is_not_there_is_refused_with_the_numbers_that_are(cast, story, takes, number):
    answer = post(cast, "span_pick", takes[0].spans.first().pk, number=number)
    assert answer.status_code == 422
    assert f"1 to {story.project.scenes.kept().count()}." in answer.text
    assert set(picks(story)) == {2}


def test_a_part_of_a_take_in_the_bin_is_not_picked(cast, story, takes):
    Take.objects.filter(pk=takes[0].pk).update(binned_at=timezone.now())
    answer = post(cast, "span_pick", takes[0].spans.first().pk, number="1")
    assert answer.status_code == 422
    assert set(picks(story)) == {2}


def test_a_held_pick_stays_when_a_new_take_comes(story, editor, fake_service, settings, tmp_path):
    settings.NOVITA_BASE_URL = fake_service.url
    settings.SUBMISSIONS_PER_MINUTE = 0
    old = add_take(story.project)
    held = story.project.scenes.kept().in_order()[0]
    Scene.objects.filter(pk=held.pk).update(pinned=True)
    [render] = queue_story(story.project, editor, "press", NOON, every=True)
    Studio(fake_service, render, tmp_path / "takes").until_end()
    new = story.project.takes.exclude(pk=old.pk).get()
    shown = picks(story)
    assert shown[0] == old.number
    assert set(shown[1:]) <= {new.number}


def test_nothing_to_hold_is_said(cast, story):
    scene = story.project.scenes.kept().first()
    answer = post(cast, "scene_pin", scene.pk, on="1")
    assert answer.status_code == 422
    assert "no take yet" in answer.text


def test_a_hold_is_taken_away_again(cast, story, takes):
    scene = story.project.scenes.kept().first()
    for on, held in (("1", True), ("0", False)):
        assert post(cast, "scene_pin", scene.pk, on=on).status_code == 200
        scene.refresh_from_db()
        assert scene.pinned is held


def test_a_binned_take_gives_way_to_the_newest_other_and_comes_back(cast, story, takes):
    assert post(cast, "take_bin", takes[1].pk).status_code == 200
    assert set(picks(story)) == {1}
    shelf = cast.browser("editor").get(reverse("project_takes", args=(story.project.pk,))).text
    assert "In the bin" in shelf
    answer = cast.browser("editor").post(reverse("take_restore", args=(takes[1].pk,)))
    assert answer.status_code == 302
    takes[1].refresh_from_db()
    assert takes[1].binned_at is None
    # It was taken from the film, and is not put back unasked.
    assert set(picks(story)) == {1}


def test_without_another_take_its_scenes_show_none(cast, story):
    take = add_take(story.project)
    post(cast, "take_bin", take.pk)
    assert set(picks(story)) == {None}


def test_a_name_is_kept_and_one_too_long_is_refused(cast, takes):
    take = takes[0]
    assert post(cast, "take_name", take.pk, name="Snow at last").status_code == 200
    answer = post(cast, "take_name", take.pk, name="x" * 81)
    assert answer.status_code == 422
    assert "at most 80 characters" in answer.text
    take.refresh_from_db()
    assert take.name == "Snow at last"


def test_its_look_and_seed_become_the_storys_as_one_step_to_undo(cast, story, takes):
    take = takes[0]
    project = story.project
    Take.objects.filter(pk=take.pk).update(seed="77")
    asked = {
        "model_name": "noir.safetensors",
        "width": 640,
        "height": 384,
        "steps": 31,
        "guidance_scale": 9.0,
        "seed": -1,
        "prompts": [{"prompt": "A fox", "frames": 16}],
        "loras": [{"model_name": "grain.safetensors", "strength": 0.5}],
    }
    Render.objects.filter(pk=take.render_id).update(request=asked)
    before = (project.checkpoint, project.width, project.steps, project.seed)
    assert post(cast, "take_settings", take.pk).status_code == 200
    project.refresh_from_db()
    assert (project.checkpoint, project.width, project.height) == ("noir.safetensors", 640, 384)
    assert (project.steps, project.seed) == (31, 77)
    assert [lora.api_name for lora in project.loras.all()] == ["grain.safetensors"]
    cast.browser("editor").post(reverse("project_undo", args=(project.pk,)))
    project.refresh_from_db()
    assert (project.checkpoint, project.width, project.steps, project.seed) == before


def test_a_receipt_has_the_request_and_no_key(cast, story, takes, settings):
    settings.NOVITA_API_KEY = "sk-very-secret"
    page = cast.browser("viewer").get(reverse("take_receipt", args=(takes[0].pk,)))
    assert page.status_code == 200
    assert takes[0].render.task_id in page.text
    assert "sk-very-secret" not in page.text
    outsider = cast.browser("outsider").get(reverse("take_receipt", args=(takes[0].pk,)))
    assert outsider.status_code == 404


def test_a_take_is_downloaded_as_it_came(cast, story):
    take = add_take(story.project, stored=True)
    answer = cast.browser("viewer").get(reverse("take_download", args=(take.pk,)))
    assert answer.status_code == 200
    assert f"take-{take.number}.mp4" in answer["Content-Disposition"]
    assert answer["Content-Disposition"].startswith("attachment")
    answer.close()
    outsider = cast.browser("outsider").get(reverse("take_download", args=(take.pk,)))
    assert outsider.status_code == 404


def test_the_stage_shows_a_take_with_its_parts(cast, story, takes):
    Scene.objects.filter(pk=takes[0].spans.first().scene_id).update(prompt="Other words")
    page = cast.browser("editor").get(reverse("take_detail", args=(takes[0].pk,)), headers=HTMX)
    assert "Edited since" in page.text
    assert "Use its look" in page.text
    page = cast.browser("viewer").get(reverse("take_detail", args=(takes[0].pk,)), headers=HTMX)
    assert "Use its look" not in page.text
