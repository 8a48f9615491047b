"""Bringing a script in: first shown as rows, then, on Import, put into the story."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from storyboard.novita import limits
from storyboard.people.access import Ability, find
from storyboard.people.activity import record
from storyboard.people.models import Act
from storyboard.people.pace import paced
from storyboard.people.requests import Request
from storyboard.stories.forms import ImportedRowForm, ScriptForm
from storyboard.stories.models import Project
from storyboard.stories.scripts import kinds, looks, merging, passages
from storyboard.stories.scripts.passages import Row, Unreadable

ROWS_MAX = 1000


@require_GET
def project_import(request: Request, pk: int) -> HttpResponse:
    project = find(request.user, Project.objects.kept(), Ability.EDIT, pk=pk)
    return _page(request, project, form=ScriptForm())


@require_POST
@paced("preview")
def project_import_preview(request: Request, pk: int) -> HttpResponse:
    project = find(request.user, Project.objects.kept(), Ability.EDIT, pk=pk)
    form = ScriptForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, project, form=form, status=422)
    try:
        text, name = form.script()
        kind = kinds.kind_of(text, name)
        script = kinds.read(text, kind)
        rows = passages.lay_out(script, form.cleaned_data["way"])
    except Unreadable as exc:
        form.add_error(None, str(exc))
        return _page(request, project, form=form, status=422)
    shown = ScriptForm(initial={"text": text, "way": form.cleaned_data["way"]})
    return _page(
        request,
        project,
        form=shown,
        kind=kinds.NAMES[kind],
        script=script,
        look=looks.carried(script.look) if script.look else "",
        matches=merging.compare(rows[:ROWS_MAX], list(project.scenes.kept().in_order())),
        too_many=max(0, len(rows) - ROWS_MAX),
    )


@require_POST
@paced("begin")
def project_import_rows(request: Request, pk: int) -> HttpResponse:
    project = find(request.user, Project.objects.kept(), Ability.EDIT, pk=pk)
    rows: list[tuple[Row, int | None]] = []
    for number in request.POST.getlist("take")[:ROWS_MAX]:
        form = ImportedRowForm(request.POST, prefix=number)
        if not form.is_valid():
            words = f"Row {number}: {next(iter(form.errors.values()))[0]} Nothing was imported."
            return _page(request, project, form=ScriptForm(), notice=words, status=422)
        rows.append(form.row())
    gone = {int(pk) for pk in request.POST.getlist("gone") if pk.isdecimal() and len(pk) < 18}
    if not rows and not gone:
        words = "No row was ticked, so nothing was imported."
        return _page(request, project, form=ScriptForm(), notice=words, status=422)
    look = None
    if request.POST.get("with_look") == "1":
        try:
            look = looks.checked(request.POST.get("look", ""), project)
        except Unreadable as exc:
            return _page(request, project, form=ScriptForm(), notice=str(exc), status=422)
    with transaction.atomic():
        merging.bring_in(project, rows, gone, look)
        record(request, project.team, Act.IMPORTED, f"{project}, {len(rows)} rows")
    newest = project.revisions.first()
    said = f"?imported={newest.pk}" if newest else ""
    return redirect(f"{reverse('project_detail', args=(pk,))}{said}")


def _page(request: Request, project: Project, *, status: int = 200, **context: Any) -> HttpResponse:
    shown = {"project": project, "limits": limits, "can_edit": True} | context
    return TemplateResponse(request, "stories/import.html", shown, status=status)
