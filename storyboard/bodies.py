"""How much a request may bring along, and how many may do so at once."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from threading import BoundedSemaphore

from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.template.loader import render_to_string

from storyboard.keeping.request_ids import id_of
from storyboard.people.places import working

Answer = Callable[[HttpRequest], HttpResponse]
DIGITS_MAX = 18


def refuse_large_bodies(get_response: Answer) -> Answer:
    """Answer 413 for a body that says it is larger than any form or script of ours.

    One that does not say its length is not read at all, as WSGI has it.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        said = request.META.get("CONTENT_LENGTH") or "0"
        if said.isdecimal() and (len(said) > DIGITS_MAX or int(said) > settings.BODY_MAX):
            return _refusal(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return get_response(request)

    return answer


def await_bodies(get_response: Answer) -> Answer:
    """Have a form there before anything else is done; answer 503 while too many are on their way.

    The web server gives a request one of its threads before its body is there, and a reading that
    has begun cannot be given up: where it is answered meanwhile, the server stands still. So only
    some of the threads read, and others are left for pages. Of all these few work at a time: more
    only get into each other's way. Who waits for the mail server or the bucket does not work.
    """
    places = BoundedSemaphore(settings.BODIES_AT_ONCE)
    work = BoundedSemaphore(settings.WORK_AT_ONCE)

    def answer(request: HttpRequest) -> HttpResponse:
        said = request.META.get("CONTENT_LENGTH") or "0"
        # Of no other method is a body ever read.
        if request.method == "POST" and said.isdecimal() and int(said):
            if not places.acquire(timeout=settings.BODY_PLACE_SECONDS):
                return _refusal(request, HTTPStatus.SERVICE_UNAVAILABLE)
            try:
                # Kept by the request: whoever asks for the form later finds it there.
                _ = request.body
            except UnreadablePostError:
                # Its sender went away, and hears no answer.
                return HttpResponse(status=HTTPStatus.BAD_REQUEST)
            finally:
                places.release()
        with working(work):
            return get_response(request)

    return answer


def _refusal(request: HttpRequest, status: HTTPStatus) -> HttpResponse:
    page = render_to_string(f"{status}.html", {"request_id": id_of(request)})
    return HttpResponse(page, status=status)
