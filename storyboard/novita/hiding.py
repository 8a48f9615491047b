"""Our key, when the service repeats it: found in whatever form its words have it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from html import unescape
from typing import Any
from urllib.parse import unquote

HIDDEN = "[the key]"
JSON = re.compile(r"""\\u([0-9a-fA-F]{4})|\\(["\\/'])""")
# What one sign stands as in HTML and in addresses.
OTHERS = (
    (re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|amp|lt|gt|quot|apos);"), unescape),
    (re.compile(r"%[0-7][0-9a-fA-F]"), unquote),
)
# As it is, as JSON has it, and as JSON that is quoted in JSON has it.
LEVELS = 3


def without_key(text: str, key: str) -> str:
    """Return the text without the key: as it is, or as JSON, HTML or an address escapes it."""
    if not key:
        return text
    found: list[tuple[int, int]] = []
    plain: str = text
    places: Sequence[int] = range(len(text) + 1)
    for _ in range(LEVELS):
        found += _places_of(key, plain, places)
        for pattern, read in OTHERS:
            found += _places_of(key, *_read(pattern, read, plain, places))
        if not JSON.search(plain):
            break
        plain, places = _read(JSON, _of_json, plain, places)
    return _cut_out(text, found)


def hide_key(value: Any, key: str) -> Any:
    """Return what was read from JSON with the key left out of each of its strings."""
    if isinstance(value, str):
        return without_key(value, key)
    if isinstance(value, list):
        return [hide_key(one, key) for one in value]
    if isinstance(value, dict):
        return {without_key(name, key): hide_key(one, key) for name, one in value.items()}
    return value


def _of_json(escaped: str) -> str:
    return chr(int(escaped[2:], 16)) if escaped[1] == "u" else escaped[1]


def _read(
    pattern: re.Pattern[str], read: Callable[[str], str], text: str, places: Sequence[int]
) -> tuple[str, Sequence[int]]:
    """Return the text with what was escaped as the sign it means, and where each sign began."""
    signs: list[str] = []
    began: list[int] = []
    end = 0
    for found in pattern.finditer(text):
        signs += (text[end : found.start()], sign := read(found[0]))
        began += places[end : found.start()]
        began += [places[found.start()]] * len(sign)
        end = found.end()
    return "".join([*signs, text[end:]]), [*began, *places[end:]]


def _places_of(key: str, text: str, places: Sequence[int]) -> Iterator[tuple[int, int]]:
    at = text.find(key)
    while at >= 0:
        yield places[at], places[at + len(key)]
        at = text.find(key, at + len(key))


def _cut_out(text: str, found: list[tuple[int, int]]) -> str:
    kept: list[str] = []
    end = 0
    for first, last in sorted(found):
        if first >= end:
            kept += (text[end:first], HIDDEN)
        end = max(end, last)
    return "".join([*kept, text[end:]])
