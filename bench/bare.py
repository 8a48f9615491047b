"""The least that could answer: the addresses of Storyboard, and two bare views beside them."""

from __future__ import annotations

from pathlib import Path

from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import include, path
from whitenoise.middleware import WhiteNoiseFileResponse
from whitenoise.responders import StaticFile

from storyboard.people.access import Ability, find
from storyboard.people.requests import Request
from storyboard.renders.models import Take
from storyboard.stories.models import Project, Scene

# What `file` answers with.
FILE = Path()


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


def take(request: Request, pk: int) -> FileResponse:
    """Send FILE as `file` does, once the take was asked for in the name of whoever asks."""
    find(request.user, Take.objects.only("file"), Ability.VIEW, pk=pk)
    return file(request)


def file(request: HttpRequest) -> FileResponse:
    """Send FILE as WhiteNoise sends a static file that it has not looked at yet."""
    answer = StaticFile(str(FILE), [("Content-Type", "video/mp4")]).get_response(
        request.method, request.META
    )
    response = WhiteNoiseFileResponse(answer.file, status=answer.status)
    for name, value in answer.headers:
        response[name] = value
    return response


urlpatterns = [
    path("bare/file/", file),
    path("bare/take/<int:pk>/", take),
    path("bare/write/<int:pk>/", write),
    path("bare/nothing/", nothing),
    path("", include("storyboard.urls")),
]
