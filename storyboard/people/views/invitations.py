"""Links that let people in: made and taken back by owners, opened by anybody."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.db.models import F, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from storyboard.people.access import Ability, find
from storyboard.people.activity import record
from storyboard.people.entrance import carry, join, way_in
from storyboard.people.forms import InvitationForm
from storyboard.people.inviting import invite
from storyboard.people.models import Act, Invitation, InvitationClosed, Seat, Team
from storyboard.people.pace import missed, paced
from storyboard.people.requests import Request
from storyboard.people.views.team_page import INVITATIONS, team_page


@never_cache
@require_POST
@paced("invite")
def invitation_create(request: Request, pk: int) -> HttpResponse:
    """Answer with the link itself: this answer is the only place where it ever stands."""
    team = find(request.user, Team.objects.all(), Ability.MANAGE, pk=pk)
    form = InvitationForm(request.POST)
    if not form.is_valid():
        said: dict[str, object] = {"invitation_form": form}
        return team_page(request, team, fragment=INVITATIONS, status=422, **said)
    said = invite(request, team, form)
    return team_page(request, team, fragment=INVITATIONS, status=201, **said)


@require_POST
def invitation_revoke(request: Request, pk: int) -> HttpResponse:
    # One to a story that went to another team names what is that team's.
    of_team = Q(project=None) | Q(project__team=F("team"))
    rows = Invitation.objects.filter(of_team).select_related("team", "project")
    invitation = find(request.user, rows, Ability.MANAGE, pk=pk)
    with transaction.atomic():
        if invitation.revoke(timezone.now()):
            record(request, invitation.team, Act.REVOKED, invitation.in_words())
    messages.success(request, "The link was taken back. Whoever joined through it stays.")
    if invitation.project_id:
        return redirect("project_share", invitation.project_id)
    return redirect("team_detail", invitation.team_id)


@login_not_required
@never_cache
@require_GET
def invitation_show(request: Request, token: str) -> HttpResponse:
    """Say what the link offers. Looking changes nothing, so previews cannot use it up."""
    invitation = _named(token)
    if invitation is None:
        return _missing(request)
    already = _seat(request, invitation)
    if already is None and not _is_open(request, invitation):
        return _closed(request)
    context = {"invitation": invitation, "token": token, "already": already}
    return TemplateResponse(request, "people/invitation.html", context)


@login_not_required
@never_cache
@require_POST
def invitation_accept(request: Request, token: str) -> HttpResponse:
    """Join; a person who is signed out joins right after signing in or up."""
    invitation = _named(token)
    if invitation is None:
        return _missing(request)
    already = _seat(request, invitation)
    if already is None and not _is_open(request, invitation):
        return _closed(request)
    if not request.user.is_authenticated:
        carry(request, invitation)
        door = "account_signup" if request.POST.get("door") == "sign-up" else "account_login"
        return redirect(door)
    try:
        seat, joined = (already, False) if already else join(request, invitation, request.user)
    except InvitationClosed:
        return _closed(request)
    role = seat.get_role_display().lower()
    if joined:
        messages.success(request, f"You are in {invitation.place} as {role}.")
    else:
        messages.info(request, f"You are already in {invitation.place}, as {role}.")
    return way_in(invitation)


def _is_open(request: Request, invitation: Invitation) -> bool:
    user = request.user if request.user.is_authenticated else None
    return invitation.is_open_to(user, timezone.now())


def _seat(request: Request, invitation: Invitation) -> Seat | None:
    """Return by what the person is in where a link led that may have ended since."""
    story, signed_in = invitation.project, request.user.is_authenticated
    # In the bin, or with another team since: its title is none of this link any more.
    gone = story and (story.deleted_at or story.team_id != invitation.team_id)
    return invitation.seat_of(request.user) if signed_in and not gone else None


def _named(token: str) -> Invitation | None:
    rows = Invitation.objects.select_related("team", "project", "created_by")
    return rows.with_token(token).first()


def _missing(request: Request) -> HttpResponse:
    """Answer as for any page there is not, until somebody is seen to be guessing."""
    refused = missed(request)
    if refused is None:
        raise Http404
    return refused


def _closed(request: Request) -> HttpResponse:
    return TemplateResponse(request, "people/invitation_closed.html", status=410)
