"""What a beginner finds: ways to begin, the sample, and an explanation that is told once."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from storyboard.people.access import writable_teams_of
from storyboard.people.models import Membership, Team, User
from storyboard.people.roles import Role
from storyboard.stories.models import Project, Read, Scene
from storyboard.stories.sample import PROMPTS, TITLE
from tests.ladder import assert_only_writers_may


def page(cast, project, role="editor"):
    url = reverse("project_detail", args=(project.pk,))
    return cast.browser(role).get(url).content.decode()


@pytest.fixture
def empty(team) -> Project:
    return Project.objects.create(team=team, title="Untitled story")


def test_an_empty_story_offers_a_line_a_script_and_the_sample(cast, empty):
    for scenes in (0, 1):
        shown = page(cast, empty)
        assert "Ways to begin" in shown, scenes
        assert reverse("project_import_preview", args=(empty.pk,)) in shown
        assert reverse("sample_create") in shown
        assert ('id="begin-line"' in shown) is (scenes == 0)
        empty.add_scene()
    assert "Ways to begin" not in page(cast, empty)


def test_a_story_with_words_is_left_alone_and_readers_are_offered_nothing(cast, story, empty):
    assert "Ways to begin" not in page(cast, story.project)
    shown = page(cast, empty, "viewer")
    assert "Ways to begin" not in shown
    assert "Its writers have not begun." in shown


def test_the_first_line_becomes_the_first_scene_without_script(cast, empty):
    url = reverse("scene_create", args=(empty.pk,))
    assert cast.browser("editor").post(url, {"prompt": "A fox waits"}).status_code == 302
    assert empty.scenes.get().prompt == "A fox waits"


def test_an_empty_shelf_teaches_and_a_full_one_does_not(cast, team):
    shelf = cast.browser("editor").get(reverse("project_list")).content.decode()
    for words in ("Begin with a line", "Bring a script", "Look at the sample"):
        assert words in shelf
    Project.objects.create(team=team, title="One")
    shelf = cast.browser("editor").get(reverse("project_list")).content.decode()
    assert "Bring a script" not in shelf
    assert "Begin with a line" in shelf


def test_whoever_may_only_read_is_told_why_the_shelf_is_empty(team, cast):
    User.objects.get(pk=cast.viewer.pk).memberships.filter(team__personal=True).delete()
    shelf = cast.browser("viewer").get(reverse("project_list")).content.decode()
    assert "No story is shared with you yet" in shelf
    assert "Begin with a line" not in shelf


def test_bringing_a_script_makes_a_story_and_asks_for_the_script(cast, team):
    data = {"team": team.pk, "then": "import"}
    answer = cast.browser("editor").post(reverse("project_create"), data)
    made = Project.objects.get(team=team)
    assert answer["Location"] == reverse("project_import", args=(made.pk,))


def test_only_writers_may_ask_for_the_sample(cast, team):
    assert_only_writers_may(cast, reverse("sample_create"), {"team": team.pk})
    assert not team.projects.exists()


def test_the_sample_is_made_once_and_opened_after_that(cast, team):
    browser = cast.browser("editor")
    first = browser.post(reverse("sample_create"), {"team": team.pk})
    again = browser.post(reverse("sample_create"), {"team": team.pk})
    assert first["Location"] == again["Location"]
    sample = Project.objects.get(team=team)
    assert sample.title == TITLE
    assert [scene.prompt for scene in sample.scenes.in_order()] == list(PROMPTS)


@pytest.mark.parametrize("named", ["", "x", "9" * 30])
def test_a_team_that_is_none_is_not_found(cast, named):
    answer = cast.browser("editor").post(reverse("sample_create"), {"team": named})
    assert answer.status_code == 404


def explained(story) -> str:
    return reverse("explained", args=(story.project.pk, "blending"))


def test_only_writers_are_told_how_scenes_join_and_may_put_it_away(cast, story):
    assert_only_writers_may(cast, explained(story))
    assert "How scenes join" in page(cast, story.project)
    assert "How scenes join" not in page(cast, story.project, "viewer")


def test_it_is_told_once_to_each_person_wherever_they_sign_in(cast, story):
    answer = cast.browser("editor").post(explained(story))
    assert answer["Location"] == reverse("project_detail", args=(story.project.pk,))
    assert "How scenes join" not in page(cast, story.project)
    assert "How scenes join" in page(cast, story.project, "owner")


def test_putting_it_away_twice_is_once_and_htmx_gets_nothing_in_its_place(cast, story):
    for _ in range(2):
        answer = cast.browser("editor").post(explained(story), headers={"HX-Request": "true"})
        assert (answer.status_code, answer.content) == (200, b"")
    assert Read.objects.count() == 1
    unknown = reverse("explained", args=(story.project.pk, "everything"))
    assert cast.browser("editor").post(unknown).status_code == 404
    assert Client().post(explained(story)).status_code == 302


def test_one_scene_has_nothing_to_blend_with(cast, story):
    Scene.objects.filter(pk__in=[scene.pk for scene in story.scenes[1:]]).delete()
    assert "How scenes join" not in page(cast, story.project)


def test_what_one_begins_goes_to_ones_own_team_and_says_so_among_several(signed_in, db):
    ada = User.objects.create_user("ada@example.org", "a long password", name="Ada")
    zed = User.objects.create_user("zed@example.org", "a long password", name="Zed")
    mine = Team.objects.get(memberships__user=zed)
    alone = signed_in(zed).get(reverse("project_list")).content.decode()
    assert "It goes to" not in alone
    Membership.objects.create(team=Team.objects.of(ada).get(), user=zed, role=Role.EDITOR)
    Membership.objects.create(team=Team.objects.create(name="A"), user=zed, role=Role.EDITOR)
    page = signed_in(zed).get(reverse("project_list")).content.decode()
    assert page.count(f'<input type="hidden" name="team" value="{mine.pk}">') == 3
    assert page.count(f"It goes to <bdi>{escape(mine.name)}</bdi>.") == 3
    assert list(writable_teams_of(zed).values_list("name", flat=True)) == [
        "Zed's stories",
        "Ada's stories",
        "A",
    ]
