"""A page brings a story's first rows, says where the others are, and answers draw what it has."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from storyboard.novita import limits
from storyboard.stories.models import Scene
from storyboard.stories.window import FIRST, MORE
from tests.shelf import add_take

HTMX = {"HX-Request": "true"}
WORDS = "A girl in a worn blue coat strikes a match against the cold brick wall, snow all around"


def rows_of(page: str) -> list[int]:
    """Return the ids of the scenes whose rows a page or an answer holds, in order."""
    return [int(pk) for pk in re.findall(r'<li id="scene-(\d+)" class="scene ', page)]


@pytest.fixture
def scenes(story) -> list[int]:
    """A story of 60 scenes in four clips; their ids in order."""
    Scene.objects.filter(project=story.project).delete()
    Scene.objects.bulk_create(
        Scene(
            project=story.project,
            position=place,
            prompt=f"{WORDS}, moment {place + 1}",
            frames=limits.FRAMES_MIN,
            cut=place > 0 and place % 15 == 0,
        )
        for place in range(60)
    )
    return list(story.project.scenes.in_order().values_list("pk", flat=True))


def editor(story) -> str:
    return reverse("project_detail", args=(story.project.pk,))


def test_the_page_of_16_scenes_and_50_takes_is_at_most_60_kilobytes(cast, story, scenes):
    Scene.objects.filter(pk__in=scenes[16:]).delete()
    Scene.objects.update(cut=False)
    for _ in range(50):
        add_take(story.project)
    page = cast.browser("editor").get(editor(story)).content
    assert len(page) < 60_000
    assert b"Scenes 5 to 16" in page


@pytest.mark.parametrize("person", ["editor", "viewer"])
def test_the_rows_follow_until_all_are_there_once(cast, story, scenes, person):
    browser = cast.browser(person)
    page = browser.get(editor(story)).content.decode()
    found = rows_of(page)
    assert found == scenes[:FIRST]
    while more := re.search(r'id="scenes-more".*?hx-get="([^"]+)"', page):
        page = browser.get(more[1], headers=HTMX).content.decode()
        found += rows_of(page)
    assert found == scenes


def test_rows_that_follow_draw_the_strips_of_all_that_is_there(cast, story, scenes):
    url = reverse("scenes_rows", args=(story.project.pk,))
    asked = {"X-Rows": f"0-{FIRST}"} | HTMX
    answer = cast.browser("editor").get(url, {"after": scenes[FIRST - 1]}, headers=asked)
    page = answer.content.decode()
    assert rows_of(page) == scenes[FIRST:MORE]
    assert 'id="clip-1" class="budget__clip" hx-swap-oob="morph"' in page
    assert 'id="clip-2"' in page
    assert 'id="clip-3"' not in page
    assert f'href="#scene-{scenes[0]}"' in page


def test_the_rows_are_those_of_people_of_the_team(cast, story, scenes):
    url = reverse("scenes_rows", args=(story.project.pk,))
    assert cast.browser("outsider").get(url, headers=HTMX).status_code == 404
    assert cast.browser("editor").post(url, headers=HTMX).status_code == 405


@pytest.mark.parametrize("after", ["", "nonsense", "999999", "0", "9" * 400])
def test_rows_behind_nothing_are_none(cast, story, scenes, after):
    url = reverse("scenes_rows", args=(story.project.pk,))
    answer = cast.browser("editor").get(url, {"after": after}, headers=HTMX)
    assert answer.status_code == 200
    assert rows_of(answer.content.decode()) == []


def test_without_script_a_link_leads_to_the_whole_story(cast, story, scenes):
    browser = cast.browser("editor")
    page = browser.get(editor(story)).content.decode()
    assert '<a href="?rows=all">Scenes 5 to 60</a>' in page
    whole = browser.get(editor(story), {"rows": "all"}).content.decode()
    assert rows_of(whole) == scenes
    assert 'id="scenes-more"' not in whole
    url = reverse("scenes_rows", args=(story.project.pk,))
    answer = browser.get(url, {"after": scenes[3]})
    assert answer.status_code == 302
    assert answer["Location"].endswith("?rows=all")


def test_a_story_opens_at_the_scene_that_a_link_names(cast, story, scenes):
    page = cast.browser("editor").get(editor(story), {"scene": scenes[40]}).content.decode()
    assert scenes[40] in rows_of(page)
    assert len(rows_of(page)) < 10
    assert "Scenes 1 to 38" in page
    # The strip leads there from a page that has not come so far.
    first = cast.browser("editor").get(editor(story)).content.decode()
    assert f'href="?scene={scenes[45]}#scene-{scenes[45]}"' in first


@pytest.mark.parametrize("rows", ["nonsense", "5", "-", "7-5", "9999999999-9999999999"])
def test_nonsense_for_the_rows_of_a_page_is_answered_all_the_same(cast, story, scenes, rows):
    asked = {"X-Rows": rows} | HTMX
    url = reverse("scene_cut", args=(scenes[5],))
    assert cast.browser("editor").post(url, {"on": "1"}, headers=asked).status_code == 200


def test_an_answer_draws_the_rows_that_the_page_has(cast, story, scenes):
    asked = {"X-Rows": "0-20"} | HTMX
    url = reverse("scene_cut", args=(scenes[5],))
    page = cast.browser("editor").post(url, {"on": "1"}, headers=asked).content.decode()
    assert rows_of(page) == scenes[:20]
    assert "Scenes 21 to 60" in page


def test_an_answer_holds_the_new_row_wherever_it_stands(cast, story, scenes):
    asked = {"X-Rows": "0-20"} | HTMX
    url = reverse("scene_duplicate", args=(scenes[19],))
    Scene.objects.filter(pk=scenes[29]).delete()
    page = cast.browser("editor").post(url, headers=asked).content.decode()
    new = Scene.objects.latest("pk").pk
    assert rows_of(page) == [*scenes[:20], new]


def test_saving_frames_answers_with_the_rows_that_the_page_has_of_its_clip(cast, story, scenes):
    Scene.objects.filter(pk=scenes[29]).delete()
    asked = {"X-Rows": "0-20"} | HTMX
    url = reverse("scene_frames", args=(scenes[17],))
    page = cast.browser("editor").post(url, {"frames": "9"}, headers=asked).content.decode()
    places = [int(pk) for pk in re.findall(r'id="scene-(\d+)-place"', page)]
    assert places == scenes[15:20]
    assert 'id="clip-2"' in page
    assert 'id="clip-1"' not in page


def test_the_menu_of_a_row_is_there_without_script(cast, story):
    browser = cast.browser("editor")
    first = story.scenes[0].pk
    page = browser.get(editor(story)).content.decode()
    assert f'href="?menu={first}#scene-{first}"' in page
    assert f'formaction="{reverse("scene_delete", args=(first,))}"' not in page
    opened = browser.get(editor(story), {"menu": first}).content.decode()
    for act in ("scene_duplicate", "scene_split", "scene_merge", "scene_lock", "scene_delete"):
        assert f'formaction="{reverse(act, args=(first,))}"' in opened
    assert '<form id="act" method="post"' in opened


@pytest.mark.parametrize(("act", "told"), [("scene_frames", {"frames": "9"}), ("scene_delete", {})])
def test_an_act_without_script_leads_back_to_the_whole_story(cast, story, scenes, act, told):
    answer = cast.browser("editor").post(reverse(act, args=(scenes[50],)), told)
    assert answer.status_code == 302
    assert answer["Location"].startswith(f"{editor(story)}?rows=all")
    assert str(scenes[50]) in answer["Location"]
