"""Who came in, by what and from where, and who tried: a line of the log each.

What was typed is in none of them, for people put passwords into the wrong field.
"""

from __future__ import annotations

import logging
from typing import Any

from allauth.account import signals as account
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa import signals as steps
from allauth.mfa.models import Authenticator
from django.contrib.auth import signals as django
from django.http import HttpRequest

from storyboard.people.activity import address_of
from storyboard.people.models import User

logger = logging.getLogger(__name__)

AN_APP, A_PASSKEY, RECOVERY = "an app", "a passkey", "a recovery code"
KINDS = {
    "code": "a mailed code",
    Authenticator.Type.TOTP: AN_APP,
    Authenticator.Type.WEBAUTHN: A_PASSKEY,
    Authenticator.Type.RECOVERY_CODES: RECOVERY,
}


def listen() -> None:
    """Hear of every sign-in and of every change to how one signs in; once, at the start."""
    for signal, heard in (
        (account.user_logged_in, signed_in),
        (django.user_logged_out, signed_out),
        (django.user_login_failed, password_failed),
        (account.login_code_rejected, mailed_code_failed),
        (steps.authentication_failed, step_failed),
        (steps.authenticator_used, step_taken),
        (account.password_changed, password_changed),
        (account.password_set, password_changed),
        (account.password_reset, password_reset),
        (steps.authenticator_added, step_added),
        (steps.authenticator_removed, step_removed),
    ):
        signal.connect(heard, dispatch_uid=f"storyboard.people.sign_ins.{heard.__name__}")


def note(words: str, pk: int | None, request: HttpRequest | None, *, bad: bool = False) -> None:
    """Log what somebody did at a door; `pk` is their account's, None where there is none."""
    level = logging.WARNING if bad else logging.INFO
    place = address_of(request) if request is not None else None
    who = f"user {pk}" if pk is not None else "nobody we know"
    logger.log(level, "%s: %s, from %s", who, words, place or "an unknown address")


def signed_in(request: HttpRequest, user: User, **more: Any) -> None:
    records = get_authentication_records(request, user)
    kinds = [KINDS.get(one.get("type") or one["method"], one["method"]) for one in records]
    note(f"signed in by {' and '.join(kinds) or 'signing up'}", user.pk, request)


def signed_out(request: HttpRequest, user: User | None, **more: Any) -> None:
    if user is not None:
        note("signed out", user.pk, request)


def password_failed(credentials: dict[str, Any], request: HttpRequest | None, **more: Any) -> None:
    typed = str(credentials.get("email") or credentials.get("username") or "")
    user = User.objects.filter(email__iexact=typed).only("pk").first()
    note("refused by password", user.pk if user else None, request, bad=True)


def mailed_code_failed(request: HttpRequest, user: User, **more: Any) -> None:
    note("refused by a mailed code", user.pk, request, bad=True)


def step_failed(
    request: HttpRequest, user: User, authenticator: Authenticator, **more: Any
) -> None:
    note(f"refused by {KINDS[authenticator.type]}", user.pk, request, bad=True)


def step_taken(
    request: HttpRequest,
    user: User,
    authenticator: Authenticator,
    reauthenticated: bool,
    **more: Any,
) -> None:
    if reauthenticated:
        note(f"showed who they are by {KINDS[authenticator.type]}", user.pk, request)


def password_changed(request: HttpRequest, user: User, **more: Any) -> None:
    note("changed their password", user.pk, request)


def password_reset(request: HttpRequest, user: User, **more: Any) -> None:
    note("set a new password by a mailed link", user.pk, request)


def step_added(request: HttpRequest, user: User, authenticator: Authenticator, **more: Any) -> None:
    note(f"added {KINDS[authenticator.type]} as a second step", user.pk, request)


def step_removed(
    request: HttpRequest, user: User, authenticator: Authenticator, **more: Any
) -> None:
    note(f"took away {KINDS[authenticator.type]} as a second step", user.pk, request)
