"""What every kind of script is read into, whatever it was written with."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from storyboard.novita import limits

WAYS = ("heading", "paragraph", "sentence")
CAPTION_MAX = 200
# A novel has fewer; each line costs its time, whatever little stands on it, and each row more.
LINES_MAX = 50_000
SENTENCE = re.compile(r"(?<=[.!?…。！？])[\"”’)]*\s+|(?<=[。！？])|\n+")


class Unreadable(ValueError):
    """The script cannot be read; the words say why, and what to do."""


@dataclass
class Passage:
    """What stands under one heading: what is seen, what is said, and the writer's notes."""

    heading: str = ""
    seen: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass
class Script:
    title: str = ""
    passages: list[Passage] = field(default_factory=list)
    # What was found and has no place in a story, in words.
    skipped: list[str] = field(default_factory=list)
    # Rows that were rows already, with their frames; they are not laid out anew.
    rows: list[Row] = field(default_factory=list)
    # Settings of a look by name, where the script carried them.
    look: dict[str, object] = field(default_factory=dict)


@dataclass
class Row:
    """One scene to be; `frames` 0 leaves them to be shared out."""

    prompt: str
    caption: str = ""
    frames: int = 0
    cut: bool = False


def bounded(text: str) -> str:
    """Return the text; raise Unreadable where it has more lines than a script may."""
    if max(text.count("\n"), text.count("\r")) > LINES_MAX:
        raise Unreadable(f"It has more than {LINES_MAX:,} lines. Import it in parts.")
    return text


def lay_out(script: Script, way: str) -> list[Row]:
    """Return a row for each heading, paragraph or sentence; each heading begins a clip.

    What is said becomes a caption. A prompt that is too long goes on in a row of its own. Raise
    Unreadable for what becomes too many rows to be shown.
    """
    if script.rows:
        return script.rows
    rows: list[Row] = []
    for number, passage in enumerate(script.passages):
        begun = len(rows)
        caption = shortened(" ".join([*passage.said, *passage.notes]), CAPTION_MAX)
        for text in _texts(passage, way):
            rows += [Row(part) for part in _parts(text)]
            if len(rows) > LINES_MAX:
                raise Unreadable(f"It becomes more than {LINES_MAX:,} scenes. Import it in parts.")
        if len(rows) > begun:
            rows[begun].caption = caption
            rows[begun].cut = number > 0 and bool(passage.heading) and way != "heading"
    return rows


def _texts(passage: Passage, way: str) -> list[str]:
    if way == "heading":
        whole = ". ".join(
            part.strip().rstrip(".") for part in [passage.heading, *passage.seen] if part
        )
        return [whole] if whole else []
    texts = passage.seen
    if way == "sentence":
        texts = [part.strip() for text in texts for part in SENTENCE.split(text)]
    texts = [text for text in texts if text]
    if passage.heading and texts:
        return [f"{passage.heading}. {texts[0]}", *texts[1:]]
    return texts or ([passage.heading] if passage.heading else [])


def _parts(text: str) -> list[str]:
    """Split a text into prompts that the service takes, behind a word each."""
    text = " ".join(text.split())
    parts = []
    # By its place, and never cut anew, for what is cut off is copied with all that follows.
    begin = 0
    while len(text) - begin > limits.PROMPT_MAX:
        most = begin + limits.PROMPT_MAX
        space = text.rfind(" ", begin + 1, most + 1)
        parts.append(text[begin : space if space > 0 else most])
        begin = space + 1 if space > 0 else most
    return [*parts, text[begin:]] if text else parts


def shortened(text: str, most: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
