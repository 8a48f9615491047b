"""Prompts of other languages and scripts, and emoji: read as what they name, never refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storyboard.engine.animatic.catalogue import CHECKPOINTS
from storyboard.engine.animatic.film import Film
from storyboard.engine.animatic.languages import in_english
from storyboard.engine.animatic.places import SETTING
from storyboard.engine.animatic.words import subjects
from storyboard.novita.types import ScenePrompt, TextToVideo

# What is neither surrogate nor nothing at all; the service takes 1 to 1024 characters.
PROMPTS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=80).filter(
    lambda text: bool(text.strip())
)


def told(prompt: str) -> set[str]:
    return set(in_english(prompt).lower().replace(",", " ").replace(".", " ").split())


def frame(prompt: str) -> np.ndarray:
    """Return the first frame of a small film of one scene, as it is drawn."""
    request = TextToVideo(CHECKPOINTS[0].api_name, 256, 256, 20, (ScenePrompt(prompt, 8),), 7.5)
    return np.asarray(next(Film(request, 7).pictures()).convert("RGB"), dtype=np.int16)


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("Ein Fuchs sitzt nachts am Fluss", {"fox", "night", "river"}),
        ("der alte Mann und das Meer", {"man", "sea"}),
        ("un chat dans la forêt", {"cat", "forest"}),
        ("Un perro corre por la playa", {"dog", "beach"}),
        ("Un cavallo nel deserto", {"horse", "desert"}),
        ("O navio no mar à noite", {"ship", "sea", "night"}),
        ("een kat op het strand", {"cat", "beach"}),
        ("Statek na morzu nocą", {"ship", "sea", "night"}),
        ("Девочка с кошкой идёт по зимнему лесу", {"girl", "cat", "forest"}),
        ("ліс уночі, вовк", {"forest", "wolf"}),
        ("Kız denizde yüzüyor", {"girl", "sea"}),
        ("en räv i skogen om natten", {"fox", "forest", "night"}),
        ("في غسق الشتاء، تمسك فتاة صغيرة بأعواد الثقاب.", {"dusk", "girl", "match"}),
        ("الحصان في الصحراء", {"horse", "desert"}),
        ("בדמדומי החורף, ילדה קטנה מחזיקה גפרורים.", {"winter", "girl", "match"}),
        ("گرگ در جنگل", {"wolf", "forest"}),
        ("एक लड़की नदी के किनारे", {"girl", "river"}),
        ("冬日黄昏，一个小女孩紧紧握着火柴", {"winter", "dusk", "girl", "match"}),
        ("冬の夕暮れ、小さな女の子がマッチを握りしめている。", {"winter", "dusk", "girl", "match"}),
        ("고양이가 창문 옆에서 잔다", {"cat", "window"}),
        ("แมวนอนอยู่ในบ้าน", {"cat", "house"}),
        ("🐺 🌙", {"wolf", "moon"}),
    ],
)
def test_what_a_prompt_names_is_understood(prompt, words):
    assert words <= told(prompt)


@pytest.mark.parametrize(
    "prompt",
    [
        "A fox waits by the gate",
        "Pirate ship, storm",
        "a castle",
        "mist in a wood, no wind",
        "Rain",
    ],
)
def test_english_is_left_as_it_is(prompt):
    assert in_english(prompt) == prompt


def test_emphasis_and_numbers_stay():
    assert in_english("un chat (lune:1.3) dans la forêt").split() == ["cat", "(moon:1.3)", "forest"]


def test_an_emoji_is_drawn_as_what_it_stands_for():
    found = subjects(in_english("🦊 in the forest"), "", SETTING)
    assert [row.picture for row in found] == ["fox"]


@settings(max_examples=300, deadline=None)
@given(PROMPTS)
def test_no_text_is_too_strange_to_be_read(prompt):
    assert isinstance(in_english(prompt), str)


@pytest.mark.parametrize(
    "prompt",
    [
        "\u202eabc\u202c def",
        "a\u0301" * 300,
        "👩‍👩‍👧‍👦" * 60,
        "((((((((fox))))))))" * 20,
        "[[(:1.3)]] (((",
        "\u200f\u200e",
        "ｆｏｘ ＦＯＸ",
        "𝕱𝖔𝖝",
        "x" * 1024,
        "ก" * 1024,
    ],
)
def test_the_strangest_is_drawn(prompt):
    assert frame(prompt).std() > 1


@settings(max_examples=12, deadline=None)
@given(PROMPTS, PROMPTS)
def test_two_prompts_never_look_alike(one, other):
    if one.split() == other.split():
        return
    # Levels of a channel, of 255, by which the pictures differ in the mean.
    assert np.abs(frame(one) - frame(other)).mean() > 2


@pytest.mark.parametrize(
    ("one", "other"),
    [("zorbl", "zorbm"), ("猫猫猫", "猫猫"), ("qux", "Qux 2"), ("влорг", "влорк"), ("☉", "☊")],
)
def test_a_single_letter_makes_another_picture(one, other):
    assert np.abs(frame(one) - frame(other)).mean() > 2
