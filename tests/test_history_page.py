"""The history of a story: listed, read, compared, named, and restored."""

from __future__ import annotations

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from storyboard.stories import order
from storyboard.stories.models import Revision
from storyboard.stories.revisions import Kind
from tests.ladder import assert_only_writers_may


@pytest.fixture
def edited(cast, story):
    """The story with its first words changed, its second scene deleted, and a new title."""
    editor = cast.browser("editor")
    first, second = story.scenes[:2]
    words = {"prompt": "Dusk falls on the river", "caption": "", "version": first.version}
    editor.post(reverse("scene_write", args=(first.pk,)), words)
    editor.post(reverse("scene_delete", args=(second.pk,)))
    editor.post(reverse("project_rename", args=(story.project.pk,)), {"title": "Embers"})
    story.revisions = list(story.project.revisions.order_by("pk"))
    return story


def page_of(cast, story, name: str = "project_history", *args: int, role: str = "editor") -> str:
    url = reverse(name, args=(story.project.pk, *args))
    answer = cast.browser(role).get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def prompts(story) -> list[str]:
    return list(story.project.scenes.kept().in_order().values_list("prompt", flat=True))


def test_every_change_is_listed_with_who_made_it(cast, edited):
    page = page_of(cast, edited, role="viewer")
    for words in ("Title “Embers”", "“A match is lit” deleted", "Words of “Dusk falls on the"):
        assert words in page
    assert cast.editor.name in page


def test_a_story_without_changes_says_what_will_be_there(cast, story):
    assert "Nothing was changed yet." in page_of(cast, story)


@pytest.mark.parametrize("name", ["project_history", "revision_detail"])
def test_an_outsider_finds_no_history(cast, edited, name):
    args = (edited.project.pk, *([edited.revisions[0].pk] if name == "revision_detail" else []))
    assert cast.browser("outsider").get(reverse(name, args=args)).status_code == 404


def test_a_version_of_another_story_is_not_found(cast, edited, outsider):
    elsewhere = outsider.teams.get().projects.create(title="Elsewhere")
    url = reverse("revision_detail", args=(elsewhere.pk, edited.revisions[0].pk))
    assert cast.browser("outsider").get(url).status_code == 404


def test_a_version_is_read_with_the_words_that_changed_since_marked(cast, edited):
    page = page_of(cast, edited, "revision_detail", edited.revisions[0].pk, role="viewer")
    assert "A match is lit" in page
    assert "not in the other" in page
    assert "Restore" not in page


def test_two_versions_are_compared(cast, edited):
    first, second, _ = edited.revisions
    url = reverse("revision_detail", args=(edited.project.pk, second.pk))
    page = cast.browser("viewer").get(f"{url}?with={first.pk}").content.decode()
    assert "Not in this version" in page
    assert "<ins>A match is lit</ins>" in page


@pytest.mark.parametrize("name", ["revision_restore", "revision_name"])
def test_only_writers_may_restore_and_name(cast, edited, name):
    url = reverse(name, args=(edited.project.pk, edited.revisions[0].pk))
    assert_only_writers_may(cast, url, {"name": "Draft"})
    assert Revision.objects.exclude(name="").count() == 0
    assert prompts(edited) == ["Dusk falls on the river", "A star falls"]


def test_restoring_a_version_is_itself_a_change_that_can_be_undone(cast, edited):
    editor = cast.browser("editor")
    url = reverse("revision_restore", args=(edited.project.pk, edited.revisions[0].pk))
    page = editor.post(url, follow=True).content.decode()
    assert "Restored: " in page
    assert prompts(edited) == ["Dusk falls on the river", "A match is lit", "A star falls"]
    edited.project.refresh_from_db()
    assert edited.project.title == "The Little Match Girl"
    assert edited.project.revisions.first().kind == Kind.RESTORE
    editor.post(reverse("project_undo", args=(edited.project.pk,)))
    assert prompts(edited) == ["Dusk falls on the river", "A star falls"]


