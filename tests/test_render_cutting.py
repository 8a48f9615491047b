"""The spans of a take tile it, whatever number of frames the service really made."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from storyboard.renders.cutting import cut

ASKED = st.lists(st.integers(8, 64), min_size=1, max_size=16)


def test_a_take_of_the_frames_asked_for_is_cut_where_the_story_says():
    assert [(one.first_frame, one.frames) for one in cut([32, 24, 16], 72)] == [
        (0, 32),
        (32, 24),
        (56, 16),
    ]


def test_a_take_of_half_the_frames_is_cut_at_half_the_places():
    assert [(one.first_frame, one.frames) for one in cut([32, 32, 64], 64)] == [
        (0, 16),
        (16, 16),
        (32, 32),
    ]


@given(ASKED, st.integers(1, 2000))
def test_spans_tile_the_take_exactly(asked, frames):
    cuts = cut(asked, frames)
    assert len(cuts) == len(asked)
    place = 0
    for one in cuts:
        assert one.first_frame == place
        assert one.frames >= 0
        place += one.frames
    assert place == frames


@given(ASKED, st.integers(16, 2000))
def test_each_scene_has_a_frame_while_there_are_enough(asked, frames):
    assert all(one.frames >= 1 for one in cut(asked, frames))


@given(ASKED, st.integers(1, 2000))
def test_the_middle_of_a_scene_is_a_frame_of_the_take(asked, frames):
    for one in cut(asked, frames):
        assert 0 <= one.middle < frames
        assert not one.frames or one.first_frame <= one.middle < one.first_frame + one.frames


@given(ASKED)
def test_the_frames_asked_for_come_back_as_they_were(asked):
    assert [one.frames for one in cut(asked, sum(asked))] == asked
