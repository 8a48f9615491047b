"""For those who begin: the sample story, and what is explained once."""

from __future__ import annotations

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from storyboard.people.access import Ability, find
from storyboard.people.activity import record
from storyboard.people.models import Act, Team
from storyboard.people.pace import paced
from storyboard.people.requests import Request
from storyboard.stories import explaining, sample
from storyboard.stories.models import Project, Read


@require_POST
@paced("begin")
def sample_create(request: Request) -> HttpResponse:
    """Open the team's sample story as it was made, or make it anew."""
    pk = request.POST.get("team", "")
    known = pk.isdecimal() and len(pk) < 18
    team = find(request.user, Team.objects.all(), Ability.EDIT, pk=pk if known else 0)
    found = team.projects.kept().filter(title=sample.TITLE).order_by("pk").first()
    if found:
        return redirect("project_detail", found.pk)
    with transaction.atomic():
        project = sample.create_sample(team, request.user)
        record(request, team, Act.BEGUN, project.title)
    return redirect("project_detail", project.pk)


@require_POST
def explained(request: Request, pk: int, what: str) -> HttpResponse:
    project = find(request.user, Project.objects.kept(), Ability.EDIT, pk=pk)
    if what not in explaining.WHAT:
        raise Http404
    Read.objects.note(request.user, what)
    if request.htmx:
        return HttpResponse()
    return redirect(reverse("project_detail", args=(project.pk,)))
