"""The bin of stories: what was deleted in the last 30 days, brought back or deleted for good."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from storyboard.people.access import Ability, find, managed_teams_of
from storyboard.people.activity import record
from storyboard.people.models import Act
from storyboard.people.requests import Request
from storyboard.renders import bin
from storyboard.stories.bin import days_left
from storyboard.stories.models import Project


@require_GET
def bin_list(request: Request) -> HttpResponse:
    at = timezone.now()
    projects = bin.in_bin(request.user)
    rows = [(one, days_left(one.deleted_at, at)) for one in projects if one.deleted_at]
    owned = set(managed_teams_of(request.user).values_list("pk", flat=True))
    context = {"rows": rows, "owned": owned}
    return TemplateResponse(request, "renders/bin.html", context)


@require_GET
def bin_project(request: Request, pk: int) -> HttpResponse:
    rows = Project.objects.exclude(deleted_at=None).select_related("team", "deleted_by")
    return _page(request, find(request.user, rows, Ability.MANAGE, pk=pk))


def _page(request: Request, project: Project, *, status: int = 200, **context: str) -> HttpResponse:
    shown = {"project": project, "loss": bin.loss(project)} | context
    return TemplateResponse(request, "renders/bin_project.html", shown, status=status)


@require_POST
def bin_project_delete(request: Request, pk: int) -> HttpResponse:
    rows = Project.objects.exclude(deleted_at=None).select_related("team", "deleted_by")
    project = find(request.user, rows, Ability.MANAGE, pk=pk)
    typed = request.POST.get("title", "")
    if bin.loss(project).paid_for and _folded(typed) != _folded(project.title):
        error = "Type the story's title as it stands above. Nothing was deleted."
        return _page(request, project, status=422, typed=typed, error=error)
    try:
        with transaction.atomic():
            if not bin.delete_project(pk, timezone.now()):
                raise Http404
            record(request, project.team, Act.DELETED, project.title)
    except bin.StillUnderWay as exc:
        return _page(request, project, status=422, typed=typed, refused=str(exc))
    messages.success(request, f"“{project.title}” was deleted for good.")
    return redirect("bin")


def _folded(title: str) -> str:
    return " ".join(title.split())
