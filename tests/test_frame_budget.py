"""The frame budget as arithmetic, and as the models hold it."""

from __future__ import annotations

import pytest
from django.db import IntegrityError
from hypothesis import given
from hypothesis import strategies as st

from storyboard.novita import limits
from storyboard.stories import budget
from storyboard.stories.budget import NoRoom, OverBudget, lay_out, shrink
from storyboard.stories.models import Project, Scene

FRAMES = st.integers(limits.FRAMES_MIN, limits.FRAMES_MAX)


def scenes_of(*frames: int, cuts: tuple[int, ...] = ()) -> list[Scene]:
    return [Scene(frames=number, cut=place in cuts) for place, number in enumerate(frames)]


def test_rows_stand_one_after_another():
    laid = lay_out(scenes_of(32, 24, 16), fps=8)
    assert [(row.start, row.end) for row in laid.rows] == [(0, 4), (4, 7), (7, 9)]


def test_a_row_may_grow_by_what_is_left_but_never_past_64():
    laid = lay_out(scenes_of(60, 40))
    assert [row.fits for row in laid.rows] == [64, 64]
    laid = lay_out(scenes_of(60, 60))
    assert [row.fits for row in laid.rows] == [64, 64]
    laid = lay_out(scenes_of(64, 50, 10))
    assert [row.fits for row in laid.rows] == [64, 54, 14]


def test_a_cut_starts_a_clip_with_a_budget_of_its_own():
    laid = lay_out(scenes_of(64, 64, 64, cuts=(2,)))
    assert [clip.left for clip in laid.clips] == [0, 64]
    assert laid.rows[2].first_frame == 128


def test_a_story_without_scenes_is_one_empty_clip():
    laid = lay_out([])
    assert (laid.used, laid.left) == (0, 128)


def test_an_overdraft_names_what_would_fit():
    scenes = scenes_of(64, 40, 40)
    with pytest.raises(OverBudget) as caught:
        budget.check(scenes, scenes[1])
    assert (caught.value.over, caught.value.fits) == (16, 24)
    assert "24 would fit" in str(caught.value)


@given(st.lists(FRAMES, min_size=1, max_size=16), st.integers(8, 128))
def test_shrinking_gives_a_legal_set_that_fits_or_says_why_not(frames, total):
    if limits.FRAMES_MIN * len(frames) > total:
        with pytest.raises(NoRoom):
            shrink(frames, total)
        return
    given_back = shrink(frames, total)
    assert sum(given_back) == min(total, sum(frames))
    assert all(8 <= new <= old for new, old in zip(given_back, frames, strict=True))


def test_a_new_scene_gets_16_frames_or_what_is_left(story):
    assert story.project.add_scene("Another").frames == 16
    story.project.scenes.filter(position=0).update(frames=62)
    assert story.project.add_scene("One more").frames == 10


def test_a_new_scene_is_refused_when_fewer_than_8_frames_are_left(story):
    Scene.objects.filter(project=story.project).update(frames=41)
    with pytest.raises(NoRoom, match="Only 5 frames are left"):
        story.project.add_scene("No room")
    assert story.project.scenes.count() == 3


def test_making_room_lets_the_others_give_frames(story):
    Scene.objects.filter(project=story.project).update(frames=42)
    fresh = story.project.make_room(after=story.scenes[0])
    frames = list(story.project.scenes.in_order().values_list("frames", flat=True))
    assert sum(frames) == 128
    assert (fresh.position, fresh.frames) == (1, 16)


def test_a_seventeenth_scene_never_fits_in_a_clip(team):
    project = Project.objects.create(team=team, title="Sixteen")
    for position in range(16):
        Scene.objects.create(project=project, position=position, frames=8)
    with pytest.raises(NoRoom, match="as many as one can hold"):
        project.make_room()
    assert project.scenes.count() == 16


def test_frames_over_the_clip_are_refused_and_nothing_is_stored(story):
    story.project.scenes.filter(position=0).update(frames=64)
    with pytest.raises(OverBudget) as caught:
        story.scenes[1].set_frames(64)
    assert caught.value.fits == 48
    story.scenes[1].refresh_from_db()
    assert story.scenes[1].frames == 24


@pytest.mark.parametrize("frames", [7, 65])
def test_the_database_itself_refuses_a_row_outside_8_to_64(story, frames):
    with pytest.raises(IntegrityError):
        Scene.objects.filter(pk=story.scenes[0].pk).update(frames=frames)


def test_moving_keeps_positions_dense(story):
    story.scenes[2].move_to(0)
    rows = story.project.scenes.in_order().values_list("pk", "position")
    first, second, third = story.scenes
    assert list(rows) == [(third.pk, 0), (first.pk, 1), (second.pk, 2)]


def test_a_cut_stays_in_its_place_when_its_scene_moves_or_goes(story, django_user_model):
    Scene.objects.filter(pk=story.scenes[1].pk).update(cut=True)
    story.scenes[1].move_to(0)
    cuts = list(story.project.scenes.in_order().values_list("cut", flat=True))
    assert cuts == [False, True, False] or cuts == [False, False, True]


def test_a_deleted_scene_gives_its_frames_back_and_can_return(story, now):
    story.scenes[1].delete_at(now)
    assert list(story.project.scenes.kept().in_order()) == [story.scenes[0], story.scenes[2]]
    story.scenes[1].refresh_from_db()
    story.scenes[1].restore()
    assert list(story.project.scenes.kept().in_order()) == story.scenes


def test_deleting_twice_deletes_no_other_scene(story, now):
    story.scenes[0].delete_at(now)
    story.scenes[0].delete_at(now)
    assert story.project.scenes.kept().count() == 2


def test_a_scene_whose_frames_no_longer_fit_returns_as_a_clip_of_its_own(story, now):
    story.scenes[0].delete_at(now)
    for _ in range(5):
        story.project.add_scene("Filler")
    story.scenes[0].refresh_from_db()
    assert not story.scenes[0].restore()
    rows = list(story.project.scenes.kept().in_order())
    assert (rows[-1], rows[-1].cut) == (story.scenes[0], True)
    assert [sum(scene.frames for scene in run) for run in budget.clips(rows)] == [120, 32]


def test_a_stale_write_stores_nothing(story):
    scene = story.scenes[0]
    stale = Scene.objects.get(pk=scene.pk)
    assert scene.write(prompt="Mine", caption="", version=1)
    assert not stale.write(prompt="Theirs", caption="", version=1)
    scene.refresh_from_db()
    assert (scene.prompt, scene.version) == ("Mine", 2)


def test_a_copy_has_the_same_scenes_and_look_and_no_takes(story, owner):
    story.project.loras.create(api_name="candle", strength=0.4, position=0)
    copy = story.project.duplicate(owner)
    assert copy.title == "The Little Match Girl (copy)"
    words = ("prompt", "frames", "position")
    assert list(copy.scenes.in_order().values_list(*words)) == list(
        story.project.scenes.in_order().values_list(*words)
    )
    assert copy.loras.get().strength == 0.4
    assert story.project.scenes.count() == 3
