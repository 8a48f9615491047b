"""Requests of signed-out people, answered where they can be seen."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

from storyboard.people.activity import Refused, address_of, record_refusal
from storyboard.people.models import User

Answer = Callable[[HttpRequest], HttpResponse]
FRONT_PAGE = "/"


def note_address(get_response: Answer) -> Answer:
    """Note from where a request comes, as far as our own proxy vouches for it, for the log."""

    def answer(request: HttpRequest) -> HttpResponse:
        request.address = address_of(request) or ""  # type: ignore[attr-defined]
        return get_response(request)

    return answer


def sign_in_outside_fragments(get_response: Answer) -> Answer:
    """Send a signed-out person to the sign-in page itself, and back to the page they were on.

    Without this the sign-in page of a session that ended would be swapped into a fragment, and
    signing in would lead on to an address that only answers POST.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code != 302 or not _is_sign_in(response["Location"]):
            return response
        # Said by a page that asks for an account. A view that leads there itself is done, and the
        # page it was asked from may be a link that it has just used up.
        comes_back = "next=" in urlsplit(response["Location"]).query
        if request.htmx:  # type: ignore[attr-defined]
            page = own_path(request, request.headers.get("HX-Current-URL", ""))
            response = HttpResponseClientRedirect(sign_in_address(page if comes_back else ""))
        elif comes_back and request.method not in {"GET", "HEAD"}:
            page = own_path(request, request.headers.get("Referer", ""))
            if page:
                response["Location"] = sign_in_address(page)
        elif request.path == FRONT_PAGE and not User.objects.exists():
            response["Location"] = resolve_url("account_signup")
        return response

    return answer


def own_path(request: HttpRequest, address: str) -> str:
    """Return path and query of an address of this very host, else an empty string."""
    if not url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()}):
        return ""
    parts = urlsplit(address)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    plain = path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return path if plain else ""


def sign_in_address(page: str) -> str:
    """Return the sign-in page's address, with the page to come back to if there is one."""
    address = resolve_url(settings.LOGIN_URL)
    return f"{address}?{urlencode({'next': page})}" if page else address


def _is_sign_in(location: str) -> bool:
    return urlsplit(location).path == resolve_url(settings.LOGIN_URL)


class RecordRefusals:
    """Let a team's owners see who wanted to change what they may not.

    Of writes alone: nothing that is read changes anything, and the log has refused reads.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        if isinstance(exception, Refused) and request.method not in {"GET", "HEAD", "OPTIONS"}:
            record_refusal(request, exception)
