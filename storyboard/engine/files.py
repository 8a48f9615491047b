"""Finished films by signed address, in whole or by range, with a storage host's errors."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from xml.sax.saxutils import escape

from storyboard.engine.core import Engine
from storyboard.engine.links import PREFIX, BadLink
from storyboard.engine.wire import Request, Response, bytes_response

CHUNK = 256 * 1024
KINDS = {".mp4": "video/mp4", ".gif": "image/gif"}
NAME = re.compile(r"[0-9a-f-]{36}\.(?:mp4|gif)")
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


def file_read(engine: Engine, request: Request) -> Response:
    """Answer a signed address; one that is forged or too old gets 403, a lost file 404."""
    name = request.path.removeprefix(PREFIX)
    try:
        engine.links.check(
            name,
            request.first("Expires"),
            request.first("Signature"),
            engine.clock().timestamp(),
        )
    except BadLink as exc:
        return storage_error(403, exc.code, str(exc))
    if not NAME.fullmatch(name):
        return storage_error(404, "NoSuchKey", "The specified key does not exist.")
    path = engine.films / name
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return storage_error(404, "NoSuchKey", "The specified key does not exist.")
    return film_response(request, path, file)


def film_response(request: Request, path: Path, file: BinaryIO) -> Response:
    size = os.fstat(file.fileno()).st_size
    # The name says which task drew it, and a task's film never changes.
    tag = f'"{path.stem}"'
    headers = [
        ("Content-Type", KINDS[path.suffix]),
        ("Accept-Ranges", "bytes"),
        ("ETag", tag),
        ("Cache-Control", "private, max-age=3600"),
    ]
    wanted = request.headers.get("range", "")
    if request.headers.get("if-range", tag) != tag:
        wanted = ""
    first, last = 0, size - 1
    status = 200
    found = RANGE.fullmatch(wanted.replace(" ", ""))
    if found and (found[1] or found[2]):
        first, last = span(found[1], found[2], size)
        if first > last:
            file.close()
            response = storage_error(416, "InvalidRange", "The requested range is not satisfiable")
            response.extra_headers.append(("Content-Range", f"bytes */{size}"))
            return response
        status = 206
        headers.append(("Content-Range", f"bytes {first}-{last}/{size}"))
    length = last - first + 1
    return Response(status, headers, Slice(file, first, length), length)


def span(first: str, last: str, size: int) -> tuple[int, int]:
    """Return first and last byte of a range as asked for; first > last when there is none."""
    if not first:
        return (max(0, size - int(last)), size - 1) if int(last) else (1, 0)
    return int(first), min(int(last), size - 1) if last else size - 1


class Slice:
    """`length` bytes of a file from `first` on; closes it at the end."""

    def __init__(self, file: BinaryIO, first: int, length: int) -> None:
        self._file = file
        self._left = length
        file.seek(first)

    def __iter__(self) -> Iterator[bytes]:
        while self._left > 0:
            chunk = self._file.read(min(CHUNK, self._left))
            if not chunk:
                return
            self._left -= len(chunk)
            yield chunk

    def close(self) -> None:
        self._file.close()


def storage_error(status: int, code: str, message: str) -> Response:
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
        f"<RequestId>{uuid.uuid4().hex.upper()[:16]}</RequestId>"
        f"<ServerTime>{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}</ServerTime></Error>"
    )
    return bytes_response(body.encode(), "application/xml", status)
