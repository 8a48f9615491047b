"""The shelf of stories, and what is done to a whole one."""

from __future__ import annotations

import pytest
from django.urls import reverse

from storyboard.stories.models import Project
from tests.ladder import assert_only_writers_may


@pytest.mark.parametrize("name", ["project_rename", "project_duplicate", "project_delete"])
def test_only_writers_may(cast, story, name):
    assert_only_writers_may(cast, reverse(name, args=(story.project.pk,)), {"title": "Mine"})
    assert Project.objects.kept().filter(title=story.project.title).count() == 1


def test_only_writers_may_bring_a_story_back(cast, story, now):
    story.project.delete_at(now)
    assert_only_writers_may(cast, reverse("project_restore", args=(story.project.pk,)))
    assert not Project.objects.kept().filter(pk=story.project.pk).exists()


def test_a_story_is_made_for_a_team_one_writes_in(cast, team):
    url = reverse("project_create")
    assert cast.browser("viewer").post(url, {"team": team.pk}).status_code == 403
    assert cast.browser("outsider").post(url, {"team": team.pk}).status_code == 404
    assert cast.browser("editor").post(url, {"team": "nonsense"}).status_code == 404
    answer = cast.browser("editor").post(url, {"team": team.pk, "line": "A fox waits by the gate"})
    project = team.projects.get()
    assert answer["Location"] == reverse("project_detail", args=(project.pk,))
    assert (project.title, project.scenes.get().prompt) == ("A fox waits by the gate",) * 2


def test_the_shelf_shows_ones_own_teams_stories_newest_first(cast, story, team):
    Project.objects.create(team=team, title="Harbour at dawn")
    page = cast.browser("viewer").get(reverse("project_list")).content.decode()
    assert page.index("Harbour at dawn") < page.index("The Little Match Girl")
    assert "Harbour" not in cast.browser("outsider").get(reverse("project_list")).content.decode()


@pytest.mark.parametrize(
    ("words", "found"),
    [("match girl", True), ("STAR", True), ("star dusk", True), ("star fox", False)],
)
def test_search_looks_in_titles_and_prompts(cast, story, words, found):
    page = cast.browser("viewer").get(reverse("project_list"), {"q": words}).content.decode()
    assert ("The Little Match Girl" in page) is found


def test_a_search_that_finds_nothing_says_so(cast, story):
    page = cast.browser("viewer").get(reverse("project_list"), {"q": "zebra"}).content.decode()
    assert "Nothing in your stories holds these words" in page


@pytest.mark.parametrize("headers", [{"HX-Request": "true"}, {}])
def test_a_story_is_renamed_and_an_empty_title_refused(cast, story, headers):
    url = reverse("project_rename", args=(story.project.pk,))
    browser = cast.browser("editor")
    answer = browser.post(url, {"title": "  "}, headers=headers)
    assert answer.status_code == 422
    assert "A story needs a title." in answer.content.decode()
    browser.post(url, {"title": "Winter"}, headers=headers)
    story.project.refresh_from_db()
    assert story.project.title == "Winter"


def test_a_renamed_story_keeps_every_other_field_it_was_sent(cast, story, outsider):
    url = reverse("project_rename", args=(story.project.pk,))
    data = {"title": "Winter", "team": outsider.teams.get().pk, "steps": 50, "version": 900}
    cast.browser("editor").post(url, data)
    before = (story.project.team_id, story.project.steps, story.project.version + 1)
    story.project.refresh_from_db()
    assert (story.project.team_id, story.project.steps, story.project.version) == before


def test_a_deleted_story_is_gone_for_everyone_until_undone(cast, story):
    browser = cast.browser("editor")
    shelf = browser.post(reverse("project_delete", args=(story.project.pk,)), follow=True)
    back = reverse("project_restore", args=(story.project.pk,))
    assert back in shelf.content.decode()
    detail = reverse("project_detail", args=(story.project.pk,))
    assert browser.get(detail).status_code == 404
    browser.post(back)
    assert browser.get(detail).status_code == 200


def test_the_editor_is_read_only_for_those_who_may_only_see(cast, story):
    url = reverse("project_detail", args=(story.project.pk,))
    page = cast.browser("viewer").get(url).content.decode()
    assert "You can read this story, not change it" in page
    assert "Add scene" not in page
    assert "<textarea" not in page
    assert cast.browser("outsider").get(url).status_code == 404


def test_words_are_shown_as_words_never_as_markup(cast, story):
    story.scenes[0].write(prompt="<script>alert(1)</script>", caption="", version=1)
    url = reverse("project_detail", args=(story.project.pk,))
    page = cast.browser("editor").get(url).content.decode()
    assert "<script>alert(1)" not in page
