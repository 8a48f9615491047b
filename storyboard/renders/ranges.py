"""How much of a file a request asks for, decided as nginx decides it with `max_ranges 1`.

A player that worked behind nginx must not notice who answers; so this follows what nginx does,
also where it is stricter or laxer than the standard. Ranges that would make several parts are
answered with the whole file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from django.utils.http import http_date, parse_http_date_safe

OFFSET_MAX = 2**63 - 1
RANGE = re.compile(r" *(?:([0-9]+) *- *([0-9]*)|-([0-9]+)) *", re.ASCII)


@dataclass(frozen=True)
class Answer:
    """The status, the headers that go with it, and the bytes to send: from `first`, `length`."""

    status: HTTPStatus
    headers: Mapping[str, str] = field(default_factory=dict)
    first: int = 0
    length: int = 0


class _NotSatisfiable(Exception):
    pass


def answer(meta: Mapping[str, str], size: int, modified: int) -> Answer:
    """Answer for a file of `size` bytes that was `modified` at that second of the epoch.

    `meta` are the request's headers as WSGI names them.
    """
    etag = f'"{modified:x}-{size:x}"'
    dated = {"Last-Modified": http_date(modified), "ETag": etag}
    unmodified_since = meta.get("HTTP_IF_UNMODIFIED_SINCE")
    if unmodified_since is not None and (parse_http_date_safe(unmodified_since) or -1) < modified:
        return Answer(HTTPStatus.PRECONDITION_FAILED)
    match = meta.get("HTTP_IF_MATCH")
    if match is not None and not _names(match, etag, weak=False):
        return Answer(HTTPStatus.PRECONDITION_FAILED)
    if _not_modified(meta, etag, modified):
        return Answer(HTTPStatus.NOT_MODIFIED, dated)
    try:
        part = _part(meta, etag, size, modified)
    except _NotSatisfiable:
        headers = {"Content-Range": f"bytes */{size}"}
        return Answer(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers)
    if part is None:
        headers = dated | {"Content-Length": str(size), "Accept-Ranges": "bytes"}
        return Answer(HTTPStatus.OK, headers, 0, size)
    first, end = part
    headers = dated | {
        "Content-Length": str(end - first),
        "Content-Range": f"bytes {first}-{end - 1}/{size}",
    }
    return Answer(HTTPStatus.PARTIAL_CONTENT, headers, first, end - first)


def _not_modified(meta: Mapping[str, str], etag: str, modified: int) -> bool:
    """Whether each condition that was sent says so; a time must be the very same."""
    since = meta.get("HTTP_IF_MODIFIED_SINCE")
    none_match = meta.get("HTTP_IF_NONE_MATCH")
    if since is None and none_match is None:
        return False
    if since is not None and parse_http_date_safe(since) != modified:
        return False
    return none_match is None or _names(none_match, etag, weak=True)


def _names(value: str, etag: str, *, weak: bool) -> bool:
    if value == "*":
        return True
    tags = (tag.strip(" \t") for tag in value.split(","))
    return etag in ((tag.removeprefix("W/") if weak else tag) for tag in tags)


def _part(meta: Mapping[str, str], etag: str, size: int, modified: int) -> tuple[int, int] | None:
    """Return the first byte and the one after the last, or None for the whole file."""
    asked = meta.get("HTTP_RANGE", "")
    if len(asked) < 7 or asked[:6].lower() != "bytes=":
        return None
    unless = meta.get("HTTP_IF_RANGE")
    if unless is not None:
        same = unless == etag if unless.endswith('"') else parse_http_date_safe(unless) == modified
        if not same:
            return None
    found: list[tuple[int, int]] = []
    for one in asked[6:].split(","):
        first, end = _read(one, size)
        if first < end:
            if found:
                return None
            found.append((first, end))
        elif first == 0:
            return None
    if not found:
        raise _NotSatisfiable
    return found[0]


def _read(one: str, size: int) -> tuple[int, int]:
    """Read one range; raise _NotSatisfiable when it cannot be read."""
    read = RANGE.fullmatch(one)
    if read is None:
        raise _NotSatisfiable
    first, last, suffix = (int(number) if number else None for number in read.groups())
    if max(first or 0, last or 0, suffix or 0) > OFFSET_MAX:
        raise _NotSatisfiable
    if suffix is not None:
        return max(0, size - suffix), size
    return first or 0, size if last is None else min(last + 1, size)
