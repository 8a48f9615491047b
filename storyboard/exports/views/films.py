"""The films of a story: asked for, watched in the making, downloaded, cleared away."""

from __future__ import annotations

from django.db import transaction
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST, require_safe

from storyboard.exports import captions
from storyboard.exports.asking import NothingToShow, ask, foreseen
from storyboard.exports.cut import cues_of, cut_of, cut_of_plan, title_seconds
from storyboard.exports.forms import FilmForm
from storyboard.exports.models import Film, FilmQuerySet, Kind, State
from storyboard.people.access import Ability, find
from storyboard.people.activity import record
from storyboard.people.models import Act
from storyboard.people.pace import paced
from storyboard.people.requests import Request
from storyboard.renders.media import file_response
from storyboard.renders.storage import take_store
from storyboard.renders.store import StoreUnavailable
from storyboard.stories.models import Project

CONTENT_TYPES = {"mp4": "video/mp4", "gif": "image/gif"}
# More are found by nobody; the oldest go by themselves.
SHOWN_MAX = 50


@require_GET
def film_list(request: Request, pk: int) -> HttpResponse:
    project = find(request.user, Project.objects.kept(), Ability.VIEW, pk=pk)
    if request.htmx:
        return TemplateResponse(request, "exports/_films.html", _listed(project))
    return _page(request, project, FilmForm())


@require_POST
@paced("film")
def film_create(request: Request, pk: int) -> HttpResponse:
    project = find(request.user, Project.objects.kept(), Ability.EDIT, pk=pk)
    form = FilmForm(request.POST)
    if form.is_valid():
        chosen = form.cleaned_data
        try:
            with transaction.atomic():
                ask(project, request.user, timezone.now(), **chosen)
                record(request, project.team, Act.EXPORTED, f"{project}, {chosen['kind']}")
        except NothingToShow as exc:
            form.add_error("kind", str(exc))
        else:
            return redirect("film_list", pk)
    return _page(request, project, form, status=422)


@require_POST
@paced("film")
def film_again(request: Request, pk: int) -> HttpResponse:
    """Make one anew that could not be made; the same cut, though the story went on."""
    film = find(request.user, _films(), Ability.EDIT, pk=pk)
    film.ask_again(request.user, timezone.now(), anew=False)
    return redirect("film_list", film.project_id)


@require_POST
def film_cancel(request: Request, pk: int) -> HttpResponse:
    film = find(request.user, _films(), Ability.EDIT, pk=pk)
    film.cancel(timezone.now())
    return redirect("film_list", film.project_id)


@require_POST
def film_delete(request: Request, pk: int) -> HttpResponse:
    film = find(request.user, _films(), Ability.EDIT, pk=pk)
    film.clear()
    return redirect("film_list", film.project_id)


@require_safe
def film_download(request: Request, pk: int) -> HttpResponseBase:
    film = find(request.user, _films().filter(state=State.READY), Ability.VIEW, pk=pk)
    try:
        there = take_store().exists(film.file)
    except StoreUnavailable:
        # The answer below says so.
        there = True
    if not there:
        film.miss()
        return redirect("film_list", film.project_id)
    saved_as = f"{film.name}.{film.kind}"
    return file_response(request, film.file, CONTENT_TYPES[film.kind], download=saved_as)


@require_safe
def film_captions(request: Request, pk: int, kind: str) -> HttpResponse:
    """Answer the captions of a finished MP4 as a file beside it, timed to its frames."""
    rows = _films().filter(state=State.READY, kind=Kind.MP4)
    film = find(request.user, rows, Ability.VIEW, pk=pk)
    cues = cues_of(cut_of_plan(film.plan).parts, title_seconds(film))
    if not cues:
        raise Http404("This film has no captions.")
    written, content_type = {
        "vtt": (captions.vtt, "text/vtt; charset=utf-8"),
        "srt": (captions.srt, "application/x-subrip; charset=utf-8"),
    }[kind]
    saved_as = content_disposition_header(True, f"{film.name}.{kind}")
    return HttpResponse(
        written(cues),
        content_type=content_type,
        headers={"Content-Disposition": saved_as or "attachment"},
    )


def _films() -> FilmQuerySet:
    return Film.objects.filter(project__deleted_at=None).exclude(state=State.PRUNED)


def _listed(project: Project) -> dict[str, object]:
    films = list(project.films.shown().select_related("asked_by").defer("plan")[:SHOWN_MAX])
    return {
        "project": project,
        "films": films,
        "under_way": any(film.is_under_way for film in films),
        "may_edit": Ability.EDIT in project.abilities,
    }


def _page(request: Request, project: Project, form: FilmForm, *, status: int = 200) -> HttpResponse:
    cut = cut_of(project)
    context = {"form": form, "cut": cut, "foreseen": foreseen(project)} | _listed(project)
    return TemplateResponse(request, "exports/films.html", context, status=status)
