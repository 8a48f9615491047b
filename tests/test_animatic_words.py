"""What the animatics understand of a prompt."""

from __future__ import annotations

import zipfile

import pytest

from storyboard.engine.animatic.cast import ARTWORK
from storyboard.engine.animatic.places import SETTING
from storyboard.engine.animatic.words import camera, moves, named, subjects, vocabulary


def pictures(prompt: str, unwanted: str = "") -> list[str]:
    return [row.picture for row in subjects(prompt, unwanted)]


def test_at_least_1500_words_are_known_and_each_has_its_picture() -> None:
    with zipfile.ZipFile(ARTWORK) as archive:
        drawn = {name.removesuffix(".webp") for name in archive.namelist()}

    assert len(vocabulary()) >= 1500
    assert {picture for picture, _ in vocabulary().values()} <= drawn


@pytest.mark.parametrize(
    ("one", "inflected"),
    [
        ("fox", "foxes"),
        ("wolf", "wolves"),
        ("pony", "ponies"),
        ("girl", "girl's"),
        ("match", "matches"),
        ("train", "trains"),
        ("fisherman", "fishermen"),
    ],
)
def test_plurals_are_understood(one: str, inflected: str) -> None:
    found = named(one)

    assert found is not None
    assert named(inflected) == found, "of the same rank"


def test_subjects_come_in_the_order_of_the_prompt() -> None:
    assert pictures("A girl beside a lighthouse with a whale")[0] == "girl"
    assert pictures("A lighthouse beside a girl")[0] == "lighthouse"


def test_emphasis_comes_before_order() -> None:
    assert pictures("a fox and a (lighthouse:1.4)") == ["lighthouse", "fox"]
    assert pictures("a [fox] and a lighthouse") == ["lighthouse", "fox"]
    assert pictures("a fox and a ((lighthouse))") == ["lighthouse", "fox"]


def test_at_most_three_subjects_are_taken() -> None:
    assert len(pictures("a fox, a wolf, a bear, a lion and a panda")) == 3


def test_the_negative_prompt_removes_what_it_names() -> None:
    assert pictures("a fox and a girl", "foxes, blurry") == ["girl"]


def test_several_of_a_kind_are_two() -> None:
    assert pictures("Wolves howl") == ["wolf", "wolf"]
    assert pictures("A wolf howls") == ["wolf"]


def test_a_verb_spelt_as_a_thing_is_none() -> None:
    assert pictures("A child flies a kite") == ["child", "1fa81"]


@pytest.mark.parametrize(
    ("prompt", "wanted"),
    [
        ("Close-up of a fox", {"close"}),
        ("A wide shot of the sea, pan left", {"wide", "left"}),
        ("Zoom in on a castle", {"in"}),
        ("The camera zooms out, aerial view", {"out", "aerial"}),
        ("A fox in the forest", set()),
    ],
)
def test_camera_words_are_understood(prompt: str, wanted: set[str]) -> None:
    assert camera(prompt) == wanted


def test_motion_words_are_understood() -> None:
    assert moves("A girl is walking home")
    assert not moves("A girl sits")


@pytest.mark.parametrize(
    "prompt", ["", "?!…", "🦊🌲", "שלום", "雪の夜", "((((", "(:9)", "x" * 1024]
)
def test_what_is_no_word_names_nothing(prompt: str) -> None:
    assert pictures(prompt) == []


@pytest.mark.parametrize(
    ("prompt", "number"),
    [
        ("A man walks", 1),
        ("She runs along the beach", 1),
        ("A girl runs through the forest", 1),
        ("An old woman and her dog", 2),
        ("The captain of a ship", 2),
        ("A couple walk hand in hand", 1),
        ("A boat sails across the sea", 1),
        ("Two children dance in the rain", 2),
        ("A boy swims in the lake", 1),
        ("A man rides a horse", 2),
        ("A woman rides her bicycle", 2),
        ("He waits under a lamp", 2),
        ("They march through the desert", 1),
        ("A monk meditates", 1),
        ("A girl skates on the ice", 1),
        ("A skier skiing down the mountain", 1),
        ("A cat, it sleeps", 1),
        ("Her dog barks", 1),
        ("His sword shines", 1),
        ("A wolf runs, then it howls", 1),
        ("A dog runs after a ball", 2),
        ("A train runs through the valley", 1),
        ("Running along the beach", 1),
        ("A bird flying over the sea", 1),
        ("A detective in his office", 1),
        ("A ship, she leaves the harbour", 1),
        ("An old man rows a boat", 2),
        ("A princess waits. She walks to the window", 1),
        ("A lighthouse. He climbs the stairs", 2),
    ],
)
def test_nobody_is_drawn_twice_for_what_they_do_or_are_called(prompt: str, number: int) -> None:
    assert len(subjects(prompt, setting=SETTING)) == number
    assert not {"walks", "runs", "swims", "rides", "her", "his"} & {
        row.word for row in subjects(prompt, setting=SETTING)
    }


def test_an_old_person_looks_old() -> None:
    assert pictures("An old woman and an old man") == ["old-woman", "old-man"]
