"""Log lines: one event is one line, whatever it quotes, and no secret is in any.

An exception's own words are cut to their first line: databases quote whole rows in the others,
and a row may be a prompt.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from storyboard.keeping.request_ids import current, id_of, who
from storyboard.renders.scrub import HIDDEN, without_tokens

# Whatever could end a line, move a terminal's cursor, or turn its writing around.
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
BEARER = re.compile(r"(bearer\s+)[^\s'\",]{6,}", re.IGNORECASE)
SECRETS = ("NOVITA_API_KEY", "SECRET_KEY", "METRICS_TOKEN")
WORDS_MAX = 300
SHORTEST_SECRET = 6
MORE = "\n    | "

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def escaped(text: str) -> str:
    """Return the text with control characters written out, as `\\n` or `\\x1b`."""
    return UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def without_secrets(text: str) -> str:
    """Leave out our keys, the database's password, bearer headers and secret addresses."""
    values = [str(getattr(settings, name, "") or "") for name in SECRETS]
    values.append(str(settings.DATABASES["default"].get("PASSWORD") or ""))
    secret = [value for value in values if len(value) >= SHORTEST_SECRET]
    return BEARER.sub(rf"\1{HIDDEN}", without_tokens(text, *secret))


class OneLine(logging.Formatter):
    """A line for people; a traceback follows it, each line marked as belonging to it."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        name = request_id(record)
        shown = f" [id {name}]" if name else ""
        message = escaped(message_of(record))
        line = f"{at:%Y-%m-%d %H:%M:%S} {record.levelname} {record.name}{shown} {message}"
        more = self.exception(record)
        return MORE.join((line, *map(escaped, more.splitlines()))) if more else line

    def exception(self, record: logging.LogRecord) -> str:
        """Return the record's traceback, or nothing."""
        if not record.exc_info or record.exc_info[0] is None:
            return ""
        return without_secrets(self.formatException(record.exc_info))

    def formatException(self, ei: Any) -> str:
        return "\n".join(_parts(ei))


class JsonLine(OneLine):
    """The same for programs: one JSON object a line, in ASCII."""

    def format(self, record: logging.LogRecord) -> str:
        found = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": message_of(record),
            "request": request_id(record),
            "exception": self.exception(record),
        }
        return json.dumps({name: value for name, value in found.items() if value})


def message_of(record: logging.LogRecord) -> str:
    """Return what is said, with who asked where Django logs an answer, and without secrets."""
    request = getattr(record, "request", None)
    asked = f" {who(request)}" if isinstance(request, HttpRequest) else ""
    return without_secrets(f"{record.getMessage()}{asked}")


def request_id(record: logging.LogRecord) -> str:
    """Return the id of the request that the line belongs to, or nothing."""
    return current.get() or id_of(getattr(record, "request", None))


def _parts(ei: ExcInfo) -> list[str]:
    lines = []
    for part in traceback.TracebackException(*ei).format():
        of_frames = part.startswith(("  ", "Traceback", "\n"))
        lines.append(part.rstrip("\n") if of_frames else part.partition("\n")[0][:WORDS_MAX])
    return lines
