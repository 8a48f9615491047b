"""An id for each request: on its log lines, in its answer, and on the page when it goes wrong."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

logger = logging.getLogger(__name__)

Answer = Callable[[HttpRequest], HttpResponse]
SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}
# From here on Django logs the answer by itself.
REFUSED = 400

current: ContextVar[str] = ContextVar("request_id", default="")


def id_of(request: HttpRequest | None) -> str:
    """Return the request's id, or nothing for one that never had one."""
    return str(getattr(request, "id", ""))


def who(request: HttpRequest) -> str:
    """Say who asked, and from where, as far as it is known without asking the database for it."""
    user = getattr(request, "user", None)
    if isinstance(user, SimpleLazyObject):
        # Asking for the account would open the session of a request that never needed one.
        user = getattr(request, "_cached_user", None)
    place = getattr(request, "address", "")
    return f"by user {getattr(user, 'pk', None) or 'unknown'} from {place or 'somewhere'}"


def name_requests(get_response: Answer) -> Answer:
    """Give each request an id of our own; what a client sends as one is not believed.

    Every request that may have changed something is logged in one line: which act, on which
    rows, by whom. Neither its address, which may hold a token, nor what was typed is in it.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        name = secrets.token_hex(5)
        request.id = name  # type: ignore[attr-defined]
        before = current.set(name)
        began = time.monotonic()
        try:
            response = get_response(request)
            response["X-Request-ID"] = name
            if request.method not in SAFE and response.status_code < REFUSED:
                _log(request, response, time.monotonic() - began)
            return response
        finally:
            current.reset(before)

    return answer


def _log(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    match = request.resolver_match
    act = (match.url_name if match else None) or "no such page"
    rows = [str(value) for value in (match.kwargs if match else {}).values() if type(value) is int]
    logger.info(
        "%s: %s %s in %.3f s", " ".join((act, *rows)), response.status_code, who(request), seconds
    )
