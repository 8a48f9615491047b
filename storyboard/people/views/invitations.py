"""Links that let people into a team: made and taken back by owners, opened by anybody."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from storyboard.people import letters
from storyboard.people.access import Ability, find, teams_of
from storyboard.people.activity import record
from storyboard.people.entrance import carry, join
from storyboard.people.forms import InvitationForm
from storyboard.people.links import full_address
from storyboard.people.models import Act, Invitation, InvitationClosed, Team
from storyboard.people.requests import Request
from storyboard.people.views.team_page import INVITATIONS, team_page


@never_cache
@require_POST
def invitation_create(request: Request, pk: int) -> HttpResponse:
    """Answer with the link itself: this answer is the only place where it ever stands."""
    team = find(request.user, Team.objects.all(), Ability.MANAGE, pk=pk)
    form = InvitationForm(request.POST)
    if not form.is_valid():
        said: dict[str, object] = {"invitation_form": form}
        return team_page(request, team, fragment=INVITATIONS, status=422, **said)
    with transaction.atomic():
        invitation, token = Invitation.objects.issue(
            team,
            by=request.user,
            role=form.cleaned_data["role"],
            expires_at=form.expires_at(timezone.now()),
            places=form.seats,
        )
        record(request, team, Act.INVITED, invitation.in_words())
    link = full_address(request, reverse("invitation_show", args=(token,)))
    said = {"link": link, "issued": invitation}
    to = form.cleaned_data.get("email", "")
    if to:
        said |= {"mailed_to": to, "mailed": _mail(invitation, link, to)}
    return team_page(request, team, fragment=INVITATIONS, status=201, **said)


def _mail(invitation: Invitation, link: str, to: str) -> bool:
    """Send the link; False when the mail server would not have it."""
    told = {"invitation": invitation, "link": link}
    subject = f"{invitation.created_by} invites you to {invitation.team}"
    return letters.send("people/mail/invitation.txt", to, subject, told)


@require_POST
def invitation_revoke(request: Request, pk: int) -> HttpResponse:
    rows = Invitation.objects.select_related("team")
    invitation = find(request.user, rows, Ability.MANAGE, pk=pk)
    with transaction.atomic():
        invitation.revoke(timezone.now())
        record(request, invitation.team, Act.REVOKED, invitation.in_words())
    messages.success(request, "The link was taken back. Whoever joined through it stays.")
    return redirect("team_detail", invitation.team_id)


@login_not_required
@never_cache
@require_GET
def invitation_show(request: Request, token: str) -> HttpResponse:
    """Say what the link offers. Looking changes nothing, so previews cannot use it up."""
    invitation = _named(token)
    if not Invitation.objects.open_at(timezone.now()).filter(pk=invitation.pk).exists():
        return _closed(request)
    already = teams_of(request.user).filter(pk=invitation.team_id).exists()
    context = {"invitation": invitation, "token": token, "already": already}
    return TemplateResponse(request, "people/invitation.html", context)


@login_not_required
@never_cache
@require_POST
def invitation_accept(request: Request, token: str) -> HttpResponse:
    """Join; a person who is signed out joins right after signing in or up."""
    invitation = _named(token)
    now = timezone.now()
    if not Invitation.objects.open_at(now).filter(pk=invitation.pk).exists():
        return _closed(request)
    if not request.user.is_authenticated:
        carry(request, invitation)
        door = "account_signup" if request.POST.get("door") == "sign-up" else "account_login"
        return redirect(door)
    try:
        membership, joined = join(request, invitation, request.user)
    except InvitationClosed:
        return _closed(request)
    role = membership.get_role_display().lower()
    if joined:
        messages.success(request, f"You are in {invitation.team} as {role}.")
    else:
        messages.info(request, f"You are already in {invitation.team}, as {role}.")
    return redirect("project_list")


def _named(token: str) -> Invitation:
    rows = Invitation.objects.select_related("team", "created_by")
    return get_object_or_404(rows.with_token(token))


def _closed(request: Request) -> HttpResponse:
    return TemplateResponse(request, "people/invitation_closed.html", status=410)
