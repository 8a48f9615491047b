"""The page that shows the requests of a story, to copy as JSON or as curl."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_GET

from storyboard.people.access import Ability, find
from storyboard.people.requests import Request
from storyboard.renders import asking
from storyboard.stories.models import Project


@require_GET
def project_request(request: Request, pk: int) -> HttpResponse:
    project = find(request.user, Project.objects.kept(), Ability.VIEW, pk=pk)
    every = request.GET.get("every") == "1"
    found, clips = asking.askings(project, every=every)
    context = {
        "project": project,
        "askings": found,
        "clips": clips,
        "every": every,
        "problems": asking.hindrances(project, found),
        "webhook": bool(settings.WEBHOOK_URL),
        "built_in_engine": project.team.account.is_built_in,
    }
    return TemplateResponse(request, "renders/request.html", context)
