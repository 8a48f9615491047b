"""GET /projects/<pk>/compare/ and POST …/compare/pick/, and GET /takes/<pk>/seam/."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from storyboard.renders.models import Render, Span, Take
from storyboard.stories.models import Scene
from tests.ladder import assert_only_writers_may
from tests.shelf import add_take

HTMX = {"HX-Request": "true"}


@pytest.fixture
def pair(story) -> tuple[Take, Take]:
    """Two takes of the whole story; its scenes show the second."""
    return add_take(story.project), add_take(story.project)


def page_of(cast, story, query: str = "", role: str = "viewer") -> str:
    url = reverse("project_compare", args=(story.project.pk,)) + query
    answer = cast.browser(role).get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def asked(take: Take, **request: object) -> None:
    Render.objects.filter(pk=take.render_id).update(request=request)


def pick_of(story) -> str:
    return reverse("compare_pick", args=(story.project.pk,))


def shown(story) -> set[int]:
    return set(story.project.scenes.values_list("pick__take__number", flat=True))


def test_an_outsider_sees_neither(cast, story, pair):
    Render.objects.filter(pk=pair[0].render_id).update(request={"closed_loop": True})
    browser = cast.browser("outsider")
    assert browser.get(reverse("project_compare", args=(story.project.pk,))).status_code == 404
    assert browser.get(reverse("take_seam", args=(pair[0].pk,))).status_code == 404


def test_only_writers_may_pick(cast, story, pair):
    data = {"take": ["1", "2"], "keep": "1"}
    assert_only_writers_may(cast, pick_of(story), data)
    assert shown(story) == {2}
    assert "Make this the pick" not in page_of(cast, story)


def test_one_take_alone_is_told_so(cast, story):
    assert "no take yet that can be watched" in page_of(cast, story)
    add_take(story.project)
    assert "There is one take that can be watched" in page_of(cast, story)


def test_the_two_newest_are_compared_unless_others_are_named(cast, story, pair):
    third = add_take(story.project)
    page = page_of(cast, story)
    assert reverse("take_video", args=(third.pk,)) in page
    assert reverse("take_video", args=(pair[0].pk,)) not in page
    page = page_of(cast, story, "?take=1&take=3")
    assert reverse("take_video", args=(pair[0].pk,)) in page
    assert reverse("take_video", args=(pair[1].pk,)) not in page


@pytest.mark.parametrize(
    "query", ["?take=99&take=x", "?take=²", "?scene=x&take=1", "?scene=9999999"]
)
def test_what_is_not_there_is_passed_over(cast, story, pair, query):
    assert "What differs" in page_of(cast, story, query)


def test_takes_in_the_bin_and_missing_ones_are_not_offered(cast, story, pair):
    Take.objects.filter(pk=pair[0].pk).update(binned_at=timezone.now())
    assert "Two takes are needed" in page_of(cast, story)
    Take.objects.filter(pk=pair[0].pk).update(binned_at=None, lost_at=timezone.now())
    assert "Two takes are needed" in page_of(cast, story)


def test_only_what_differs_is_listed(cast, story, pair):
    alike = {"model_name": "ink.safetensors", "steps": 20, "guidance_scale": 7.5}
    asked(pair[0], **alike, loras=[{"model_name": "snow", "strength": 0.4}], seed=-1)
    asked(
        pair[1],
        **alike | {"steps": 30},
        loras=[{"model_name": "snow", "strength": 0.75}, {"model_name": "rain", "strength": 1.0}],
        embeddings=[{"model_name": "hands"}],
        seed=-1,
    )
    Take.objects.filter(pk=pair[0].pk).update(seed="5", width=32)
    Take.objects.filter(pk=pair[1].pk).update(seed="6")
    page = page_of(cast, story)
    for name, left, right in (
        ("Seed", "5", "6"),
        ("Steps", "20", "30"),
        ("LoRA snow", "0.4", "0.75"),
        ("LoRA rain", "not used", "1"),
        ("Embedding hands", "not used", "used"),
        ("Size", "32 × 64", "64 × 64"),
    ):
        row = f'>{name}</th><td dir="auto">{left}</td><td dir="auto">{right}</td>'
        assert row in page, name
    assert ">Checkpoint<" not in page
    assert ">Guidance<" not in page
    assert ">Words of" not in page


def test_changed_words_are_marked(cast, story, pair):
    span = pair[0].spans.first()
    assert span
    Span.objects.filter(pk=span.pk).update(prompt="A <fox> waits")
    Span.objects.filter(take=pair[1], order=span.order).update(prompt="A wolf waits")
    page = page_of(cast, story)
    assert "Words of scene 1" in page
    assert "<del>&lt;fox&gt; </del><ins>wolf </ins>waits" in page


def test_where_nothing_differs_it_says_so(cast, story, pair):
    assert "Nothing that was asked for differs" in page_of(cast, story)


def test_one_scene_of_both_is_compared_by_its_own_part(cast, story, pair):
    scene = story.project.scenes.kept().in_order()[1]
    page = page_of(cast, story, f"?take=1&take=2&scene={scene.pk}")
    span = pair[0].spans.get(scene=scene)
    assert f'data-start="{span.start:.6f}" data-seconds="{span.seconds:.6f}"' in page
    assert f"Shown in scene {scene.number}" in page


def test_the_pick_of_one_scene_leaves_the_others(cast, story, pair):
    scene = story.project.scenes.kept().in_order()[1]
    data = {"take": ["1", "2"], "scene": str(scene.pk), "keep": "1"}
    answer = cast.browser("editor").post(pick_of(story), data)
    assert answer.status_code == 302
    assert answer["Location"].endswith(f"/compare/?take=1&take=2&scene={scene.pk}#picks")
    scene.refresh_from_db()
    assert scene.pick == pair[0].spans.get(scene=scene)
    assert Scene.objects.filter(project=story.project, pick__take=pair[1]).exists()


def test_the_pick_of_a_whole_take_is_answered_in_place(cast, story, pair):
    data = {"take": ["1", "2"], "keep": "1"}
    answer = cast.browser("editor").post(pick_of(story), data, headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<video" not in page
    assert page.index("Take 1") < page.index("Shown in its scenes") < page.index("Take 2")
    assert shown(story) == {1}


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize("keep", ["", "3", "x"])
def test_a_take_that_is_not_one_of_them_changes_nothing(cast, story, pair, keep, headers):
    data = {"take": ["1", "2"], "keep": keep}
    answer = cast.browser("editor").post(pick_of(story), data, headers=headers)
    assert answer.status_code == 422
    assert "That take is not here any more" in answer.content.decode()
    assert shown(story) == {2}


def test_the_seam_is_shown_of_closed_loops_alone(cast, story, pair):
    url = reverse("take_seam", args=(pair[0].pk,))
    assert cast.browser("viewer").get(url).status_code == 404
    editor = cast.browser("editor")
    stage = f"{reverse('project_detail', args=(story.project.pk,))}?take=1"
    assert url not in editor.get(stage).content.decode()
    asked(pair[0], closed_loop=True)
    assert f'data-frames="{pair[0].frames}"' in cast.browser("viewer").get(url).content.decode()
    page = editor.get(stage).content.decode()
    assert url in page
    assert reverse("project_compare", args=(story.project.pk,)) in page
