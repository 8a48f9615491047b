"""Cutting, splitting, merging, duplicating, locking and sharing out; several rows at once."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from storyboard.novita import limits
from storyboard.stories import budget
from storyboard.stories.models import Scene
from storyboard.stories.rows import middle_of
from tests.ladder import assert_only_writers_may

HTMX = {"HX-Request": "true"}
BOTH = pytest.mark.parametrize("headers", [HTMX, {}])


def rows(story, *fields: str) -> list:
    names = fields or ("prompt", "frames", "cut")
    return list(story.project.scenes.kept().in_order().values_list(*names))


def frames(story) -> list[int]:
    return [number for (number,) in rows(story, "frames")]


def post(cast, story, name: str, data=None, *, scene: int | None = None, headers=None):
    pk = story.project.pk if scene is None else story.scenes[scene].pk
    return cast.browser("editor").post(reverse(name, args=(pk,)), data or {}, headers=headers)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("scene_cut", {"on": 1}),
        ("scene_lock", {"on": 1}),
        ("scene_duplicate", {}),
        ("scene_split", {}),
        ("scene_merge", {}),
        ("scene_border", {"frames": 12}),
    ],
)
def test_only_writers_may_change_a_row(cast, story, name, data):
    before = rows(story, "prompt", "frames", "cut", "locked")
    assert_only_writers_may(cast, reverse(name, args=(story.scenes[1].pk,)), data)
    assert rows(story, "prompt", "frames", "cut", "locked") == before


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("scenes_delete", {}),
        ("scenes_move", {"way": "up"}),
        ("scenes_frames", {"frames": 9}),
        ("scenes_paste", {"lines": "One\nTwo"}),
        ("clip_share_out", {"clip": 1, "by": "evenly"}),
    ],
)
def test_only_writers_may_change_several_rows(cast, story, name, data):
    before = rows(story)
    url = reverse(name, args=(story.project.pk,))
    assert_only_writers_may(cast, url, data | {"scene": story.scenes[1].pk})
    assert rows(story) == before


@BOTH
def test_a_cut_begins_a_clip_with_a_budget_of_its_own(cast, story, headers):
    answer = post(cast, story, "scene_cut", {"on": 1}, scene=1, headers=headers)
    assert answer.status_code == (200 if headers else 302)
    post(cast, story, "scene_frames", {"frames": 64}, scene=0)
    post(cast, story, "scene_frames", {"frames": 64}, scene=1)
    post(cast, story, "scene_frames", {"frames": 64}, scene=2)
    assert frames(story) == [64, 64, 64]
    refused = post(cast, story, "scene_cut", {"on": 0}, scene=1, headers=headers)
    assert refused.status_code == 422
    assert "They cannot blend" in refused.content.decode()
    assert rows(story, "cut") == [(False,), (True,), (False,)]


def test_the_first_scene_begins_the_first_clip_without_a_cut(cast, story):
    post(cast, story, "scene_cut", {"on": 1}, scene=0)
    assert rows(story, "cut") == [(False,), (False,), (False,)]


@BOTH
def test_a_full_clip_goes_on_in_a_new_one(cast, story, headers):
    Scene.objects.filter(project=story.project).update(frames=41)
    refused = post(cast, story, "scene_create", headers=headers)
    assert refused.status_code == 422
    assert "Continue in a new clip" in refused.content.decode()
    answer = post(cast, story, "scene_create", {"cut": "1"}, headers=headers)
    assert answer.status_code == (200 if headers else 302)
    assert rows(story)[-1] == ("", 16, True)


def test_a_duplicate_stands_below_with_the_frames_there_are(cast, story):
    post(cast, story, "scene_duplicate", scene=0)
    assert [row[0] for row in rows(story)][:2] == ["Dusk falls on the snow"] * 2
    assert frames(story) == [32, 32, 24, 16]
    post(cast, story, "scene_duplicate", scene=0)
    assert frames(story) == [32, 24, 32, 24, 16]


def test_a_scene_is_split_at_the_cursor_and_its_frames_shared(cast, story):
    answer = post(cast, story, "scene_split", {"at": 10}, scene=0, headers=HTMX)
    assert answer.status_code == 200
    assert rows(story)[:2] == [("Dusk falls", 15, False), ("on the snow", 17, False)]


def test_words_not_saved_yet_are_stored_before_a_split(cast, story):
    scene = story.scenes[0]
    typed = {"prompt": "Night falls. A door opens.", "caption": "", "version": scene.version}
    post(cast, story, "scene_split", typed, scene=0)
    assert [row[0] for row in rows(story)][:2] == ["Night falls.", "A door opens."]


def test_a_split_of_words_that_others_changed_is_refused_with_both_kept(cast, story):
    typed = {"prompt": "Night falls. A door opens.", "caption": "", "version": 7}
    answer = post(cast, story, "scene_split", typed, scene=0)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Night falls. A door opens." in page
    assert "Dusk falls on the snow" in page
    assert len(rows(story)) == 3


def test_one_word_cannot_be_split(cast, story):
    Scene.objects.filter(pk=story.scenes[0].pk).update(prompt="Dusk")
    answer = post(cast, story, "scene_split", {"at": 0}, scene=0)
    assert answer.status_code == 422
    assert "Put the cursor between two words" in answer.content.decode()


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("One. Two three four.", "One."),
        ("A fox waits by the gate", "A fox waits"),
        ("狐狸在門邊。雪落下來。", "狐狸在門邊。"),
    ],
)
def test_the_middle_is_the_end_of_a_sentence_or_a_word(words, first):
    assert words[: middle_of(words)].strip() == first


def test_two_scenes_become_one(cast, story):
    post(cast, story, "scene_merge", scene=0)
    assert rows(story) == [
        ("Dusk falls on the snow A match is lit", 56, False),
        ("A star falls", 16, False),
    ]
    post(cast, story, "project_undo")
    assert frames(story) == [32, 24, 16]
    assert rows(story)[0][0] == "Dusk falls on the snow"


def test_merging_across_a_cut_keeps_the_clips_that_follow(cast, story):
    post(cast, story, "scene_cut", {"on": 1}, scene=1)
    post(cast, story, "scene_merge", scene=0)
    assert rows(story, "cut") == [(False,), (True,)]


def test_the_last_scene_has_none_to_merge_with(cast, story):
    answer = post(cast, story, "scene_merge", scene=2)
    assert answer.status_code == 422
    assert "There is no scene below" in answer.content.decode()


def test_a_border_moves_frames_between_two_scenes(cast, story):
    post(cast, story, "scene_border", {"frames": 40}, scene=0)
    assert frames(story) == [40, 16, 16]
    refused = post(cast, story, "scene_border", {"frames": 60}, scene=0, headers=HTMX)
    assert refused.status_code == 422
    assert "The border stays where it was" in refused.content.decode()
    assert frames(story) == [40, 16, 16]


def test_the_last_border_takes_from_what_is_left(cast, story):
    post(cast, story, "scene_border", {"frames": 30}, scene=2)
    assert frames(story) == [32, 24, 30]


@pytest.mark.parametrize(
    ("by", "expected"), [("evenly", [43, 43, 42]), ("text", [59, 37, 32]), ("fill", [57, 43, 28])]
)
def test_a_clip_is_shared_out(cast, story, by, expected):
    post(cast, story, "clip_share_out", {"clip": 1, "by": by})
    assert frames(story) == expected


def test_locked_frames_stay_when_the_clip_is_shared_out(cast, story):
    post(cast, story, "scene_lock", {"on": 1}, scene=2)
    post(cast, story, "clip_share_out", {"clip": 1, "by": "evenly"})
    assert frames(story) == [56, 56, 16]


def test_locked_frames_that_leave_too_few_are_named(cast, story):
    Scene.objects.filter(pk__in=[row.pk for row in story.scenes[:2]]).update(frames=60, locked=True)
    Scene.objects.filter(pk=story.scenes[2].pk).update(frames=8)
    extra = {"lines": "One"}
    post(cast, story, "scenes_paste", extra)
    Scene.objects.filter(project=story.project, prompt="One").update(cut=False, frames=8)
    answer = post(cast, story, "clip_share_out", {"clip": 1, "by": "evenly"})
    assert answer.status_code == 422
    assert "the locked ones leave too few" in answer.content.decode()


@BOTH
def test_chosen_scenes_are_deleted_as_one_step(cast, story, headers):
    chosen = {"scene": [story.scenes[0].pk, story.scenes[2].pk]}
    answer = post(cast, story, "scenes_delete", chosen, headers=headers)
    assert answer.status_code == (200 if headers else 302)
    assert [row[0] for row in rows(story)] == ["A match is lit"]
    post(cast, story, "project_undo")
    assert len(rows(story)) == 3


def test_chosen_scenes_move_together(cast, story):
    chosen = {"scene": [story.scenes[1].pk, story.scenes[2].pk], "way": "up"}
    post(cast, story, "scenes_move", chosen)
    names = ["A match is lit", "A star falls", "Dusk falls on the snow"]
    assert [row[0] for row in rows(story)] == names
    post(cast, story, "scenes_move", chosen)
    assert [row[0] for row in rows(story)] == names


def test_chosen_scenes_get_the_same_frames_or_none_does(cast, story):
    chosen = {"scene": [scene.pk for scene in story.scenes], "frames": 20}
    post(cast, story, "scenes_frames", chosen)
    assert frames(story) == [20, 20, 20]
    answer = post(cast, story, "scenes_frames", chosen | {"frames": 64}, headers=HTMX)
    assert answer.status_code == 422
    assert frames(story) == [20, 20, 20]


@pytest.mark.parametrize("name", ["scenes_delete", "scenes_move", "scenes_frames"])
def test_with_nothing_chosen_the_page_says_what_to_do(cast, story, name):
    answer = post(cast, story, name, {"frames": 9})
    assert answer.status_code == 422
    assert "Tick the scenes first." in answer.content.decode()


def test_a_scene_of_another_story_is_not_chosen(cast, story, outsider):
    elsewhere = outsider.teams.get().projects.create(title="Elsewhere")
    foreign = Scene.objects.create(project=elsewhere, position=0, frames=16)
    post(cast, story, "scenes_delete", {"scene": foreign.pk})
    assert elsewhere.scenes.kept().count() == 1


def test_pasted_lines_become_scenes_with_frames_that_fit(cast, story):
    post(cast, story, "scenes_paste", {"lines": "One\r\n\r\n Two \nThree"})
    assert rows(story)[3:] == [("One", 16, False), ("Two", 16, False), ("Three", 16, False)]


def test_lines_that_do_not_fit_go_on_in_new_clips(cast, story):
    post(cast, story, "scenes_paste", {"lines": "\n".join(f"Line {n}" for n in range(14))})
    added = rows(story, "frames", "cut")[3:]
    assert added[:3] == [(16, False)] * 3
    assert added[3] == (16, True)
    assert [cut for _, cut in added].count(True) == 2


def test_the_preview_shows_what_pasting_would_do_and_writes_nothing(cast, story):
    url = reverse("scenes_preview", args=(story.project.pk,))
    lines = "\n".join(f"Line {n}" for n in range(9))
    page = cast.browser("editor").get(url, {"lines": lines}, headers=HTMX).content.decode()
    assert "9 scenes will be added" in page
    assert "New clip" in page
    assert len(rows(story)) == 3
    assert cast.browser("viewer").get(url, {"lines": lines}).status_code == 403
    assert cast.browser("outsider").get(url, {"lines": lines}).status_code == 404


@BOTH
def test_a_line_too_long_is_named_and_kept(cast, story, headers):
    answer = post(cast, story, "scenes_paste", {"lines": "ok\n" + "x" * 1025}, headers=headers)
    assert answer.status_code == 422
    assert "Line 2 has 1025 characters" in answer.content.decode()
    assert len(rows(story)) == 3
    if not headers:
        assert "x" * 1025 in answer.content.decode()


def scene(frames: int, locked: bool = False) -> SimpleNamespace:
    return SimpleNamespace(frames=frames, cut=False, locked=locked)


@given(
    st.lists(st.tuples(st.integers(8, 64), st.booleans()), min_size=1, max_size=16).filter(
        lambda clip: sum(frames for frames, _ in clip) <= limits.CLIP_FRAMES_MAX
    ),
    st.data(),
)
def test_sharing_out_gives_a_legal_set_and_leaves_locked_frames(clip, data):
    scenes = [scene(*row) for row in clip]
    weights = data.draw(st.lists(st.floats(0.1, 1000), min_size=len(clip), max_size=len(clip)))
    given = budget.share_out(scenes, weights)
    assert all(limits.FRAMES_MIN <= frames <= limits.FRAMES_MAX for frames in given)
    assert sum(given) <= limits.CLIP_FRAMES_MAX
    assert all(
        frames == row.frames for frames, row in zip(given, scenes, strict=True) if row.locked
    )
    free = [frames for frames, row in zip(given, scenes, strict=True) if not row.locked]
    full = sum(given) == limits.CLIP_FRAMES_MAX
    assert full or all(frames == limits.FRAMES_MAX for frames in free)


@given(st.integers(1, 60), st.lists(st.integers(8, 64), max_size=16))
def test_a_plan_for_new_scenes_never_overfills_a_clip(count, taken):
    clip = [scene(frames) for frames in taken]
    if sum(taken) > limits.CLIP_FRAMES_MAX:
        return
    planned = budget.plan(count, clip)
    assert len(planned) == count
    added = [SimpleNamespace(frames=n, cut=cut, locked=False) for n, cut in planned]
    budget.check([*clip, *added])
    assert all(limits.FRAMES_MIN <= frames <= limits.FRAMES_MAX for frames, _ in planned)
