"""Scripts as writers keep them: Fountain, Final Draft, Markdown and plain text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from screenplain.parsers import fountain
from screenplain.types import Action, Dialog, DualDialog, Section, Slug, Transition

from storyboard.stories.scripts.marks import replaced, unmarked
from storyboard.stories.scripts.passages import Passage, Script, Unreadable, bounded

# What opens and closes a note, and what is no part of the script.
NOTE = re.compile(r"\[\["), re.compile(r"\]\]")
BONEYARD = re.compile(r"/\*"), re.compile(r"\*/")
# A note as a paragraph that screenplain keeps: it drops notes in their own form.
NOTED = "\N{INVISIBLE SEPARATOR}"
# screenplain looks for emphasis, notes and what is centred in ways that never end where many
# signs stay open or spaces are many. It is shown other characters for these signs, of those that
# it keeps for itself and that no script has a use for, and few spaces at a time.
STARRED = "\ue710"
SIGNS = {"*": "\ue711", "_": "\ue712", "[": "\ue713"}
HIDDEN = str.maketrans({chr(own): None for own in range(0xE700, 0xE710)} | SIGNS)
SHOWN = str.maketrans({hidden: sign for sign, hidden in SIGNS.items()})
SPACES = re.compile(r"[^\S\r\n]{5,}")
LINE = re.compile(r"\r\n|\n|\r")
HEADING = re.compile(r"^#{1,6}\s+(.*)$")
# Neither part goes beyond where the next link begins.
LINKED = re.compile(r"!?\[([^\[\]]*)\]\([^)\[]*\)")


def read_fountain(text: str) -> Script:
    text = replaced(text, *NOTE, lambda note: f"\n\n!{NOTED}{' '.join(note.split())}\n\n")
    text = bounded(replaced(text, *BONEYARD, lambda _: ""))
    text = SPACES.sub("    ", text.replace("\\*", STARRED)).translate(HIDDEN)
    screenplay = fountain.parse_lines(LINE.split(text))
    script = Script(" ".join(_shown(line) for line in screenplay.title_page.get("Title", [])))
    for part in screenplay:
        match part:
            case Slug():
                script.passages.append(Passage(_shown(part.line).strip()))
            case Section():
                script.passages.append(Passage(_shown(part.text).strip()))
            case Action():
                lines = " ".join(_shown(line) for line in part.lines)
                passage = _last(script)
                kept = passage.notes if lines.startswith(NOTED) else passage.seen
                kept.append(lines.lstrip(NOTED))
            case Dialog():
                _last(script).said.append(_speech(part))
            case DualDialog():
                _last(script).said += [_speech(part.left), _speech(part.right)]
            case Transition():
                script.skipped.append(f"Transition: {_shown(part.line)}")
    return script


def _shown(line: object) -> str:
    """Return what screenplain made of a line, with the signs it was not shown, or without."""
    return unmarked(str(line).translate(SHOWN), ("**", "*", "_")).replace(STARRED, "*")


def _speech(dialog: Dialog) -> str:
    words = " ".join(_shown(line) for aside, line in dialog.blocks if not aside)
    return f"{_shown(dialog.character)}: {words}"


def _last(script: Script) -> Passage:
    if not script.passages:
        script.passages.append(Passage())
    return script.passages[-1]


def read_final_draft(text: str) -> Script:
    try:
        root = fromstring(text.encode())
    except (ParseError, DefusedXmlException, ValueError) as exc:
        raise Unreadable("This is not a Final Draft file that can be read.") from exc
    script = Script()
    speaker = ""
    for paragraph in root.iterfind("./Content/Paragraph"):
        words = " ".join(_texts_of(paragraph).split())
        if not words:
            continue
        match paragraph.get("Type", ""):
            case "Scene Heading":
                script.passages.append(Passage(words))
            case "Action" | "General" | "Shot":
                _last(script).seen.append(words)
            case "Character":
                speaker = words
            case "Dialogue":
                _last(script).said.append(f"{speaker}: {words}" if speaker else words)
            case "Parenthetical":
                pass
            case kind:
                script.skipped.append(f"{kind or 'Paragraph'}: {words}")
    if not script.passages:
        raise Unreadable("This Final Draft file holds no script.")
    return script


def _texts_of(paragraph: Element) -> str:
    return "".join("".join(text.itertext()) for text in paragraph.iterfind("Text"))


def read_text(text: str) -> Script:
    """Read Markdown or plain text: headings, and paragraphs between empty lines."""
    script = Script()
    for block in re.split(r"\n\s*\n", bounded(text).replace("\r\n", "\n")):
        lines = [line.strip() for line in block.splitlines() if line.strip()]
        found = HEADING.match(lines[0]) if lines else None
        if found:
            heading = plain(found[1].rstrip("#"))
            first = lines[0].startswith("# ") and not script.title and not script.passages
            if first:
                script.title = heading
            else:
                script.passages.append(Passage(heading))
            lines = lines[1:]
        if lines and set(lines[0]) <= set("-*_ ") and len(lines[0]) > 2:
            lines = lines[1:]
        if lines:
            _last(script).seen.append(plain(" ".join(_unlisted(lines))))
    return script


def _unlisted(lines: Iterable[str]) -> Iterable[str]:
    return (re.sub(r"^([-*+>]|\d+[.)])\s+", "", line) for line in lines)


def plain(text: str) -> str:
    """Return Markdown without its signs."""
    return unmarked(LINKED.sub(r"\1", text)).strip()
