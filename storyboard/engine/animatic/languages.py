"""Prompts of other languages, and emoji, in the English that the vocabulary knows."""

# ruff: noqa: SIM905

from __future__ import annotations

import json
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import groupby
from pathlib import Path

from storyboard.engine.animatic.places import WORDS
from storyboard.engine.animatic.words import named

TABLES = Path(__file__).parents[1] / "data" / "languages.zip"
EMOJI = "emoji"
# Words that only English has: a prompt that holds one of them is left as it is.
ENGLISH = set("the of and with is at by from under into through over her his she he its".split())
SETTINGS = frozenset(word for line in WORDS.values() for word in line.split())
# Scripts whose words no space divides, by how Unicode names their letters.
UNDIVIDED = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")
# What Arabic and Hebrew write before a word, as parts of it.
PREFIXES = ("وال", "بال", "ال", "لل", "و", "ب", "ל", "ה", "ב", "ו", "מ", "ש", "כ")
# A Korean word bears its particle behind it; others decline: so much of an end may differ.
ENDING = 3
SHORTEST_STEM = 3
LIKELY = 4
LONGEST = 12


@dataclass(frozen=True)
class Language:
    """What words of one language mean in English."""

    table: dict[str, str]

    @cached_property
    def stems(self) -> dict[str, tuple[str, int]]:
        """What words mean without their last letters, and how many those are."""
        found: dict[str, tuple[str, int]] = {}
        for cut in range(ENDING):
            for word in sorted(self.table, key=len):
                stem = word[: len(word) - cut]
                if self.table[word] and (len(stem) >= SHORTEST_STEM or _is_dense(stem)):
                    found.setdefault(stem, (self.table[word], cut))
        return found

    def meaning(self, word: str) -> str | None:
        """Return what a word means, in any simple inflection; "" for one that names nothing."""
        for form in (word, *(word.removeprefix(one) for one in PREFIXES if word.startswith(one))):
            if form in self.table:
                return self.table[form]
        most = ENDING - _is_latin(word)
        for cut in range(most + 1):
            stem = word[: len(word) - cut]
            if len(stem) > SHORTEST_STEM or _is_dense(stem):
                meant, lost = self.stems.get(stem, ("", most))
                if meant and cut + lost <= most:
                    return meant
        return None

    def knows(self, words: list[str]) -> int:
        """Return how many words are in the table, parted where no space divides them."""
        return sum(part in self.table for word in words for part in _divided(word, self.table))

    def in_english(self, text: str) -> tuple[str, int]:
        """Return the text with every known word in English, and how many were known."""
        parts: list[str] = []
        known = 0
        for part, is_word in pieces(text):
            if not is_word:
                parts.append(part)
                continue
            for word in _divided(part, self.table):
                meant = self.meaning(word.lower())
                known += meant is not None
                shown = word if meant is None else meant
                parts.append(f" {shown} " if meant and _is_undivided(word) else shown)
        return "".join(parts), known


@cache
def table(name: str) -> dict[str, str]:
    """Return the words of a language, or the emoji, with what they mean in English."""
    with zipfile.ZipFile(TABLES) as archive:
        words: dict[str, str] = json.loads(archive.read(f"{name}.json"))
    return words


@cache
def languages() -> tuple[Language, ...]:
    with zipfile.ZipFile(TABLES) as archive:
        names = [Path(name).stem for name in archive.namelist()]
    return tuple(Language(table(name)) for name in names if name != EMOJI)


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Part a text into words, of letters and the marks upon them, and what stands between."""
    for is_word, signs in groupby(text, lambda sign: unicodedata.category(sign)[0] in "LM"):
        yield "".join(signs), is_word


@lru_cache(maxsize=256)
def in_english(prompt: str) -> str:
    """Return the prompt with words of another language, and emoji, as English ones.

    The language is the one that knows most of its words, and more than English does. Emphasis,
    numbers and what nobody knows stay as they are.
    """
    text = _emoji_in_english(unicodedata.normalize("NFC", prompt))
    words = [part.lower() for part, is_word in pieces(text) if is_word]
    if ENGLISH.intersection(words):
        return text
    at_home = sum(1 for word in words if word.isascii() and _is_english(word))
    if at_home == len(words):
        return text
    best, most = text, at_home
    # Endings are only looked at in the languages that know most of the words as they stand.
    likely = sorted(languages(), key=lambda one: one.knows(words), reverse=True)
    for language in likely[:LIKELY]:
        told, known = language.in_english(text)
        if known > most:
            best, most = told, known
    return best


def _emoji_in_english(text: str) -> str:
    if text.isascii() or not any(ord(sign) > 0x2190 for sign in text):
        return text
    known = table(EMOJI)
    bare = text.replace("\N{VARIATION SELECTOR-16}", "")
    out: list[str] = []
    place = 0
    while place < len(bare):
        if ord(bare[place]) > 0x2190:
            for length in range(min(8, len(bare) - place), 0, -1):
                meant = known.get(bare[place : place + length])
                if meant:
                    out.append(f" {meant} ")
                    place += length
                    break
            else:
                out.append(bare[place])
                place += 1
        else:
            out.append(bare[place])
            place += 1
    return "".join(out)


def _is_english(word: str) -> bool:
    return named(word) is not None or word in SETTINGS


def _is_undivided(text: str) -> bool:
    return unicodedata.name(text[0], "").startswith(UNDIVIDED)


def _is_latin(text: str) -> bool:
    return unicodedata.name(text[0], "").startswith("LATIN")


def _is_dense(text: str) -> bool:
    """Say whether two letters of this script are a word already."""
    return bool(text) and not text.isascii() and unicodedata.name(text[0], "").startswith("HANGUL")


def _divided(text: str, known: dict[str, str]) -> Iterator[str]:
    """Part what no space divides into the longest words that are known."""
    if not _is_undivided(text):
        yield text
        return
    place = 0
    while place < len(text):
        for length in range(min(LONGEST, len(text) - place), 0, -1):
            if text[place : place + length].lower() in known:
                break
        yield text[place : place + length]
        place += length
