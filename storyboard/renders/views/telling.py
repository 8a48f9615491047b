"""How one wants to be told when the renders of a story end."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from storyboard.people.access import Ability, find
from storyboard.people.links import full_address
from storyboard.people.models import User
from storyboard.people.requests import Request
from storyboard.renders import followers
from storyboard.stories.models import Project


@require_http_methods(["GET", "HEAD", "POST"])
def project_telling(request: Request, pk: int) -> HttpResponse:
    """Show the ways of being told, or take up one's choice of mail; whoever may see may choose."""
    project = find(request.user, Project.objects.kept(), Ability.VIEW, pk=pk)
    status = 200
    if request.method == "POST":
        choice = request.POST.get("mail")
        if choice in ("on", "off") and settings.SENDS_MAIL:
            said = _choose(request, project, request.user, on=choice == "on")
            if not request.htmx:
                messages.success(request, said)
                return redirect("project_telling", pk)
        else:
            status = 422
    told = {
        "project": project,
        "mails": settings.SENDS_MAIL,
        "follows": settings.SENDS_MAIL and followers.follows(project, request.user),
    }
    page = "renders/_telling.html" if request.htmx else "renders/telling.html"
    return TemplateResponse(request, page, told, status=status)


def _choose(request: Request, project: Project, person: User, *, on: bool) -> str:
    if not on:
        followers.leave(project, person)
        return "No mail is sent to you when renders of this story end."
    address = full_address(request, reverse("project_detail", args=(project.pk,)))
    followers.follow(project, person, address, timezone.now())
    return f"A mail goes to {person.email} when renders of this story end."
