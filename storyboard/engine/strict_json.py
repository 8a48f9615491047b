"""Reads a JSON object from someone unknown: bounded in depth, finite, storable."""

from __future__ import annotations

import json
from typing import Any

from storyboard.engine.errors import invalid

DEPTH_MAX = 32


def read_object(content: bytes) -> dict[str, Any]:
    """Return the object in `content`; raise ApiError (400) that says what is wrong with it."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise invalid("the body is not UTF-8") from None
    try:
        body = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise invalid(f"the body is nested deeper than {DEPTH_MAX}") from None
    except ValueError as exc:
        raise invalid(f"the body is not JSON: {str(exc)[:200]}") from None
    if not isinstance(body, dict):
        raise invalid("the body must be an object")
    _refuse_odd(body)
    return body


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _refuse_odd(body: dict[str, Any]) -> None:
    """Raise for nesting, numbers and text that JSON lets pass and a database would not."""
    level: list[Any] = [body]
    for _ in range(DEPTH_MAX):
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below.extend(value)
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
            elif isinstance(value, str):
                _refuse_text(value)
            elif isinstance(value, float) and value in (float("inf"), float("-inf")):
                raise invalid("the body holds a number too large to read")
        level = below
        if not level:
            return
    raise invalid(f"the body is nested deeper than {DEPTH_MAX}")


def _refuse_text(text: str) -> None:
    if "\0" in text:
        raise invalid("the body holds text with a NUL character")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise invalid("the body holds text with half a surrogate pair") from None
