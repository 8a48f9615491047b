"""Serving files of takes: access first, then ranges, so that a player can seek.

By setting the bytes come from elsewhere: from the nginx in front, or from the bucket itself.
"""

from __future__ import annotations

import io
import logging
from http import HTTPStatus
from typing import Any, BinaryIO, cast
from urllib.parse import quote

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from storyboard.people.requests import Request
from storyboard.renders.ranges import answer
from storyboard.renders.storage import take_store
from storyboard.renders.store import StoreUnavailable

logger = logging.getLogger(__name__)

# The names of files are never used again for other content, but who may see them can change:
# a day is how long a browser may keep what it was shown.
CACHE = "private, max-age=86400"
RETRY_SECONDS = 30
WITH_CONTENT = (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT)


class RangeResponse(FileResponse):
    block_size = 64 * 1024

    def set_headers(self, filelike: Any) -> None:
        """Leave the headers to what decided which range is sent."""


class Slice(io.RawIOBase):
    """The next `length` bytes of an open file, which closes with this."""

    def __init__(self, file: BinaryIO, length: int) -> None:
        self.file = file
        self.left = length

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(self.left if size < 0 else min(size, self.left))
        self.left -= len(data)
        return data

    def close(self) -> None:
        super().close()
        self.file.close()


def file_response(
    request: Request, name: str, content_type: str, *, download: str = ""
) -> HttpResponseBase:
    """Answer 200, 206, 304, 412 or 416 for a file of the take store; raise Http404 without it.

    `download` is the name under which a browser saves it; without one it is shown. A store
    that cannot be reached is 503: nothing is known of the file.
    """
    headers = {
        "Content-Type": content_type,
        "Cache-Control": CACHE,
        "Content-Disposition": content_disposition_header(bool(download), download) or "inline",
        "X-Content-Type-Options": "nosniff",
    }
    try:
        return _response(request, name, headers)
    except StoreUnavailable as error:
        logger.error("the store of takes did not answer: %s", error)
        return HttpResponse(
            "The store of films cannot be reached. Nothing is lost; try again soon.",
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            content_type="text/plain; charset=utf-8",
            headers={"Retry-After": str(RETRY_SECONDS), "Cache-Control": "no-store"},
        )
    except (FileNotFoundError, ValueError) as exc:
        raise Http404("The file of this take is missing.") from exc


def _response(request: Request, name: str, headers: dict[str, str]) -> HttpResponseBase:
    store = take_store()
    found = store.stat(name)
    if settings.X_ACCEL_PREFIX:
        # It asks the file itself for length, time and ranges.
        passed = HttpResponse(headers=headers)
        passed["X-Accel-Redirect"] = f"{settings.X_ACCEL_PREFIX}{quote(name)}"
        return passed
    if settings.TAKES_REDIRECT:
        link = store.link(name, request.method or "GET", headers)
        # The link is for this person, and for a while.
        return HttpResponseRedirect(link, headers={"Cache-Control": "no-store"})
    said = answer(request.META, found.st_size, int(found.st_mtime))
    file: BinaryIO | None = None
    if request.method == "GET" and said.status in WITH_CONTENT:
        file = store.open(name)
        if said.status == HTTPStatus.PARTIAL_CONTENT:
            file.seek(said.first)
            file = cast("BinaryIO", Slice(file, said.length))
    response = RangeResponse(file or (), status=said.status)
    del response.headers["Content-Type"]
    for header, value in (headers | dict(said.headers)).items():
        response.headers[header] = value
    if said.status not in WITH_CONTENT:
        del response.headers["Content-Type"]
        del response.headers["Content-Disposition"]
    if said.status not in (*WITH_CONTENT, HTTPStatus.NOT_MODIFIED):
        response.headers["Cache-Control"] = "no-store"
        response.headers["Content-Length"] = "0"
    return response