def test_one_scene_is_restored_and_the_rest_stays(cast, edited):
    url = reverse("revision_restore", args=(edited.project.pk, edited.revisions[0].pk))
    cast.browser("editor").post(url, {"scene": edited.scenes[1].pk})
    assert prompts(edited) == ["Dusk falls on the river", "A match is lit", "A star falls"]
    edited.project.refresh_from_db()
    assert edited.project.title == "Embers"


def test_a_version_that_no_longer_fits_is_refused_with_words(cast, edited):
    others = edited.project.scenes.kept()
    others.filter(pk__in=[edited.scenes[0].pk, edited.scenes[2].pk]).update(frames=64)
    url = reverse("revision_restore", args=(edited.project.pk, edited.revisions[0].pk))
    answer = cast.browser("editor").post(url, {"scene": edited.scenes[1].pk})
    assert answer.status_code == 422
    assert "It does not fit" in answer.content.decode()
    assert len(prompts(edited)) == 2


def test_a_named_version_is_found_again(cast, edited):
    url = reverse("revision_name", args=(edited.project.pk, edited.revisions[1].pk))
    answer = cast.browser("editor").post(url, {"name": "First draft"}, follow=True)
    assert "First draft" in answer.content.decode()
    listed = reverse("project_history", args=(edited.project.pk,))
    page = cast.browser("viewer").get(f"{listed}?named=1").content.decode()
    assert "First draft" in page
    assert "Title “Embers”" not in page
    assert cast.browser("editor").post(url, {"name": "x" * 81}).status_code == 422


def test_every_write_leaves_a_state_that_can_be_read_again(cast, edited):
    """Each state, rebuilt from the log, is what the story was then."""
    for revision, expected in zip(
        edited.revisions,
        [
            ["Dusk falls on the river", "A match is lit", "A star falls"],
            ["Dusk falls on the river", "A star falls"],
            ["Dusk falls on the river", "A star falls"],
        ],
        strict=True,
    ):
        page = page_of(cast, edited, "revision_detail", revision.pk)
        assert f"{len(expected)} scenes" in page


ids = st.lists(st.integers(1, 12), unique=True, max_size=10)


@given(ids, ids)
def test_a_change_of_order_with_nobody_else_about_is_taken_whole(before, after):
    assert order.merge(before, before, after) == after


@given(ids, ids, ids)
def test_merging_loses_and_doubles_no_scene(now, before, after):
    merged = order.merge(now, before, after)
    come, gone = set(after) - set(before), set(before) - set(after)
    assert len(merged) == len(set(merged))
    assert set(merged) == (set(now) - gone) | come


def test_the_story_as_it_began_is_read_and_restored(cast, edited):
    browser = cast.browser("editor")
    url = reverse("revision_detail", args=(edited.project.pk, 0))
    listed = browser.get(reverse("project_history", args=(edited.project.pk,))).content.decode()
    assert "As the story began" in listed
    assert url in listed
    page = browser.get(url).content.decode()
    assert "Before the first change." in page
    assert "A match is lit" in page
    assert "Name this version" not in page
    restore = reverse("revision_restore", args=(edited.project.pk, 0))
    assert browser.post(restore).status_code == 302
    rows = edited.project.scenes.kept().in_order().values_list("prompt", "frames")
    assert list(rows) == [
        ("Dusk falls on the snow", 32),
        ("A match is lit", 24),
        ("A star falls", 16),
    ]
    assert edited.project.revisions.first().kind == "restore"
    named = reverse("revision_name", args=(edited.project.pk, 0))
    assert browser.post(named, {"name": "First"}).status_code == 404


def test_a_story_that_began_empty_has_no_such_entry_and_its_writer_made_it(cast, team):
    browser = cast.browser("editor")
    browser.post(reverse("project_create"), {"team": team.pk, "line": "A fox waits"})
    project = team.projects.get()
    page = browser.get(reverse("project_history", args=(project.pk,))).content.decode()
    assert "As the story began" not in page
    assert project.revisions.get().person == cast.editor
    assert browser.get(reverse("revision_detail", args=(project.pk, 0))).status_code == 404
