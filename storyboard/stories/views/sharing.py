"""Who shares one story: the team, and the guests whom its owners let in to that story alone."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from storyboard.people.access import Ability, find, may
from storyboard.people.activity import record
from storyboard.people.forms import GuestForm, GuestInvitationForm
from storyboard.people.inviting import invite
from storyboard.people.models import Act, Gone, Guest
from storyboard.people.pace import paced
from storyboard.people.requests import Request
from storyboard.people.roles import GUEST_CHOICES
from storyboard.people.sharing import counts, shares
from storyboard.stories.models import Project

PAGE = "stories/share.html"
PANEL = "stories/_share.html"
INVITATIONS = "people/_invitations.html"


def share_page(
    request: Request, project: Project, *, fragment: str = PAGE, status: int = 200, **said: object
) -> HttpResponse:
    """Answer with the page of who shares a story, or with only `fragment` of it when htmx asked.

    `project` comes from `access.find`. `said` is what this answer adds: `invitation_form` as
    refused; `refused`, a sentence about the guest `about`; `link`, of an invitation just made.
    """
    members = project.team.memberships.select_related("user")
    guests = list(project.guests.select_related("user").order_by("pk"))
    people = shares(members, guests)
    context: dict[str, object] = {
        "project": project,
        "story": project,
        "team": project.team,
        "people": people,
        "counts": counts(people),
    }
    if may(project, Ability.MANAGE):
        rows = project.invitations.open_at(timezone.now())
        context |= {
            "guests": guests,
            "roles": GUEST_CHOICES,
            "invitation_form": GuestInvitationForm(),
            "invitations": rows.select_related("created_by").order_by("-pk"),
        }
    template = fragment if request.htmx else PAGE
    return TemplateResponse(request, template, context | said, status=status)


@require_GET
def project_share(request: Request, pk: int) -> HttpResponse:
    rows = Project.objects.kept().select_related("team")
    return share_page(request, find(request.user, rows, Ability.MEET, pk=pk), fragment=PANEL)


@never_cache
@require_POST
@paced("invite")
def guest_invite(request: Request, pk: int) -> HttpResponse:
    """Answer with the link itself: this answer is the only place where it ever stands."""
    rows = Project.objects.kept().select_related("team")
    project = find(request.user, rows, Ability.MANAGE, pk=pk)
    form = GuestInvitationForm(request.POST)
    if not form.is_valid():
        said: dict[str, object] = {"invitation_form": form}
        return share_page(request, project, fragment=INVITATIONS, status=422, **said)
    said = invite(request, project.team, form, story=project.pk)
    return share_page(request, project, fragment=INVITATIONS, status=201, **said)


@require_POST
def guest_update(request: Request, pk: int) -> HttpResponse:
    guest = find(request.user, _guests(), Ability.MANAGE, pk=pk)
    form = GuestForm(request.POST)
    if not form.is_valid():
        said = {"refused": "Choose one of the roles.", "about": guest.pk}
        return share_page(request, _story_of(guest), fragment=PANEL, status=422, **said)
    before = guest.in_words()
    try:
        with transaction.atomic():
            guest.change(**form.cleaned_data)
            about = f"{guest.user}, guest of “{guest.project}”: {before} → {guest.in_words()}"
            record(request, guest.project.team, Act.ROLE, about)
    except Gone:
        raise Http404 from None
    if not request.htmx:
        return redirect("project_share", guest.project_id)
    return share_page(request, _story_of(guest), fragment=PANEL)


@require_POST
def guest_remove(request: Request, pk: int) -> HttpResponse:
    guest = find(request.user, _guests(), Ability.MANAGE, pk=pk)
    about = f"{guest.user}, {guest.in_words()} of “{guest.project}”"
    try:
        with transaction.atomic():
            guest.leave()
            record(request, guest.project.team, Act.GUEST_REMOVED, about)
    except Gone:
        raise Http404 from None
    messages.success(request, f"{guest.user} is no longer a guest of this story.")
    return redirect("project_share", guest.project_id)


@require_POST
def project_leave(request: Request, pk: int) -> HttpResponse:
    """Let a guest go by themself; members leave the team, on its page."""
    project = find(request.user, Project.objects.kept(), Ability.VIEW, pk=pk)
    guest = project.guests.filter(user=request.user).first()
    if guest is None:
        messages.info(request, "You are in this story by its team, and leave that on its page.")
        return redirect("project_detail", pk)
    try:
        with transaction.atomic():
            guest.leave()
            record(request, project.team, Act.GUEST_LEFT, f"{project}, {guest.in_words()}")
    except Gone:
        raise Http404 from None
    messages.success(request, f"You left “{project}”.")
    return redirect("project_list")


def _guests() -> QuerySet[Guest]:
    rows = Guest.objects.filter(project__deleted_at=None)
    return rows.select_related("user", "project__team")


def _story_of(guest: Guest) -> Project:
    """Return the story of a guest whom `find` found, with the same abilities."""
    guest.project.abilities = guest.abilities
    return guest.project
