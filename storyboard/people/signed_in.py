"""How long a browser stays signed in: while somebody uses it, and for a month in all.

A session that nobody uses ends by its cookie and its row, `SESSION_COOKIE_AGE` after it was last
stored; one that is used is stored every hour for that. What an open page asks by itself is no use.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from storyboard.people.sign_ins import note

Answer = Callable[[HttpRequest], HttpResponse]

BEGAN, USED = "signed_in_at", "used_at"
NOTED_EVERY = 3600.0
ENDED = "You were signed in for a month. For safety, everybody signs in again then."


def begin(request: HttpRequest, **more: object) -> None:
    """Count from now: somebody has just signed in. Receives Django's `user_logged_in`."""
    request.session[BEGAN] = request.session[USED] = time.time()


def end_in_time(get_response: Answer) -> Answer:
    """Sign out whoever signed in too long ago, and note that a session is used."""

    def answer(request: HttpRequest) -> HttpResponse:
        now = time.time()
        token = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        if token is None or not request.user.pk:
            return get_response(request)
        # Its first use after new signing keys gave it another.
        _keep_listed(request, token)
        if now - request.session.setdefault(BEGAN, now) > settings.SESSION_LIFE:
            logout(request)
            messages.info(request, ENDED)
            return get_response(request)
        response = get_response(request)
        if now - request.session.get(USED, 0) > NOTED_EVERY and _is_use(request):
            request.session[USED] = now
        return response

    return answer


def asks_by_itself(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark a view that open pages post to without anybody's doing."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.by_itself = True  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    return answer


def _is_use(request: HttpRequest) -> bool:
    polled = request.htmx and request.method == "GET"  # type: ignore[attr-defined]
    signed_in = request.user.pk is not None
    return signed_in and not polled and not getattr(request, "by_itself", False)


def clears_browser(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Have the browser drop the films and pictures that it was let keep, at whoever signs out."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        was = request.user.pk
        response = view(request, *args, **kwargs)
        if was is not None and request.user.pk is None:
            response["Clear-Site-Data"] = '"cache"'
        return response

    return answer


def renews_token(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Give the session a new token once its person has shown again who they are."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        before = request.session.get(AUTHENTICATION_METHODS_SESSION_KEY)
        response = view(request, *args, **kwargs)
        after = request.session.get(AUTHENTICATION_METHODS_SESSION_KEY)
        if request.user.pk is not None and after != before:
            if after and after[-1]["method"] == "password":
                note("showed who they are by password", request.user.pk, request)
            old = request.session.session_key
            request.session.cycle_key()
            _keep_listed(request, old)
        return response

    return answer


def _keep_listed(request: HttpRequest, old: str | None) -> None:
    """Have the list of devices, which knows a session by its token, go along with a new one."""
    new = request.session.session_key
    if new != old:
        UserSession.objects.filter(user=request.user.pk, session_key=old).update(session_key=new)
