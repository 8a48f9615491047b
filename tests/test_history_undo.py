"""Taking one's own changes back, and doing them again."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from storyboard.people.roles import Ability
from storyboard.stories import history
from storyboard.stories.budget import OverBudget
from storyboard.stories.models import Project
from storyboard.stories.revisions import PAUSE, Revision
from tests.ladder import assert_only_writers_may

HTMX = {"HX-Request": "true"}


@pytest.fixture
def seen_by(story):
    """Give the story as a person sees it who may change it."""

    def seen(person) -> Project:
        project = Project.objects.get(pk=story.project.pk)
        project.person = person
        project.abilities = frozenset(Ability)
        return project

    return seen


def prompts(story) -> list[str]:
    return list(story.project.scenes.kept().in_order().values_list("prompt", flat=True))


def frames(story) -> list[int]:
    return list(story.project.scenes.kept().in_order().values_list("frames", flat=True))


def scene_of(project, place: int):
    scene = project.scenes.kept().in_order()[place]
    scene.project = project
    return scene


def write(project, place: int, words: str) -> None:
    scene = scene_of(project, place)
    assert scene.write(prompt=words, caption="", version=scene.version)


@pytest.mark.parametrize("name", ["project_undo", "project_redo"])
def test_only_writers_may_undo_and_redo(cast, story, name):
    assert_only_writers_may(cast, reverse(name, args=(story.project.pk,)))


def test_words_frames_order_and_deletion_are_taken_back_in_turn_and_done_again(
    cast, story, seen_by
):
    project = seen_by(cast.editor)
    states = [(prompts(story), frames(story))]
    acts = [
        lambda: write(project, 0, "Dusk, and no light"),
        lambda: scene_of(project, 1).set_frames(40),
        lambda: scene_of(project, 2).move_to(0),
        lambda: scene_of(project, 1).delete_at(timezone.now()),
        lambda: project.add_scene("Morning"),
    ]
    for act in acts:
        act()
        states.append((prompts(story), frames(story)))
    for state in reversed(states[:-1]):
        history.undo(project, cast.editor, timezone.now())
        assert (prompts(story), frames(story)) == state
    with pytest.raises(history.Nothing):
        history.undo(project, cast.editor, timezone.now())
    for state in states[1:]:
        history.redo(project, cast.editor, timezone.now())
        assert (prompts(story), frames(story)) == state
    with pytest.raises(history.Nothing):
        history.redo(project, cast.editor, timezone.now())


def test_typing_without_a_pause_is_one_step(cast, story, seen_by):
    project = seen_by(cast.editor)
    for words in ("D", "Du", "Dusk"):
        write(project, 0, words)
    assert project.revisions.count() == 1
    Revision.objects.update(at=timezone.now() - 2 * PAUSE)
    write(project, 0, "Dusk falls")
    assert project.revisions.count() == 2
    history.undo(project, cast.editor, timezone.now())
    assert prompts(story)[0] == "Dusk"


def test_undo_leaves_what_a_colleague_changed(cast, story, seen_by):
    mine, theirs = seen_by(cast.editor), seen_by(cast.owner)
    write(mine, 0, "Mine")
    write(theirs, 1, "Theirs")
    scene_of(theirs, 2).move_to(0)
    history.undo(mine, cast.editor, timezone.now())
    assert prompts(story) == ["A star falls", "Dusk falls on the snow", "Theirs"]


def test_undo_does_not_overwrite_newer_words_of_a_colleague(cast, story, seen_by):
    mine, theirs = seen_by(cast.editor), seen_by(cast.owner)
    write(mine, 0, "Mine")
    write(theirs, 0, "Theirs")
    with pytest.raises(history.Nothing, match="Somebody else"):
        history.undo(mine, cast.editor, timezone.now())
    assert prompts(story)[0] == "Theirs"


def test_undoing_a_move_keeps_a_colleague_s_new_scene(cast, story, seen_by):
    mine, theirs = seen_by(cast.editor), seen_by(cast.owner)
    scene_of(mine, 0).move_to(2)
    theirs.add_scene("New", after=scene_of(theirs, 0))
    history.undo(mine, cast.editor, timezone.now())
    assert prompts(story) == ["Dusk falls on the snow", "A match is lit", "New", "A star falls"]


def test_a_scene_that_a_colleague_wrote_in_does_not_go_with_its_making(cast, story, seen_by):
    mine, theirs = seen_by(cast.editor), seen_by(cast.owner)
    mine.add_scene("")
    write(theirs, 3, "Theirs")
    with pytest.raises(history.Nothing):
        history.undo(mine, cast.editor, timezone.now())
    assert prompts(story)[3] == "Theirs"


def test_an_edit_after_undo_ends_redo(cast, story, seen_by):
    project = seen_by(cast.editor)
    write(project, 0, "First")
    history.undo(project, cast.editor, timezone.now())
    write(project, 1, "Second")
    with pytest.raises(history.Nothing):
        history.redo(project, cast.editor, timezone.now())


def test_a_deletion_whose_frames_are_gone_is_not_undone(cast, story, seen_by):
    mine, theirs = seen_by(cast.editor), seen_by(cast.owner)
    scene_of(mine, 0).set_frames(64)
    scene_of(mine, 0).delete_at(timezone.now())
    scene_of(theirs, 0).set_frames(64)
    scene_of(theirs, 1).set_frames(64)
    with pytest.raises(OverBudget):
        history.undo(mine, cast.editor, timezone.now())
    assert len(prompts(story)) == 2


def test_a_look_is_taken_back(cast, story):
    editor = cast.browser("editor")
    page = reverse("look_update", args=(story.project.pk,))
    look = {
        "width": 640, "height": 512, "steps": 30, "guidance_scale": 7.5, "seed": -1,
        "video_type": "mp4", "negative_prompt": "",
    }  # fmt: skip
    assert editor.post(page, look, headers=HTMX).status_code == 200
    answer = editor.post(reverse("project_undo", args=(story.project.pk,)), follow=True)
    assert "Undone: width 512 to 640, steps 20 to 30" in answer.content.decode()
    story.project.refresh_from_db()
    assert (story.project.width, story.project.steps) == (512, 20)


def test_the_page_says_what_was_undone_and_offers_it_again(cast, story):
    editor = cast.browser("editor")
    editor.post(reverse("scene_delete", args=(story.scenes[1].pk,)))
    undo = reverse("project_undo", args=(story.project.pk,))
    page = editor.post(undo, follow=True).content.decode()
    assert "Undone: “A match is lit” deleted" in page
    assert reverse("project_redo", args=(story.project.pk,)) in page
    page = editor.post(undo).content.decode()
    assert "There is nothing of yours to undo." in page


def test_nothing_to_undo_is_said_without_losing_the_page(cast, story):
    answer = cast.browser("editor").post(reverse("project_undo", args=(story.project.pk,)))
    assert answer.status_code == 422
    assert "There is nothing of yours to undo." in answer.content.decode()
