"""Serving files of takes: access first, then ranges, so that a player can seek."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from whitenoise.responders import MissingFileError, Response, SlicedFile, StaticFile

from storyboard.people.requests import Request
from storyboard.renders.storage import take_store
from storyboard.renders.store import StoreUnavailable

logger = logging.getLogger(__name__)

# The names of files are never used again for other content, but who may see them can change:
# a day is how long a browser may keep what it was shown.
CACHE = "private, max-age=86400"
RETRY_SECONDS = 30


class RangeResponse(FileResponse):
    def set_headers(self, filelike: Any) -> None:
        """Leave the headers to the responder, which knows which range was asked for."""


class Responder(StaticFile):  # type: ignore[misc]
    def get_range_response(self, range_header: str, base_headers: Any, file_handle: Any) -> Any:
        """Answer a range of one byte as well, which StaticFile takes for an empty one."""
        size = int(dict(base_headers)["Content-Length"])
        start, end = self.get_byte_range(range_header, size)
        if not 0 <= start == end < size:
            return super().get_range_response(range_header, base_headers, file_handle)
        headers = [header for header in base_headers if header[0] != "Content-Length"]
        headers += [("Content-Range", f"bytes {start}-{end}/{size}"), ("Content-Length", "1")]
        return Response(HTTPStatus.PARTIAL_CONTENT, headers, file_handle)


def file_response(request: Request, name: str, content_type: str) -> HttpResponseBase:
    """Answer 200, 206, 304 or 416 for a file of the take store; raise Http404 without it.

    A store that cannot be reached is 503: nothing is known of the file.
    """
    store = take_store()
    try:
        found = store.stat(name)
        responder = Responder(
            name,
            headers=[
                ("Content-Type", content_type),
                ("Cache-Control", CACHE),
                ("Accept-Ranges", "bytes"),
                ("Content-Disposition", "inline"),
                ("X-Content-Type-Options", "nosniff"),
            ],
            stat_cache={name: found},
        )
        # The headers alone: the file itself is the store's to open.
        answer = responder.get_response("HEAD", request.META)
        file = None
        if request.method == "GET" and answer.status in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
            file = store.open(name)
            if answer.status == HTTPStatus.PARTIAL_CONTENT:
                asked = request.META["HTTP_RANGE"]
                file = SlicedFile(file, *responder.get_byte_range(asked, found.st_size))
    except StoreUnavailable as error:
        logger.error("the store of takes did not answer: %s", error)
        return HttpResponse(
            "The store of films cannot be reached. Nothing is lost; try again soon.",
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            content_type="text/plain",
            headers={"Retry-After": str(RETRY_SECONDS), "Cache-Control": "no-store"},
        )
    except (FileNotFoundError, MissingFileError, ValueError) as exc:
        raise Http404("The file of this take is missing.") from exc
    response = RangeResponse(file or (), status=answer.status)
    del response.headers["Content-Type"]
    for header, value in answer.headers:
        response.headers[header] = value
    return response
