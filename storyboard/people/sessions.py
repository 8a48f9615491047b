"""The browsers that an account is signed in with, all of them."""

from __future__ import annotations

from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.account.utils import user_pk_to_url_str
from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils import timezone

from storyboard.people.models import User


def end_sessions(user: User, *, but: str | None = None) -> int:
    """Sign the account out everywhere, at its next request; return of how many browsers.

    `but` is the token of a session that goes on. Every session is opened and looked at: those
    that began before devices were listed stand in no other list, nor do those in which somebody
    has only begun to sign in.
    """
    theirs, begun = [], []
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        told = session.get_decoded()
        if session.pk == but:
            continue
        if told.get(SESSION_KEY) == str(user.pk):
            theirs.append(session.pk)
        elif (told.get(LOGIN_SESSION_KEY) or {}).get("user_pk") == user_pk_to_url_str(user):
            begun.append(session.pk)
    Session.objects.filter(pk__in=theirs + begun).delete()
    UserSession.objects.filter(user=user).exclude(session_key=but).delete()
    return len(theirs)


def list_device(request: HttpRequest, user: User, **more: object) -> None:
    """Receive allauth's `user_logged_in`: list this browser, and no more those whose end it was."""
    UserSession.objects.create_from_request(request)
    rows = UserSession.objects.filter(user=user)
    there = Session.objects.filter(pk=OuterRef("session_key"))
    rows.filter(~Exists(there)).delete()


def devices_of(user: User, *, here: str | None = None) -> list[UserSession]:
    """Return the browsers that the account is signed in with; `here` is the token of one that is.

    Nothing of a session changes by it. allauth's own list gives each that is older than the
    newest signing key another token, of which its browser never hears.
    """
    rows = list(UserSession.objects.filter(user=user))
    tokens = [row.session_key for row in rows]
    sessions = Session.objects.filter(expire_date__gt=timezone.now()).in_bulk(tokens)
    gone = [token for token in tokens if token not in sessions]
    UserSession.objects.filter(user=user, session_key__in=gone).delete()
    good = {user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()}
    signed_in = {
        token
        for token, session in sessions.items()
        if token == here or session.get_decoded().get(HASH_SESSION_KEY) in good
    }
    return [row for row in rows if row.session_key in signed_in]
