"""Which kind a script is: by its name, else by what it looks like."""

from __future__ import annotations

import re
from pathlib import PurePath

from storyboard.stories.scripts.passages import Script, Unreadable
from storyboard.stories.scripts.tabled import read_request, read_table
from storyboard.stories.scripts.written import read_final_draft, read_fountain, read_text

READERS = {
    "fountain": read_fountain,
    "fdx": read_final_draft,
    "markdown": read_text,
    "text": read_text,
    "csv": read_table,
    "json": read_request,
}
NAMES = {
    "fountain": "Fountain",
    "fdx": "Final Draft",
    "markdown": "Markdown",
    "text": "plain text",
    "csv": "a table",
    "json": "a request of the service",
}
ENDINGS = {
    ".fountain": "fountain",
    ".spmd": "fountain",
    ".fdx": "fdx",
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
    ".csv": "csv",
    ".tsv": "csv",
    ".json": "json",
}
SLUG = re.compile(r"^(INT|EXT|EST|INT\./EXT|I/E)[. ]", re.MULTILINE)
BYTES_MAX = 2_000_000


def decoded(content: bytes) -> str:
    """Return a file's text; raise Unreadable for one that is too large or no text."""
    if len(content) > BYTES_MAX:
        raise Unreadable("The file is larger than 2 MB.")
    for encoding in (
        "utf-8-sig",
        "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8",
    ):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise Unreadable("This file holds no text. Save it as Fountain, .fdx, .txt, .md or .csv.")
    return text


def kind_of(text: str, name: str = "") -> str:
    """Return one of READERS for a text and, where it came as a file, its name."""
    kind = ENDINGS.get(PurePath(name).suffix.lower())
    if kind and kind != "text":
        return kind
    begins = text.lstrip()[:400]
    if begins.startswith("<?xml") or begins.startswith("<FinalDraft"):
        return "fdx"
    if begins.startswith(("{", "curl ")):
        return "json"
    if SLUG.search(text) or re.match(r"Title:.*\n", begins):
        return "fountain"
    return kind or "text"


def read(text: str, kind: str) -> Script:
    """Read a script; raise Unreadable where it is not of this kind or holds nothing."""
    script = READERS[kind](text)
    if not script.passages and not script.rows:
        raise Unreadable("There is nothing in it that could become a scene.")
    return script
