"""The browsers that an account is signed in with, all of them."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone

from storyboard.people.models import User


def end_sessions(user: User) -> int:
    """Sign the account out everywhere, at its next request; return of how many browsers.

    Every session is opened and looked at: those that began before devices were listed stand in
    no other list.
    """
    theirs = [
        session.pk
        for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator()
        if session.get_decoded().get(SESSION_KEY) == str(user.pk)
    ]
    Session.objects.filter(pk__in=theirs).delete()
    UserSession.objects.filter(user=user).delete()
    return len(theirs)
