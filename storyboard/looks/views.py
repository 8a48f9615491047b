"""A look is changed here, and its models are searched in the catalogue."""

from __future__ import annotations

from copy import copy
from typing import Any

from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_GET, require_POST

from storyboard.looks import choosing, covers
from storyboard.looks.choosing import CannotChoose, Clash
from storyboard.looks.forms import CLASH, LookForm, StrengthForm
from storyboard.looks.models import CatalogueEntry, CatalogueRefresh, Kind
from storyboard.looks.panel import look_context, look_of
from storyboard.people.access import Ability, find
from storyboard.people.requests import Request
from storyboard.stories.models import Project
from storyboard.stories.views.editor import editor_page

SHOWN = 24
CHOOSE = {
    Kind.CHECKPOINT: "checkpoint_choose",
    Kind.LORA: "lora_add",
    Kind.EMBEDDING: "embedding_add",
}


def project_for(request: Request, pk: int) -> Project:
    return find(request.user, Project.objects.kept(), Ability.EDIT, pk=pk)


def look_answer(request: Request, project: Project, **context: Any) -> HttpResponse:
    """Answer a change with the look as it is now; else a redirect to the page it is on."""
    if not request.htmx:
        return redirect(f"{reverse('project_detail', args=(project.pk,))}#look")
    return TemplateResponse(request, "looks/_look.html", look_context(project, **context))


def look_refused(
    request: Request, project: Project, *, status: int = 422, **context: Any
) -> HttpResponse:
    """Answer that the look stays as it is, and why, with what was typed."""
    if not request.htmx:
        return editor_page(request, project, status=status, look_refused=context)
    shown = look_context(project, **context)
    return TemplateResponse(request, "looks/_look.html", shown, status=status)


@require_POST
def look_update(request: Request, pk: int) -> HttpResponse:
    project = project_for(request, pk)
    # The form writes what was typed onto its instance, valid or not: onto a copy, then.
    form = LookForm(request.POST, instance=copy(project), auto_id="look-%s")
    if not form.is_valid():
        return look_refused(request, project, form=form, seen=form.still_seen(project))
    try:
        choosing.write_settings(project, form.touched(), form.before())
    except Clash as exc:
        project.refresh_from_db(fields=choosing.SETTINGS)
        for name in exc.fields:
            form.add_error(name, _clash(project, name))
        seen = form.still_seen(project)
        return look_refused(request, project, form=form, seen=seen, status=409)
    return look_answer(request, project, opened=True, seen=form.still_seen(project))


def _clash(project: Project, name: str) -> ValidationError:
    stored = getattr(project, name)
    words = "empty" if stored in (None, "") else f"“{stored}”"
    return ValidationError(
        f"Somebody else made it {words} meanwhile. Save again to use yours.", code=CLASH
    )


@require_POST
def checkpoint_choose(request: Request, pk: int) -> HttpResponse:
    project = project_for(request, pk)
    try:
        choosing.choose_checkpoint(project, request.POST.get("api_name", ""))
    except CannotChoose as exc:
        return look_refused(request, project, notice=str(exc))
    return look_answer(request, project)


@require_POST
def lora_add(request: Request, pk: int) -> HttpResponse:
    project = project_for(request, pk)
    try:
        choosing.add_lora(project, request.POST.get("api_name", ""))
    except CannotChoose as exc:
        return look_refused(request, project, notice=str(exc))
    return look_answer(request, project)


@require_POST
def lora_update(request: Request, pk: int, lora_pk: int) -> HttpResponse:
    project = project_for(request, pk)
    lora = get_object_or_404(project.loras, pk=lora_pk)
    form = StrengthForm(request.POST)
    if not form.is_valid():
        error = str(form.errors["strength"][0])
        typed = request.POST.get("strength", "")
        return look_refused(request, project, strength=(lora_pk, typed, error))
    choosing.set_strength(lora, form.cleaned_data["strength"])
    return look_answer(request, project)


@require_POST
def lora_remove(request: Request, pk: int, lora_pk: int) -> HttpResponse:
    project = project_for(request, pk)
    choosing.take_out(get_object_or_404(project.loras, pk=lora_pk))
    return look_answer(request, project)


@require_POST
def embedding_add(request: Request, pk: int) -> HttpResponse:
    project = project_for(request, pk)
    try:
        choosing.add_embedding(project, request.POST.get("api_name", ""))
    except CannotChoose as exc:
        return look_refused(request, project, notice=str(exc))
    return look_answer(request, project)


@require_POST
def embedding_remove(request: Request, pk: int, embedding_pk: int) -> HttpResponse:
    project = project_for(request, pk)
    choosing.take_out(get_object_or_404(project.embeddings, pk=embedding_pk))
    return look_answer(request, project)


@require_GET
def model_list(request: Request, pk: int, kind: str) -> HttpResponse:
    project = project_for(request, pk)
    if kind not in Kind.values:
        raise Http404
    query = request.GET.get("q", "")[:200].replace("\0", "")
    engine = project.team.account.address
    found = CatalogueEntry.objects.offered(engine, kind).matching(query)
    entries = list(found[: SHOWN + 1])
    context = {
        "project": project,
        "kind": Kind(kind),
        "query": query,
        "entries": entries[:SHOWN],
        "more": len(entries) > SHOWN,
        "known": bool(entries) or CatalogueRefresh.known(engine),
        "chosen": {card.api_name for card in look_of(project).cards if card.kind == kind},
        "choose_url": reverse(CHOOSE[Kind(kind)], args=(pk,)),
    }
    template = "looks/_model_list.html" if request.htmx else "looks/model_list.html"
    return TemplateResponse(request, template, context)


@require_GET
def entry_cover(request: Request, pk: int) -> HttpResponseBase:
    """Everybody signed in may see it: the catalogue belongs to no team."""
    entry = get_object_or_404(CatalogueEntry.objects.exclude(cover_file=""), pk=pk)
    try:
        file = (covers.folder() / entry.cover_file).open("rb")
    except FileNotFoundError as exc:
        raise Http404 from exc
    answer = FileResponse(file, content_type="image/webp")
    patch_cache_control(answer, private=True, max_age=86400)
    return answer
