"""Which things a prompt names, and how it wants them seen."""

# ruff: noqa: SIM905

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from storyboard.engine.data.own import FIGURES

VOCABULARY = Path(__file__).parents[1] / "data" / "words.json"
TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
# (word:1.3), ((word)), [word]; a number between brackets is emphasis, as the service reads it.
EMPHASIS = re.compile(r"\(+([^()]*?)(?::\s*(\d*\.?\d+))?\)+|\[+([^\[\]]*?)\]+")
MOST = 3
# Verbs that are spelt as things are: "a boat leaves", "a child flies a kite".
VERBS = set(
    """
    flies flying leaves leave bears ducks seals swallows rings watches falls rises skate
""".split()
)
# What somebody does: who is named already does it, and nobody else comes for it.
DEEDS = set(
    """
    run walk swim surf ski skate climb ride row cycle dance jog march stroll amble sail
    meditate paddle race waltz snowboard
""".split()
)
# Who is meant when nobody was named before; possessives bring nobody.
PRONOUNS = {"he": "man", "him": "man", "she": "woman", "her": "", "they": "1f46b", "them": "1f46b"}
# Twemoji's people, animals and ships, as ranges of their code.
ALIVE = (
    *((0x1F400, 0x1F43F), (0x1F466, 0x1F483), (0x1F980, 0x1F9AE), (0x1F9B8, 0x1F9DF)),
    *((0x1F3C2, 0x1F3C4), (0x1F3C7, 0x1F3C7), (0x1F3CA, 0x1F3CB), (0x1F577, 0x1F577)),
    *((0x1F47B, 0x1F47D), (0x1F916, 0x1F916), (0x1F54A, 0x1F54A), (0x1F57A, 0x1F57A)),
    *((0x26F4, 0x26F7), (0x1F6A2, 0x1F6A6), (0x1F6B4, 0x1F6B6), (0x1F6F3, 0x1F6F6)),
    *((0x1F682, 0x1F69C), (0x1F385, 0x1F385), (0x26C4, 0x26C4), (0x2708, 0x2708)),
)
# Words that end as plurals or participles do, and are not.
WHOLE = set(
    """
    glass bus dress grass moss cross class this his as is was us yes gas news
""".split()
)

CAMERA = {
    "close": "close-up closeup portrait macro detail face",
    "wide": "wide distant distance panorama panoramic establishing vast far horizon",
    "aerial": "aerial overhead drone bird's",
    "in": "approaching approach nearer closer",
    "out": "receding retreating",
}
PHRASES = {
    "close": ("close up", "close-up", "medium close"),
    "wide": ("wide shot", "wide angle", "long shot", "far away"),
    "aerial": ("bird's eye", "birds eye", "from above", "aerial view"),
    "in": ("zoom in", "zooms in", "dolly in", "push in", "zooming in"),
    "out": ("zoom out", "zooms out", "dolly out", "pull out", "pull back", "zooming out"),
    "left": ("pan left", "pans left", "panning left", "to the left"),
    "right": ("pan right", "pans right", "panning right", "to the right"),
}
MOVING = set(
    """
    walk run ride drive fly sail march travel wander cross gallop chase rush race swim skate
    fly leave pass float drift hurry stroll prowl soar glide dance ski
""".split()
)


@dataclass(frozen=True)
class Subject:
    """A picture of the artwork, the word that asked for it and how much it is wanted."""

    picture: str
    word: str
    weight: float

    @property
    def plural(self) -> bool:
        """Say whether several were asked for."""
        several = self.word.endswith(("s", "children")) and self.word not in WHOLE
        return several and not self.word.endswith(("'s", "ss"))


def acts(picture: str) -> bool:
    """Say whether a picture can do something: a person, an animal, a thing that goes by itself."""
    if picture in FIGURES or picture == "knight":
        return True
    code = re.match(r"[0-9a-f]{4,5}(?=-|$)", picture)
    number = int(code[0], 16) if code else 0
    return any(first <= number <= last for first, last in ALIVE)


@cache
def vocabulary() -> dict[str, tuple[str, int]]:
    """Return word → (picture, rank); rank 0 and 1 are names of the thing, 2 reminds of it."""
    rows = json.loads(VOCABULARY.read_text(encoding="utf-8"))
    return {word: (picture, rank) for word, (picture, rank) in rows.items()}


def plain(prompt: str) -> list[tuple[str, float]]:
    """Return the lower-case words in order, each with its emphasis, 1 when none is given."""
    words: list[tuple[str, float]] = []
    end = 0
    for found in EMPHASIS.finditer(prompt):
        words += [(word, 1.0) for word in TOKEN.findall(prompt[end : found.start()].lower())]
        if found[3] is not None:
            words += [(word, 0.9) for word in TOKEN.findall(found[3].lower())]
        else:
            weight = min(2.0, float(found[2])) if found[2] else 1.1
            words += [(word, weight) for word in TOKEN.findall(found[1].lower())]
        end = found.end()
    return words + [(word, 1.0) for word in TOKEN.findall(prompt[end:].lower())]


