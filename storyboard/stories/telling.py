"""Changes in words: what a revision did, for undo's notice and the history page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any
from unicodedata import bidirectional

FIELDS = {
    "checkpoint": "checkpoint",
    "width": "width",
    "height": "height",
    "steps": "steps",
    "guidance_scale": "guidance",
    "seed": "seed",
    "clip_skip": "clip skip",
    "video_type": "video type",
    "closed_loop": "closed loop",
    "dedicated_endpoint": "dedicated endpoint",
    "negative_prompt": "negative prompt",
}
PLACES = {name: place for place, name in enumerate(FIELDS)}
SWITCHES = {
    "cut": ("cut instead of blend", "blend instead of cut"),
    "locked": ("frames locked", "frames unlocked"),
}


def tell(changes: Mapping[str, list[Any]], prompts: Mapping[int, str]) -> str:
    """Return a change in a few words; `prompts` names the scenes by their present words."""
    return ", ".join(_parts(changes, prompts)) or "nothing"


def _parts(changes: Mapping[str, list[Any]], prompts: Mapping[int, str]) -> Iterator[str]:
    if "title" in changes:
        yield f"title “{_isolated(changes['title'][1])}”"
    before, after = changes.get("order", [[], []])
    come = [pk for pk in after if pk not in before]
    # A scene that came with its fields is new; one that came without was in the bin.
    back = [pk for pk in come if f"scene.{pk}.frames" not in changes]
    come = [pk for pk in come if pk not in back]
    gone = [pk for pk in before if pk not in after]
    if come:
        yield f"{_scenes(come, prompts)} added"
    if back:
        yield f"{_scenes(back, prompts)} brought back"
    if gone:
        yield f"{_scenes(gone, prompts)} deleted"
    if [pk for pk in before if pk in after] != [pk for pk in after if pk in before]:
        yield "scenes moved"
    yield from _scene_parts(changes, prompts, {*come, *back, *gone})
    looks = {key.removeprefix("look."): pair for key, pair in changes.items() if key[:5] == "look."}
    # PostgreSQL keeps the keys of what it stored in an order of its own.
    for name in sorted(looks, key=lambda name: PLACES.get(name, len(PLACES))):
        if name == "negative_prompt":
            yield "negative prompt"
        else:
            was, now = looks[name]
            yield f"{FIELDS.get(name, name)} {_value(was)} to {_value(now)}"
    if "loras" in changes:
        yield "LoRAs"
    if "embeddings" in changes:
        yield "embeddings"


def _scene_parts(
    changes: Mapping[str, list[Any]], prompts: Mapping[int, str], whole: set[int]
) -> Iterator[str]:
    fields: dict[str, list[tuple[int, Any, Any]]] = {}
    for key, (was, now) in changes.items():
        if key.startswith("scene."):
            _, pk, name = key.split(".")
            if int(pk) not in whole:
                fields.setdefault(name, []).append((int(pk), was, now))
    for name, rows in fields.items():
        pks = [pk for pk, _, _ in rows]
        if name in ("prompt", "caption"):
            what = "words" if name == "prompt" else "caption"
            yield f"{what} of {_scenes(pks, prompts)}"
        elif name == "frames" and len(rows) == 1:
            yield f"frames of {_scenes(pks, prompts)} {rows[0][1]} to {rows[0][2]}"
        elif name == "frames":
            yield f"frames of {_scenes(pks, prompts)}"
        elif name in SWITCHES:
            yield SWITCHES[name][0 if rows[0][2] else 1]


def _scenes(pks: list[int], prompts: Mapping[int, str]) -> str:
    if len(pks) > 1:
        return f"{len(pks)} scenes"
    if pks[0] not in prompts:
        return "a scene (since gone for good)"
    words = " ".join(prompts.get(pks[0], "").split())
    short = words if len(words) <= 40 else f"{words[:39].rstrip()}…"
    return f"“{_isolated(short)}”" if short else "an empty scene"


def _isolated(words: str) -> str:
    """Return words as they stand in a sentence of ours, also where they run the other way."""
    runs_left = any(bidirectional(sign) in ("R", "AL", "RLE", "RLO", "RLI") for sign in words)
    return f"\u2068{words}\u2069" if runs_left else words


def _value(value: object) -> str:
    match value:
        case True:
            return "on"
        case False:
            return "off"
        case None | "":
            return "none"
        case _:
            return str(value)


@dataclass(frozen=True)
class Piece:
    """A run of words that both texts have, or that one of them has alone."""

    text: str
    # "same", "gone" or "come".
    kind: str


def marked(before: str, after: str) -> list[Piece]:
    """Return two texts as one, their differences marked word by word."""
    old, new = _words(before), _words(after)
    pieces = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("".join(old[a:b]), "same"))
            continue
        if b > a:
            pieces.append(Piece("".join(old[a:b]), "gone"))
        if d > c:
            pieces.append(Piece("".join(new[c:d]), "come"))
    return pieces


def _words(text: str) -> list[str]:
    """Split into words with the space behind them; each sign of a script without spaces alone."""
    words: list[str] = []
    for sign in text:
        if words and ord(sign) < 0x2E80 and (sign.isspace() or not words[-1][-1].isspace()):
            words[-1] += sign
        else:
            words.append(sign)
    return words
