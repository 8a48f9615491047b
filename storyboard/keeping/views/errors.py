"""The pages of a request that went wrong before a page could be made: plain, with its id."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.csrf import requires_csrf_token

from storyboard.keeping.request_ids import id_of

DOOR_CLOSED_SECONDS = 300


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponseBadRequest(render_to_string("400.html", {"request_id": id_of(request)}))


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """Ask nothing of the database: it may be what is broken."""
    return HttpResponseServerError(render_to_string("500.html", {"request_id": id_of(request)}))


def too_many_requests(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say when a closed door opens again: the longest of its windows is five minutes."""
    answer = render(request, "429.html", status=HTTPStatus.TOO_MANY_REQUESTS)
    answer["Retry-After"] = str(DOOR_CLOSED_SECONDS)
    return answer


def show_refused_methods(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Show a page to whoever opens the address of an act as a page; Django's answer is blank."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        blank = response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and not response.content
        if blank and request.method == "GET" and request.accepts("text/html"):
            # The answer stays the one that was logged.
            response.content = render_to_string("405.html", request=request)
        return response

    return answer
