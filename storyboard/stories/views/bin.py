"""A story's bin: the scenes deleted in the last 30 days."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from storyboard.people.access import Ability, find
from storyboard.people.requests import Request
from storyboard.stories import bin
from storyboard.stories.models import Project, Scene


@require_GET
def project_bin(request: Request, pk: int) -> HttpResponse:
    project = find(request.user, Project.objects.kept(), Ability.EDIT, pk=pk)
    at = timezone.now()
    scenes = bin.scenes_in_bin(project)
    rows = [(scene, bin.days_left(scene.deleted_at, at)) for scene in scenes if scene.deleted_at]
    return TemplateResponse(request, "stories/bin.html", {"project": project, "rows": rows})


@require_POST
def scene_delete_for_good(request: Request, pk: int) -> HttpResponse:
    rows = Scene.objects.filter(project__deleted_at=None).exclude(deleted_at=None)
    scene = find(request.user, rows.select_related("project"), Ability.EDIT, pk=pk)
    if bin.delete_scenes(scene.project, Scene.objects.filter(pk=pk)):
        messages.success(request, "The scene was deleted for good.")
    else:
        messages.error(request, "Somebody took the scene out of the bin just now. It is kept.")
    return redirect("project_bin", scene.project_id)
