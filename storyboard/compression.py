"""Pages go out compressed; films, posters and other files go out as they are."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class CompressPages(GZipMiddleware):
    """Compress what is HTML and nothing else: a range of a film must stay that range.

    Django masks the CSRF token anew for each page and pads what it compresses by a random
    length, so that the length of a page does not give its secrets away (BREACH).
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        kind = response.headers.get("Content-Type", "")
        if response.streaming or not kind.startswith("text/html"):
            return response
        return super().process_response(request, response)
