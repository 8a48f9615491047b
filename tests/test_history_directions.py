"""Changes are told in our words around the writer's, whichever way the writer's run."""

from __future__ import annotations

from storyboard.stories.telling import marked, tell

ARABIC = "يسقط نجم"


def test_words_from_the_right_stand_by_themselves_in_a_sentence_of_ours():
    changes = {"scene.1.prompt": ["", ARABIC]}
    assert tell(changes, {1: ARABIC}) == f"words of “\u2068{ARABIC}\u2069”"
    assert tell({"title": ["", ARABIC]}, {}) == f"title “\u2068{ARABIC}\u2069”"


def test_words_from_the_left_are_told_as_they_are():
    for words in ("A fox", "一颗星星", "星が落ちる"):
        assert tell({"scene.1.prompt": ["", words]}, {1: words}) == f"words of “{words}”"


def test_where_no_space_divides_words_each_sign_is_compared():
    pieces = [(piece.text, piece.kind) for piece in marked("一颗星星落下", "两颗星星落下")]
    assert pieces == [("一", "gone"), ("两", "come"), ("颗星星落下", "same")]
    arabic = [(piece.text, piece.kind) for piece in marked("سقط نجم", "سقط قمر")]
    assert arabic == [("سقط ", "same"), ("نجم", "gone"), ("قمر", "come")]
