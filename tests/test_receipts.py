"""What a render costs, said before the click, while it is under way, and on its take."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from storyboard.people.keys import own_account
from storyboard.renders.models import Render
from storyboard.renders.money import cost, price
from storyboard.renders.states import State
from tests.shelf import add_render, add_take

AMOUNTS = [
    (Decimal("0.3072"), "about $0.31"),
    (Decimal(0), "free"),
    (None, "cost unknown"),
]


@pytest.mark.parametrize(("amount", "words"), AMOUNTS)
def test_a_render_and_its_take_say_what_they_cost(cast, story, settings, amount, words):
    settings.PRICE_PER_FRAME_STEP, settings.PRICE_MINIMUM = 0.1, 0.1
    browser = cast.browser("viewer")
    url = reverse("project_detail", args=(story.project.pk,))
    take = add_take(story.project)
    Render.objects.update(estimate=amount)
    stage = browser.get(reverse("take_detail", args=(take.pk,)), headers={"HX-Request": "true"})
    assert re.search(rf"Take 1 · .* · {re.escape(words)}</span>", stage.content.decode())
    assert "arrived late" not in stage.content.decode()
    add_render(story.project, State.RENDERING, estimate=amount)
    assert f'<span class="panel__more number">{words}</span>' in browser.get(url).content.decode()


def test_rendering_one_scene_shows_its_cost_before_the_click(cast, story, settings):
    settings.PRICE_PER_FRAME_STEP, settings.PRICE_MINIMUM = 0.001, 0.01
    url = reverse("project_detail", args=(story.project.pk,))
    page = cast.browser("editor").get(url).content.decode()
    for scene in story.scenes:
        assert f">{cost(price(scene.frames, story.project.steps, own_account()))}<" in page
    assert "panel__more number" not in cast.browser("viewer").get(url).content.decode()


def test_a_take_that_came_late_says_so(cast, story):
    take = add_take(story.project)
    Render.objects.update(late=True)
    url = f"{reverse('project_detail', args=(story.project.pk,))}?take={take.number}"
    page = cast.browser("viewer").get(url).content.decode()
    assert "It arrived late" in page
    assert "<small>1, late</small>" in page
