"""Lineage: which earlier take a take's look came from, and which later ones came from it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from storyboard.renders.lineage import origins, takes_of
from storyboard.renders.models import Render, Take
from tests.shelf import add_take

LOOK = {
    "model_name": "paper.safetensors",
    "width": 512,
    "height": 512,
    "steps": 20,
    "seed": -1,
    "loras": [{"model_name": "snow", "strength": 0.2}],
}


@pytest.fixture
def take_of(story):
    def add(*, used: str = "", **changes) -> Take:
        take = add_take(story.project)
        Render.objects.filter(pk=take.render_id).update(request=LOOK | changes)
        Take.objects.filter(pk=take.pk).update(seed=used)
        return take

    return add


def words(project) -> dict[int, str]:
    return {number: origin.words for number, origin in origins(takes_of(project)).items()}


def test_the_first_take_comes_from_none(story, take_of):
    take_of()
    assert words(story.project) == {}


def test_a_take_comes_from_the_one_before_and_says_what_was_changed(story, take_of):
    take_of()
    take_of(steps=30, loras=[{"model_name": "snow", "strength": 1.0}])
    assert words(story.project) == {2: "Look of take 1, Steps 20 → 30, LoRA snow 0.2 → 1"}


def test_an_old_look_that_is_used_again_leads_back_to_it(story, take_of):
    take_of(used="77")
    take_of(model_name="ink.safetensors", loras=[])
    take_of(seed=77)
    take_of(seed=77, steps=21)
    found = words(story.project)
    assert found[3] == "Look of take 1"
    assert found[4] == "Look of take 3, Steps 20 → 21"


def test_of_looks_as_like_the_newest_is_the_origin(story, take_of):
    take_of()
    take_of()
    take_of(negative_prompt="dark")
    assert words(story.project)[3] == "Look of take 2, Negative prompt none → dark"


def test_a_seed_that_is_set_and_a_size_that_is_changed_are_said(story, take_of):
    take_of(used="5")
    take_of(seed=9, width=768)
    assert words(story.project)[2] == "Look of take 1, Size 512 × 512 → 768 × 512, Seed random → 9"


def test_of_many_changes_a_line_names_two_and_counts_the_rest(story, take_of):
    take_of()
    take_of(steps=30, guidance_scale=9.5, clip_skip=2)
    assert words(story.project)[2].endswith(", 1 more changed")


def test_shelf_and_receipt_say_where_a_look_came_from_and_led_to(cast, story, take_of):
    first = take_of()
    second = take_of(steps=30)
    viewer = cast.browser("viewer")
    shelf = viewer.get(reverse("project_takes", args=(story.project.pk,))).content.decode()
    assert "Look of take 1, Steps 20 → 30" in shelf
    receipt = viewer.get(reverse("take_receipt", args=(second.pk,))).content.decode()
    of_first = reverse("take_receipt", args=(first.pk,))
    assert f'href="{of_first}">Take 1</a>, changed: Steps' in receipt
    assert "no later take yet" in receipt
    earlier = viewer.get(of_first).content.decode()
    assert "no earlier take" in earlier
    assert f'href="{reverse("project_detail", args=(story.project.pk,))}?take=2">Take 2' in earlier
