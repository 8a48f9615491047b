"""How much a request may bring along: what is larger is refused before a byte of it is read."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from storyboard.keeping.request_ids import id_of

Answer = Callable[[HttpRequest], HttpResponse]
DIGITS_MAX = 18


def refuse_large_bodies(get_response: Answer) -> Answer:
    """Answer 413 for a body that says it is larger than any form or script of ours.

    One that does not say its length is not read at all, as WSGI has it.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        said = request.META.get("CONTENT_LENGTH") or "0"
        if said.isdecimal() and (len(said) > DIGITS_MAX or int(said) > settings.BODY_MAX):
            page = render_to_string("413.html", {"request_id": id_of(request)})
            return HttpResponse(page, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return get_response(request)

    return answer
