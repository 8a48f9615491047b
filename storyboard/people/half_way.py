"""Sign-ins that are half done: they end when the account is no more as it was at their beginning.

A mailed code, or the second step, is waited for a quarter of an hour. allauth keeps meanwhile whose
it is, and nothing of what was right then: a password, an address.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.internal.stagekit import clear_login, unstash_login
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.crypto import constant_time_compare

from storyboard.people.address import state_of
from storyboard.people.models import User
from storyboard.people.sign_ins import note

BEGAN = "signing_in_to"
ENDED = "Your account was changed since you began to sign in. Begin anew."


def begin(request: HttpRequest, user: User | None) -> None:
    """Keep how the account was when its password, say, was right; there may be none, unsaid."""
    request.session[BEGAN] = state_of(user) if user else ""


def is_as_it_began(request: HttpRequest, user: User | None) -> bool:
    began = request.session.get(BEGAN)
    return began is not None and constant_time_compare(began, state_of(user) if user else "")


def is_going_on(request: HttpRequest) -> bool:
    """Whether this request brings a code or a key to what an earlier one began."""
    return getattr(request, "goes_on", False)


def give_up(request: HttpRequest, user: User | None) -> HttpResponse:
    """Forget what was begun, and lead to where one begins anew."""
    clear_login(request)
    request.session.pop(BEGAN, None)
    note("refused, for the account changed half way", user.pk if user else None, request, bad=True)
    messages.warning(request, ENDED)
    return redirect("account_login")


def goes_on(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let nobody go on with what they began before the account was changed."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        begun = unstash_login(request, peek=True)
        if begun and not is_as_it_began(request, begun.user):
            return give_up(request, begun.user)
        request.goes_on = True  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    return answer
