"""Headers that every answer carries: what a browser may do with it, and that nobody keeps it."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

Answer = Callable[[HttpRequest], HttpResponse]

# Nothing here asks for any of these; a script that got in could not, either.
UNUSED = (
    "accelerometer",
    "browsing-topics",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "serial",
    "usb",
)
ALWAYS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{name}=()" for name in UNUSED),
}


def add_headers(get_response: Answer) -> Answer:
    """Add them; an answer that does not say how long it may be kept is kept by nobody.

    Every page is somebody's own: one that a proxy or the Back button shows again after its
    reader signed out would be another's to read.
    """
    # Nothing of another site is embedded, unless films come from a bucket: then without cookies.
    embedder = "credentialless" if settings.TAKES_REDIRECT else "require-corp"
    always = {**ALWAYS, "Cross-Origin-Embedder-Policy": embedder}

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in always.items():
            response.headers.setdefault(name, value)
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
            # The same address answers with a page or with a part of one.
            patch_vary_headers(response, ["HX-Request"])
        return response

    return answer
