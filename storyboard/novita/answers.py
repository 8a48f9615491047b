"""Reading answers: within a cap and a time, and sorted by `reason` first, status second."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from storyboard.novita.errors import KeyRefused, NovitaError, Refused, TaskGone, TryLater, Unsure
from storyboard.novita.hiding import hide_key, without_key

RETRY_AFTER_MAX = 600.0
EXCERPT_MAX = 500
CHUNK = 64 * 1024

# The key or the account is the trouble (novita-api.md, section 5).
OF_THE_KEY = frozenset(
    {
        "MISSING_API_KEY",
        "INVALID_API_KEY",
        "API_NOT_ALLOWED",
        "FEATURE_NOT_ALLOWED",
        "NEED_REAL_NAME_VERIFY",
        "BILLING_AUTH_FAILED",
        "BILLING_BALANCE_NOT_ENOUGH",
    }
)
# The service failed with the request in its hands: what became of it is not said.
OF_THE_SERVICE = frozenset(
    {"BILLING_FAILED", "CREATE_TASK_FAILED", "GET_RESULT_FAILED", "TASK_FAILED"}
)


class TooMuch(Exception):
    """An answer went over its cap of bytes or of seconds."""


def read_capped(response: requests.Response, cap: int, seconds: float) -> bytes:
    """Return the decoded body; raise TooMuch past `cap` bytes or `seconds`."""
    deadline = time.monotonic() + seconds
    body = bytearray()
    while chunk := response.raw.read1(CHUNK, decode_content=True):
        body += chunk
        if len(body) > cap or time.monotonic() > deadline:
            raise TooMuch
    return bytes(body)


@dataclass(frozen=True)
class Answer:
    """What the service said, without our key, for it ends in errors, rows and on pages."""

    # To be quoted.
    text: str
    # What the text holds; None when it is not JSON.
    json: Any

    @classmethod
    def read(cls, body: bytes, key: str) -> Answer:
        """Read a body; `key` is left out after decoding too, as JSON may have escaped it."""
        text = body.decode("utf-8", "replace")
        try:
            value = hide_key(json.loads(text), key)
        except (ValueError, RecursionError):
            value = None
        return cls(without_key(text, key), value)


def refusal_of(
    status: int, said: Answer, *, submitting: bool, after: str | None = None
) -> NovitaError:
    """Return the error that an answer other than 200 stands for."""
    answer = said.json if isinstance(said.json, dict) else {}
    named = answer.get("reason")
    reason = named if isinstance(named, str) and named else ""
    words = answer.get("message")
    message = (words if isinstance(words, str) and words else said.text)[:EXCERPT_MAX].strip()
    message = message or f"The service answered {status} and no words."
    if reason in OF_THE_KEY or (not reason and status in (401, 403)):
        return KeyRefused(message, reason=reason or "INVALID_API_KEY", status=status)
    if reason == "RATE_LIMIT_EXCEEDED" or status == 429:
        return TryLater(
            message, reason="RATE_LIMIT_EXCEEDED", status=status, after=seconds_of(after)
        )
    if reason == "TASK_NOT_FOUND":
        return TaskGone(message, reason=reason, status=status)
    if reason in OF_THE_SERVICE or status >= 500 or status in (408, 425) or status < 400:
        if submitting:
            return Unsure(message, reason=reason or "bad_answer", status=status)
        return TryLater(
            message, reason=reason or "bad_answer", status=status, after=seconds_of(after)
        )
    if status == 404:
        return Refused(message, reason=reason or "API_NOT_FOUND", status=status)
    return Refused(message, reason=reason or "INVALID_REQUEST_BODY", status=status)


def seconds_of(retry_after: str | None) -> float | None:
    """Return the seconds that a `Retry-After` header asks for, 600 at most."""
    if not retry_after:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            when = parsedate_to_datetime(retry_after)
        except ValueError:
            return None
        seconds = (when - datetime.now(when.tzinfo or UTC)).total_seconds() if when.tzinfo else 0
    # A comparison that is false for NaN as well.
    return min(seconds, RETRY_AFTER_MAX) if seconds >= 0 else None
