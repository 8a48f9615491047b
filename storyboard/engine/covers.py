"""The catalogue's covers, each drawn when it is first asked for and then remembered."""

from __future__ import annotations

import hashlib
import threading
from urllib.parse import quote

from storyboard.engine.animatic import catalogue
from storyboard.engine.errors import not_offered
from storyboard.engine.wire import Request, Response, bytes_response

PREFIX = "/covers/"


class Covers:
    """Safe between threads; one cover is drawn at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._drawn: dict[str, bytes] = {}

    def cover(self, entry: catalogue.Entry) -> bytes:
        name = cover_name(entry)
        with self._lock:
            if name not in self._drawn:
                self._drawn[name] = catalogue.cover(entry)
            return self._drawn[name]


def cover_name(entry: catalogue.Entry) -> str:
    return f"{entry.kind}/{entry.api_name}.webp"


def cover_url(base_url: str, entry: catalogue.Entry) -> str:
    return f"{base_url}{PREFIX}{quote(cover_name(entry))}"


def cover_read(covers: Covers, request: Request) -> Response:
    """Answer `/covers/<kind>/<name>.webp`, which needs no key, as a storage host would."""
    wanted = request.path.removeprefix(PREFIX)
    for entry in catalogue.ENTRIES:
        if cover_name(entry) == wanted:
            content = covers.cover(entry)
            tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
            if request.headers.get("if-none-match") == tag:
                response = Response(304, [])
            else:
                response = bytes_response(content, "image/webp")
            response.extra_headers = [("ETag", tag), ("Cache-Control", "public, max-age=3600")]
            return response
    raise not_offered(request.method, request.path)
