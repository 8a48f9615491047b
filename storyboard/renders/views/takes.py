"""Watching takes: the stage's choice, and the files behind it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import get_valid_filename
from django.views.decorators.http import require_GET, require_POST, require_safe

from storyboard.people.access import Ability, find
from storyboard.people.requests import Request
from storyboard.renders import fetching, offers
from storyboard.renders.board import board_of
from storyboard.renders.media import file_response
from storyboard.renders.models import Span, Take
from storyboard.renders.request import RenderProblem
from storyboard.renders.states import NotPossible
from storyboard.renders.templatetags.renders import stage_context
from storyboard.renders.views.renders import changed, refused
from storyboard.stories.models import Project

CONTENT_TYPES = {"mp4": "video/mp4", "gif": "image/gif"}


def take_for(request: Request, pk: int) -> Take:
    rows = Take.objects.filter(project__deleted_at=None).select_related("project")
    take = find(request.user, rows, Ability.VIEW, pk=pk)
    take.project.abilities = take.abilities
    return take


def file_of(request: Request, pk: int, column: str) -> Take:
    """Return a take of which only that column was read: pages ask for many files at once."""
    rows = Take.objects.filter(project__deleted_at=None).only(column)
    return find(request.user, rows, Ability.VIEW, pk=pk)


@require_GET
def take_detail(request: Request, pk: int) -> HttpResponse:
    take = take_for(request, pk)
    if not request.htmx:
        return redirect(f"{reverse('project_detail', args=(take.project_id,))}?take={take.number}")
    context = stage_context(board_of(take.project), take)
    return TemplateResponse(request, "renders/_stage.html", context)


@require_GET
def project_film(request: Request, pk: int) -> HttpResponse:
    project = find(request.user, Project.objects.kept(), Ability.VIEW, pk=pk)
    if not request.htmx:
        return redirect("project_detail", pk)
    context = stage_context(board_of(project), None)
    return TemplateResponse(request, "renders/_stage.html", context)


def act_on(request: Request, pk: int, act: Callable[[Take], None], said: str) -> HttpResponse:
    """Do what a writer chose for a take, and answer with the page as it is then."""
    rows = Take.objects.filter(project__deleted_at=None, binned_at=None)
    rows = rows.select_related("project", "render")
    take = find(request.user, rows, Ability.EDIT, pk=pk)
    take.project.abilities = take.abilities
    try:
        act(take)
    except NotPossible as exc:
        return refused(request, take.project, [RenderProblem(str(exc), "stage")], too_late=True)
    return changed(request, take.project, said=f"Take {take.number}: {said}")


@require_POST
def take_use(request: Request, pk: int) -> HttpResponse:
    said = "it stands for its scenes now. The other takes are kept."
    return act_on(request, pk, lambda take: offers.use(take, timezone.now()), said)


@require_POST
def take_leave(request: Request, pk: int) -> HttpResponse:
    said = "left aside. It stays among the takes."
    return act_on(request, pk, lambda take: offers.leave(take, timezone.now()), said)


@require_POST
def take_fetch(request: Request, pk: int) -> HttpResponse:
    said = "its file is being fetched again, which costs nothing. This page shows what comes of it."
    return act_on(request, pk, lambda take: fetching.ask(take, timezone.now()), said)


@require_safe
def take_download(request: Request, pk: int) -> HttpResponseBase:
    """Answer the film as it came from the service, under a name that tells what it is."""
    take = take_for(request, pk)
    name = take.original or take.file
    kind = name.rpartition(".")[2]
    title = get_valid_filename(take.project.title) or "story"
    saved_as = f"{title}-take-{take.number}.{kind}"
    return file_response(request, name, CONTENT_TYPES[kind], download=saved_as)


@require_safe
def take_video(request: Request, pk: int) -> HttpResponseBase:
    take = file_of(request, pk, "file")
    try:
        return file_response(request, take.file, CONTENT_TYPES[take.file.rpartition(".")[2]])
    except Http404:
        # So that the page says so from now on, instead of showing a player that cannot play.
        Take.objects.filter(pk=take.pk, lost_at=None).update(lost_at=timezone.now())
        raise


@require_safe
def take_poster(request: Request, pk: int) -> HttpResponseBase:
    take = file_of(request, pk, "poster")
    if not take.poster:
        raise Http404("This take has no poster.")
    return file_response(request, take.poster, "image/webp")


@require_safe
def take_preview(request: Request, pk: int) -> HttpResponseBase:
    take = file_of(request, pk, "preview")
    if not take.preview:
        raise Http404("This take has no preview.")
    return file_response(request, take.preview, "video/mp4")


@require_safe
def take_sprite(request: Request, pk: int) -> HttpResponseBase:
    take = file_of(request, pk, "sprite")
    if not take.sprite:
        raise Http404("This take has no sprite.")
    return file_response(request, take.sprite, "image/webp")


@require_safe
def span_poster(request: Request, pk: int) -> HttpResponseBase:
    rows = Span.objects.filter(take__project__deleted_at=None)
    span = find(request.user, rows, Ability.VIEW, pk=pk)
    if not span.poster:
        raise Http404("This scene has no poster.")
    return file_response(request, span.poster, "image/webp")
