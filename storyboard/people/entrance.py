"""Who may come in: open sign-up, the first account, and invitations carried to the door."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from storyboard.people.activity import record
from storyboard.people.models import Act, Invitation, Seat, User

CARRIED = "invitation"


class SignUpClosed(Exception):
    """Refused: an account needs an invitation here."""


def carry(request: HttpRequest, invitation: Invitation) -> None:
    """Remember an invitation until this browser has signed in or signed up.

    The session keeps the row's number, never the token: the database holds no secret address.
    """
    request.session[CARRIED] = invitation.pk


def carried(request: HttpRequest) -> Invitation | None:
    """Return the invitation that this browser brings along, if it still lets people in."""
    return open_invitation(request.session.get(CARRIED))


def open_invitation(pk: int | None) -> Invitation | None:
    """Return the invitation of this number, if it still lets people in."""
    if pk is None:
        return None
    rows = Invitation.objects.open_at(timezone.now())
    return rows.select_related("team", "project").filter(pk=pk).first()


def put_down(request: HttpRequest) -> Invitation | None:
    """Return the carried invitation, open or not, and forget it."""
    pk = request.session.pop(CARRIED, None)
    rows = Invitation.objects.select_related("team", "project")
    return rows.filter(pk=pk).first() if pk else None


def join(request: HttpRequest, invitation: Invitation, user: User) -> tuple[Seat, bool]:
    """Let `user` in; False when they were in already. Raises InvitationClosed."""
    with transaction.atomic():
        seat, joined = invitation.accept(user, timezone.now())
        if joined and invitation.project_id:
            about = f"{invitation.project}, {seat.in_words()}"
            record(request, invitation.team, Act.GUEST_JOINED, about, by=user)
        elif joined:
            record(request, invitation.team, Act.JOINED, seat.in_words(), by=user)
    return seat, joined


def way_in(invitation: Invitation) -> HttpResponse:
    """Lead on to what an invitation let somebody in to."""
    if invitation.project_id:
        return redirect("project_detail", invitation.project_id)
    return redirect("project_list")


def may_sign_up(request: HttpRequest) -> bool:
    """Answer whether this browser may create an account now."""
    if settings.STORYBOARD_SIGNUP == "open" or not User.objects.exists():
        return True
    return carried(request) is not None
