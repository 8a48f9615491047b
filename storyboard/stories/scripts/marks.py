"""Signs that stand in pairs in a text, found in one pass however many of them stay open.

A pattern for the whole pair would go to the end of the text for each sign that nothing closes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

# What opens and closes each; the doubled sign comes before the single one.
EMPHASIS = {
    "**": (re.compile(r"\*\*(?=\S)"), re.compile(r"(?<=\S)\*\*")),
    "__": (re.compile(r"__(?=\S)"), re.compile(r"(?<=\S)__")),
    "*": (re.compile(r"\*(?=\S)"), re.compile(r"(?<=\S)\*")),
    "_": (re.compile(r"_(?=\S)"), re.compile(r"(?<=\S)_")),
    "`": (re.compile(r"`(?=\S)"), re.compile(r"(?<=\S)`")),
}


def replaced(
    text: str,
    opens: re.Pattern[str],
    closes: re.Pattern[str],
    by: Callable[[str], str],
    least: int = 0,
) -> str:
    """Put `by` of what stands between two signs where both were; at least so much is between."""
    parts: list[str] = []
    end = 0
    while opened := opens.search(text, end):
        closed = closes.search(text, opened.end() + least)
        if closed is None:
            # Nothing closes the later ones either.
            break
        parts += text[end : opened.start()], by(text[opened.end() : closed.start()])
        end = closed.end()
    return "".join(parts) + text[end:]


def unmarked(text: str, signs: Iterable[str] = EMPHASIS) -> str:
    """Return a text without its pairs of signs for emphasis, one sign after the other."""
    for sign in signs:
        text = replaced(text, *EMPHASIS[sign], str, least=1)
    return text
