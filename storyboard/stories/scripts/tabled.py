"""Scripts that are rows already: a table, or the service's own request."""

from __future__ import annotations

import csv
import io
import json
import re
from itertools import pairwise
from typing import Any

from storyboard.novita import limits
from storyboard.stories.scripts.passages import (
    CAPTION_MAX,
    Row,
    Script,
    Unreadable,
    bounded,
    shortened,
)
from storyboard.stories.spreadsheets import original

PROMPTS = ("prompt", "scene", "text", "description")
CURL_DATA = {"-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--json"}
# What a word of a command is made of, and what stands between two.
PIECE = re.compile(
    r"""(?P<gap>[ \t\r\n]+)|'(?P<whole>[^']*)'|"(?P<quoted>[^"\\]*(?:\\.[^"\\]*)*)"|"""
    r"""\\(?P<escaped>.)|(?P<bare>[^ \t\r\n'"\\]+)""",
    re.DOTALL,
)
ESCAPED = re.compile(r'\\(["\\])')
DELIMITERS = ",;\t"
# So much of a table shows what stands between its cells.
SHOWN_FIRST = 4000
QUOTED = re.compile(r'"[^"]*"')
BETWEEN = re.compile(r"[\s,]*")
LOOK = {
    "model_name": "checkpoint",
    "width": "width",
    "height": "height",
    "steps": "steps",
    "guidance_scale": "guidance_scale",
    "seed": "seed",
    "negative_prompt": "negative_prompt",
    "clip_skip": "clip_skip",
    "closed_loop": "closed_loop",
}


def read_table(text: str) -> Script:
    """Read CSV with a heading row, or with prompts in its first column."""
    lines = csv.reader(
        io.StringIO(bounded(text)), delimiter=_delimiter(text), skipinitialspace=True
    )
    try:
        table = [row for row in lines if any(row)]
    except csv.Error as exc:
        raise Unreadable(f"This table cannot be read: {exc}.") from exc
    if not table:
        raise Unreadable("This table is empty.")
    names = [name.strip().lower() for name in table[0]]
    headed = any(name in PROMPTS for name in names)
    column = {name: place for place, name in enumerate(names)} if headed else {"prompt": 0}
    place = next((column[name] for name in PROMPTS if name in column), 0)
    script = Script()
    for number, row in enumerate(table[1:] if headed else table, start=2 if headed else 1):
        prompt = _cell(row, place)
        if not prompt:
            script.skipped.append(f"Line {number}: no prompt")
        elif len(prompt) > limits.PROMPT_MAX:
            script.skipped.append(f"Line {number}: {len(prompt)} characters are too many")
        else:
            script.rows.append(
                Row(
                    prompt,
                    shortened(_cell(row, column.get("caption")), CAPTION_MAX),
                    _frames(_cell(row, column.get("frames"))),
                    _cell(row, column.get("cut")).lower() in {"1", "yes", "true", "cut"},
                )
            )
    return script


def _delimiter(text: str) -> str:
    """Return what parts the headings, else what every line has, and as often.

    csv.Sniffer would know more, and never ends on some texts of a few lines.
    """
    first = text[:SHOWN_FIRST].lstrip("\r\n").partition("\n")[0].lower()
    lines = QUOTED.sub("", text[:SHOWN_FIRST]).splitlines()
    lines = [line for line in lines if line.strip()][: -1 if len(text) > SHOWN_FIRST else None]
    for sign in DELIMITERS:
        if any(name.strip(' "\r') in PROMPTS for name in first.split(sign)):
            return sign
    often = {sign: {line.count(sign) for line in lines} for sign in DELIMITERS}
    steady = {sign: max(counts) for sign, counts in often.items() if len(counts) == 1}
    return max(steady, key=lambda sign: steady[sign], default=",")


def _cell(row: list[str], place: int | None) -> str:
    # The sign before what could be a formula is none of the writer's.
    return original(row[place].strip()) if place is not None and place < len(row) else ""


def _frames(value: object) -> int:
    try:
        frames = int(str(value))
    except ValueError:
        return 0
    return max(limits.FRAMES_MIN, min(limits.FRAMES_MAX, frames)) if frames > 0 else 0


def read_request(text: str) -> Script:
    """Read the bodies of requests to the service, or the curl commands that hold them.

    Each body after the first begins a clip; the look is that of the first.
    """
    bodies = _bodies(text)
    script = Script()
    for body in bodies:
        prompts = body.get("prompts") if isinstance(body, dict) else None
        if not isinstance(prompts, list) or not all(isinstance(row, dict) for row in prompts):
            raise Unreadable("This JSON has no list of prompts, as the service's requests have.")
        begun = len(script.rows)
        for number, row in enumerate(prompts, start=1):
            prompt = row.get("prompt")
            if isinstance(prompt, str) and 0 < len(prompt.strip()) <= limits.PROMPT_MAX:
                script.rows.append(Row(prompt.strip(), "", _frames(row.get("frames"))))
            else:
                script.skipped.append(f"Prompt {number}: no words, or too many")
        if begun and len(script.rows) > begun:
            script.rows[begun].cut = True
    script.look = _look(bodies[0])
    return script


def _bodies(text: str) -> list[Any]:
    if text.lstrip().startswith("curl "):
        data = [after for word, after in pairwise(words_of(text)) if word in CURL_DATA]
        text = "\n".join(data) or text
    bodies = []
    decoder = json.JSONDecoder()
    start = text.find("{")
    if start < 0:
        raise Unreadable("There is no JSON in this text.")
    try:
        while text.startswith("{", start):
            body, end = decoder.raw_decode(text, start)
            bodies.append(body)
            between = BETWEEN.match(text, end)
            start = between.end() if between else end
    except (ValueError, RecursionError) as exc:
        raise Unreadable("This JSON cannot be read.") from exc
    return bodies


def words_of(command: str) -> list[str]:
    """Return the words as `shlex.split` does, which copies a word for each letter; or none."""
    words: list[list[str]] = []
    at, inside = 0, False
    while at < len(command):
        piece = PIECE.match(command, at)
        if piece is None:
            # A quote stays open.
            return []
        at = piece.end()
        if piece.lastgroup == "gap":
            inside = False
            continue
        if not inside:
            words.append([])
        inside = True
        text = piece[piece.lastgroup or 0]
        words[-1].append(ESCAPED.sub(r"\1", text) if piece.lastgroup == "quoted" else text)
    return ["".join(word) for word in words]


def _look(body: dict[str, Any]) -> dict[str, object]:
    look: dict[str, object] = {
        ours: value
        for theirs, ours in LOOK.items()
        if isinstance(value := body.get(theirs), (str, int, float, bool))
    }
    extra = body.get("extra")
    if isinstance(extra, dict):
        plan = extra.get("enterprise_plan")
        if extra.get("response_video_type") in limits.VIDEO_TYPES:
            look["video_type"] = extra["response_video_type"]
        if isinstance(plan, dict) and isinstance(plan.get("enabled"), bool):
            look["dedicated_endpoint"] = plan["enabled"]
    return look | _models(body)


def _models(body: dict[str, Any]) -> dict[str, object]:
    found: dict[str, object] = {}
    loras, embeddings = body.get("loras"), body.get("embeddings")
    if isinstance(loras, list):
        found["loras"] = [
            (row["model_name"], row.get("strength", 0.7))
            for row in loras
            if isinstance(row, dict) and isinstance(row.get("model_name"), str)
        ]
    if isinstance(embeddings, list):
        found["embeddings"] = [
            row["model_name"]
            for row in embeddings
            if isinstance(row, dict) and isinstance(row.get("model_name"), str)
        ]
    return found