def stems(word: str) -> list[str]:
    """Return the word and what it may be an inflection of, likeliest first."""
    word = word.removesuffix("'s")
    forms = [word]
    if word in WHOLE or len(word) < 4:
        return forms
    for end, instead in (("ves", "f"), ("ves", "fe"), ("ies", "y"), ("es", ""), ("s", "")):
        if word.endswith(end):
            forms.append(word.removesuffix(end) + instead)
    if word.endswith("men"):
        forms.append(word.removesuffix("men") + "man")
    for end in ("ing", "ed"):
        if word.endswith(end) and len(word) > len(end) + 2:
            stem = word.removesuffix(end)
            forms += [stem, stem + "e"]
            if stem[-1] == stem[-2]:
                forms.append(stem[:-1])
    return forms


def named(word: str) -> tuple[str, int] | None:
    """Return the picture of a word, in any simple inflection, and its rank."""
    known = vocabulary()
    found = [known[form] for form in stems(word) if form in known]
    return min(found, key=lambda row: row[1], default=None)


def forms_of(prompt: str) -> set[str]:
    """Return every word of a prompt with what it may be an inflection of."""
    return {form for word, _ in plain(prompt) for form in stems(word)}


def subjects(
    prompt: str, unwanted: str = "", setting: frozenset[str] = frozenset()
) -> list[Subject]:
    """Return one to three things a prompt names, the most wanted first; none when it names none.

    Emphasis comes before order. Words of the setting (a forest, a night) are drawn as such;
    words that merely remind of a thing count when nothing else is named.
    """
    refused = {row.picture for row in _found(unwanted)}
    rows = [row for row in _each_once(_found(prompt)) if row.picture not in refused]
    sure = [row for row in rows if row.word not in setting and _rank(row.word) < 2]
    chosen: dict[str, Subject] = {}
    weak = [row for row in rows if row.word not in setting]
    for row in sorted(sure or weak, key=lambda row: -row.weight):
        chosen.setdefault(row.picture, row)
    few = list(chosen.values())[: MOST if sure else 1]
    if len(few) == 1 and few[0].plural:
        few *= 2
    return few


def _each_once(rows: list[Subject]) -> list[Subject]:
    """Leave out deeds and pronouns of somebody who is named already."""
    someone = any(acts(row.picture) and not _of_another(row.word) for row in rows)
    left: list[Subject] = []
    for row in rows:
        if row.word in PRONOUNS:
            if not any(acts(other.picture) for other in left):
                left.append(row)
        elif not (someone and DEEDS.intersection(stems(row.word))):
            left.append(row)
    if any(row.word in PRONOUNS for row in left):
        left = [row for row in left if not DEEDS.intersection(stems(row.word))]
    return left


def _of_another(word: str) -> bool:
    """Say whether a word stands for somebody only while nobody else is named."""
    return word in PRONOUNS or bool(DEEDS.intersection(stems(word)))


def _rank(word: str) -> int:
    if word in PRONOUNS:
        return 0
    found = named(word) or vocabulary().get(word)
    return found[1] if found else 9


def _found(prompt: str) -> list[Subject]:
    words = plain(prompt)
    rows = []
    place = 0
    while place < len(words):
        word, weight = words[place]
        pair = f"{word} {words[place + 1][0]}" if place + 1 < len(words) else ""
        both = next((form for form in stems(pair) if form in vocabulary()), None) if pair else None
        if both:
            rows.append(Subject(vocabulary()[both][0], both, weight))
            place += 2
            continue
        found = None if word in VERBS else named(word)
        if word in PRONOUNS:
            if PRONOUNS[word]:
                rows.append(Subject(PRONOUNS[word], word, weight))
        elif found:
            rows.append(Subject(found[0], word, weight))
        place += 1
    return rows


def camera(prompt: str) -> frozenset[str]:
    """Return what a prompt asks of the camera: close, wide, aerial, in, out, left, right."""
    lower = " ".join(prompt.lower().replace("-", " ").split())
    words = {word for word, _ in plain(prompt)}
    wanted = {kind for kind, line in CAMERA.items() if words & set(line.split())}
    for kind, phrases in PHRASES.items():
        if any(phrase.replace("-", " ") in lower for phrase in phrases):
            wanted.add(kind)
    return frozenset(wanted)


def moves(prompt: str) -> bool:
    """Say whether somebody in the prompt is on the way."""
    return bool(forms_of(prompt) & MOVING)
