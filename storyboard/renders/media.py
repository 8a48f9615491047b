"""Serving files of takes: access first, then ranges, so that a player can seek."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404
from whitenoise.responders import MissingFileError, StaticFile

from storyboard.people.requests import Request
from storyboard.renders.store import TakeStore

# The names of files are never used again for other content, but who may see them can change:
# a day is how long a browser may keep what it was shown.
CACHE = "private, max-age=86400"


class RangeResponse(FileResponse):
    def set_headers(self, filelike: Any) -> None:
        """Leave the headers to the responder, which knows which range was asked for."""


def file_response(request: Request, name: str, content_type: str) -> RangeResponse:
    """Answer 200, 206, 304 or 416 for a file of the take store; raise Http404 without it."""
    try:
        path = TakeStore(settings.TAKES_ROOT).path(name)
        responder = StaticFile(
            str(path),
            headers=[
                ("Content-Type", content_type),
                ("Cache-Control", CACHE),
                ("Accept-Ranges", "bytes"),
                ("Content-Disposition", "inline"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
        answer = responder.get_response(request.method, request.META)
    except (MissingFileError, ValueError) as exc:
        raise Http404("The file of this take is missing.") from exc
    response = RangeResponse(answer.file or (), status=answer.status)
    del response.headers["Content-Type"]
    for header, value in answer.headers:
        response.headers[header] = value
    return response
