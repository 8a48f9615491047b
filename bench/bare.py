"""The least that could answer: the addresses of Storyboard, and two bare views beside them."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from storyboard.stories.models import Project, Scene


def write(request: HttpRequest, pk: int) -> HttpResponse:
    """Do the writes of a scene save: the scene's frames, and the project's version."""
    with transaction.atomic():
        scene = Scene.objects.select_related("project").get(pk=pk)
        Scene.objects.filter(pk=pk).update(frames=int(request.POST["frames"]))
        scene.project.version += 1
        Project.objects.filter(pk=scene.project_id).update(version=scene.project.version)
    return HttpResponse()


def nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=204)


urlpatterns = [
    path("bare/write/<int:pk>/", write),
    path("bare/nothing/", nothing),
    path("", include("storyboard.urls")),
]
