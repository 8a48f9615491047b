"""Making an invitation and sending it, for the pages of teams and of stories."""

from __future__ import annotations

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from storyboard.people import letters
from storyboard.people.activity import record
from storyboard.people.forms import InvitationForm
from storyboard.people.links import full_address
from storyboard.people.models import Act, Invitation, Team
from storyboard.people.requests import Request


def invite(
    request: Request, team: Team, form: InvitationForm, story: int | None = None
) -> dict[str, object]:
    """Make the invitation of a valid form, to the team or to one story of it, and mail it if asked.

    Return what the answer says of it: its link stands in no other.
    """
    with transaction.atomic():
        invitation, token = Invitation.objects.issue(
            team,
            by=request.user,
            role=form.cleaned_data["role"],
            expires_at=form.expires_at(timezone.now()),
            places=form.seats,
            story=story,
        )
        record(request, team, Act.INVITED, invitation.in_words())
    link = full_address(request, reverse("invitation_show", args=(token,)))
    said: dict[str, object] = {"link": link, "issued": invitation}
    to = form.cleaned_data.get("email", "")
    if to:
        said |= {"mailed_to": to, "mailed": _mail(invitation, link, to)}
    return said


def _mail(invitation: Invitation, link: str, to: str) -> bool:
    """Send the link; False when the mail server would not have it."""
    told = {"invitation": invitation, "link": link}
    subject = f"{invitation.created_by} invites you to {invitation.place}"
    return letters.send("people/mail/invitation.txt", to, subject, told)
