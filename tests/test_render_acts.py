"""Render story, Render scene, and the choices that only a person can make."""

from __future__ import annotations

import pytest
from django.urls import reverse

from storyboard.renders.models import Render
from storyboard.renders.states import State
from storyboard.stories.models import Scene
from tests.ladder import assert_only_writers_may
from tests.shelf import add_render, add_take

HTMX = {"HX-Request": "true"}
NONCE = {"nonce": "one-press-of-the-button"}


def test_only_writers_may_render(cast, story):
    assert_only_writers_may(cast, reverse("render_story", args=(story.project.pk,)), NONCE)
    assert_only_writers_may(cast, reverse("render_scene", args=(story.scenes[0].pk,)), NONCE)
    assert not Render.objects.exists()


@pytest.mark.parametrize(
    ("act", "state"),
    [
        ("render_cancel", State.QUEUED),
        ("render_send_again", State.UNSURE),
        ("render_let_go", State.UNSURE),
        ("render_check", State.UNSURE),
        ("render_stop_waiting", State.RENDERING),
    ],
)
def test_only_writers_may_decide(cast, story, act, state):
    render = add_render(story.project, state, task_id=None)
    assert_only_writers_may(cast, reverse(act, args=(render.pk,)))
    render.refresh_from_db()
    assert render.state == state
    assert Render.objects.count() == 1


def test_an_editor_who_may_not_spend_may_not_render(cast, story, team):
    team.memberships.filter(user=cast.editor).update(may_spend=False)
    url = reverse("render_story", args=(story.project.pk,))
    assert cast.browser("editor").post(url, NONCE).status_code == 403
    page = cast.browser("editor").get(reverse("project_detail", args=(story.project.pk,)))
    assert "Ask to render" in page.content.decode()
    assert "Render story" not in page.content.decode()
    assert not Render.objects.exists()


@pytest.mark.parametrize(("headers", "status"), [(HTMX, 200), ({}, 302)])
def test_the_story_is_queued_as_one_request(cast, story, headers, status):
    url = reverse("render_story", args=(story.project.pk,))
    answer = cast.browser("editor").post(url, NONCE, headers=headers)
    assert answer.status_code == status
    render = Render.objects.get()
    assert render.asked_by == cast.editor
    assert [row["frames"] for row in render.request["prompts"]] == [32, 24, 16]
    if headers:
        assert 'hx-trigger="every 2s"' in answer.content.decode()


def test_each_clip_is_a_request_of_its_own(cast, story):
    Scene.objects.filter(pk=story.scenes[2].pk).update(cut=True)
    cast.browser("editor").post(reverse("render_story", args=(story.project.pk,)), NONCE)
    requests = Render.objects.order_by("pk").values_list("request", flat=True)
    assert [[row["frames"] for row in body["prompts"]] for body in requests] == [[32, 24], [16]]


def test_a_scene_is_rendered_alone(cast, story):
    url = reverse("render_scene", args=(story.scenes[1].pk,))
    cast.browser("editor").post(url, NONCE, headers=HTMX)
    assert [row["frames"] for row in Render.objects.get().request["prompts"]] == [24]


def test_however_often_the_form_arrives_it_is_one_render(cast, story):
    url = reverse("render_story", args=(story.project.pk,))
    for headers in (HTMX, {}, HTMX):
        cast.browser("editor").post(url, NONCE, headers=headers)
    assert Render.objects.count() == 1


@pytest.mark.parametrize("nonce", ["", "short", "has spaces in it", "x" * 400])
@pytest.mark.parametrize("headers", [HTMX, {}])
def test_a_page_without_a_good_nonce_is_out_of_date(cast, story, nonce, headers):
    url = reverse("render_story", args=(story.project.pk,))
    answer = cast.browser("editor").post(url, {"nonce": nonce}, headers=headers)
    assert answer.status_code == 422
    assert "out of date" in answer.content.decode()
    assert not Render.objects.exists()


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_what_stands_in_the_way_is_listed_with_links(cast, story, headers):
    Scene.objects.filter(pk__in=[story.scenes[0].pk, story.scenes[2].pk]).update(prompt=" ")
    url = reverse("render_story", args=(story.project.pk,))
    answer = cast.browser("editor").post(url, NONCE, headers=headers)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "nothing was spent" in page
    for scene in (story.scenes[0], story.scenes[2]):
        assert f'<a href="#scene-{scene.pk}">Scene {scene.number} has no words.</a>' in page
    assert not Render.objects.exists()


def test_a_story_without_scenes_is_not_sent(cast, story):
    story.project.scenes.all().delete()
    url = reverse("render_story", args=(story.project.pk,))
    answer = cast.browser("editor").post(url, NONCE, headers=HTMX)
    assert answer.status_code == 422
    assert "no scenes yet" in answer.content.decode()


def test_an_unsure_render_is_sent_again_only_by_a_person(cast, story):
    render = add_render(story.project, State.UNSURE, task_id=None)
    url = reverse("render_send_again", args=(render.pk,))
    for _ in range(2):
        cast.browser("editor").post(url, headers=HTMX)
    again = Render.objects.latest("pk")
    assert Render.objects.count() == 2
    assert (again.state, again.asked_by) == (State.QUEUED, cast.editor)


def test_a_choice_that_comes_too_late_says_so(cast, story):
    render = add_render(story.project, State.RENDERING)
    answer = cast.browser("editor").post(reverse("render_cancel", args=(render.pk,)), headers=HTMX)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Nothing was changed." in page
    assert "rendering by now" in page
    assert "nothing was spent" not in page


def test_an_act_leaves_the_stage_at_the_take_that_is_watched(cast, story):
    add_take(story.project)
    url = reverse("render_story", args=(story.project.pk,))
    for take, mode in (("1", "take-1"), ("", "film")):
        answer = cast.browser("editor").post(url, NONCE | {"take": take}, headers=HTMX)
        assert f'data-mode="{mode}"' in answer.content.decode()


def test_a_success_takes_the_reasons_of_an_earlier_refusal_away(cast, story):
    url = reverse("render_story", args=(story.project.pk,))
    page = cast.browser("editor").post(url, NONCE, headers=HTMX).content.decode()
    assert '<div id="problems" hx-swap-oob="true"></div>' in page


@pytest.mark.parametrize("of", ["story", "scene"])
def test_a_press_on_a_page_that_back_brought_says_that_nothing_is_sent_twice(cast, story, of):
    pk = story.project.pk if of == "story" else story.scenes[0].pk
    url = reverse(f"render_{of}", args=(pk,))
    first = cast.browser("editor").post(url, NONCE, headers=HTMX).content.decode()
    assert "nothing is sent twice" not in first
    going = cast.browser("editor").post(url, NONCE, headers=HTMX).content.decode()
    assert "nothing is sent twice" not in going
    Render.objects.update(state=State.READY)
    over = cast.browser("editor").post(url, NONCE, headers=HTMX).content.decode()
    assert "This button was pressed before, and nothing is sent twice." in over
    assert Render.objects.count() == 1
