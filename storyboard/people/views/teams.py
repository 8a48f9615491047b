"""A team, its people and what they may do."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.template.response import TemplateResponse
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from storyboard.people.access import Ability, find, require
from storyboard.people.activity import page_of, record
from storyboard.people.forms import MembershipForm, TeamForm
from storyboard.people.models import Act, Gone, LastOwner, Membership, Team
from storyboard.people.pace import paced
from storyboard.people.requests import Request
from storyboard.people.views.team_page import MEMBERS, team_page

LAST_OWNER = "A team keeps one owner. Make someone else an owner first. Nothing was changed."


@require_GET
def team_detail(request: Request, pk: int) -> HttpResponse:
    team = find(request.user, Team.objects.all(), Ability.VIEW, pk=pk)
    return team_page(request, team)


@require_GET
def team_activity(request: Request, pk: int) -> HttpResponse:
    """Show what was done in the team, newest first; `before` is the last one of the page above."""
    team = find(request.user, Team.objects.all(), Ability.MANAGE, pk=pk)
    context = {"team": team} | page_of(team.activities.all(), request.GET.get("before", ""))
    return TemplateResponse(request, "people/activity.html", context)


@require_POST
@paced("begin")
def team_create(request: Request) -> HttpResponse:
    form = TeamForm(request.POST)
    if not form.is_valid():
        context = {"form": form}
        return TemplateResponse(request, "people/team_new.html", context, status=422)
    with transaction.atomic():
        team = Team.objects.create_owned(form.cleaned_data["name"], by=request.user)
        record(request, team, Act.STARTED, team.name)
    return redirect("team_detail", team.pk)


@require_POST
def team_rename(request: Request, pk: int) -> HttpResponse:
    team = find(request.user, Team.objects.all(), Ability.MANAGE, pk=pk)
    form = TeamForm(request.POST)
    if not form.is_valid():
        return team_page(request, team, team_form=form, status=422)
    name = form.cleaned_data["name"]
    with transaction.atomic():
        Team.objects.filter(pk=pk).update(name=name)
        record(request, team, Act.RENAMED, f"{team.name} → {name}")
    return redirect("team_detail", pk)


@require_POST
def membership_update(request: Request, pk: int) -> HttpResponse:
    rows = Membership.objects.select_related("team", "user")
    membership = find(request.user, rows, Ability.MANAGE, pk=pk)
    form = MembershipForm(request.POST)
    if not form.is_valid():
        return _refused(request, membership, "Choose one of the roles.", status=422)
    before = membership.in_words()
    try:
        with transaction.atomic():
            membership.change(**form.cleaned_data)
            about = f"{membership.user}: {before} → {membership.in_words()}"
            record(request, membership.team, Act.ROLE, about)
    except LastOwner:
        return _refused(request, membership, LAST_OWNER, status=409)
    except Gone:
        raise Http404 from None
    if not request.htmx:
        return redirect("team_detail", membership.team_id)
    if membership.user == request.user:
        # With one's own role, what the whole page offers has changed.
        return HttpResponseClientRedirect(resolve_url("team_detail", membership.team_id))
    return team_page(request, _team_of(membership), fragment=MEMBERS)


@require_POST
def membership_remove(request: Request, pk: int) -> HttpResponse:
    """Owners remove anybody; everybody may leave."""
    rows = Membership.objects.select_related("team", "user")
    membership = find(request.user, rows, Ability.VIEW, pk=pk)
    leaving = membership.user == request.user
    if not leaving:
        require(membership, Ability.MANAGE)
    about = f"{membership.user}, {membership.in_words()}"
    try:
        with transaction.atomic():
            membership.leave()
            record(request, membership.team, Act.LEFT if leaving else Act.REMOVED, about)
    except LastOwner:
        return _refused(request, membership, LAST_OWNER, status=409)
    except Gone:
        raise Http404 from None
    if leaving:
        messages.success(request, f"You left {membership.team}.")
        return redirect("project_list")
    messages.success(request, f"{membership.user} is no longer in {membership.team}.")
    return redirect("team_detail", membership.team_id)


def _refused(request: Request, membership: Membership, words: str, *, status: int) -> HttpResponse:
    team = _team_of(membership)
    said = {"refused": words, "about": membership.pk}
    return team_page(request, team, fragment=MEMBERS, status=status, **said)


def _team_of(membership: Membership) -> Team:
    """Return the team of a membership that `find` found, with the same abilities."""
    membership.team.abilities = membership.abilities
    return membership.team
