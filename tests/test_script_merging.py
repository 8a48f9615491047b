"""A newer draft finds the scenes that it rewrites, in a story of any length."""

from __future__ import annotations

import pytest

from storyboard.novita import limits
from storyboard.stories.models import Scene
from storyboard.stories.scripts.merging import compare
from storyboard.stories.scripts.passages import Row
from storyboard.stories.views.importing import ROWS_MAX


def compared(rows: list[str], scenes: list[str]) -> list[tuple[str, int | None]]:
    """Return the kind of each match, and the place of its scene."""
    story = [Scene(position=place, prompt=prompt) for place, prompt in enumerate(scenes)]
    return [
        (match.kind, match.scene.position if match.scene else None)
        for match in compare([Row(prompt) for prompt in rows], story)
    ]


def test_equal_prompts_find_one_another_before_what_is_like_them():
    rows = ["A match is lit in the dark", "A match is lit", "A match is lit"]
    assert compared(rows, [" A match is lit ", "A match is lit", "A match is lit!"]) == [
        ("changed", 2),
        ("same", 0),
        ("same", 1),
    ]


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("Snow falls", "Snow fell", "changed"),
        ("A fox waits.", "The fox waited", "changed"),
        ("A match is lit", "A match is lit in the dark", "changed"),
        ("Eine alte Straße im Schnee", "Eine alte Strasse im Schnee", "changed"),
        ("小女孩在雪地里点燃火柴", "小女孩在雪地里点燃一根火柴", "changed"),
        ("A star falls", "Morning comes", "added"),
        ("A girl counts matches by the wall", "A crowd hurries home in the snow", "added"),
        ("", "Morning comes", "added"),
    ],
)
def test_a_rewritten_scene_is_known_by_what_is_left_of_it(before, after, kind):
    assert compared([after], [before])[0] == (kind, 0 if kind == "changed" else None)


def test_a_rewritten_scene_is_found_wherever_it_went():
    scenes = [f"{word} walks through the {word} gate" for word in ("Anna", "Boris", "Clara")]
    rows = [f"New scene, number {number * 7919}" for number in range(60)]
    moved = [f"{scene} again" for scene in reversed(scenes)]
    assert compared(rows + moved, scenes)[60:] == [("changed", 2), ("changed", 1), ("changed", 0)]


def test_between_scenes_that_stay_a_rewritten_one_is_found_in_a_story_of_any_length():
    scenes = [f"Scene {number * 7919} of the journey" for number in range(ROWS_MAX)]
    rows = [f"{prompt}, rewritten" if not n % 50 else prompt for n, prompt in enumerate(scenes)]
    rows = [f"Wholly new {number * 104_729}" for number in range(200)] + rows
    found = compared(rows[:ROWS_MAX], scenes)[200:ROWS_MAX]
    assert [place for _, place in found] == list(range(ROWS_MAX - 200))


@pytest.mark.parametrize("word", ["a", "long"])
def test_a_thousand_long_scenes_that_are_all_rewritten_are_found_at_once(word):
    """Whatever looks at each letter of each pair would take a day."""
    if word == "a":
        scenes = [f"{number:08}".ljust(limits.PROMPT_MAX - 1, "a") for number in range(ROWS_MAX)]
    else:
        scenes = [
            " ".join(str(number * 7919 + step * 104_729) for step in range(200))
            for number in range(ROWS_MAX)
        ]
    scenes = [scene[: limits.PROMPT_MAX - 1] for scene in scenes]
    found = compared([f"{scene}!" for scene in scenes], scenes)
    assert found == [("changed", place) for place in range(ROWS_MAX)]
