"""Going back: undo and redo, and the history of a story."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from storyboard.people.access import Ability, find
from storyboard.people.models import User
from storyboard.people.requests import Request
from storyboard.stories import history
from storyboard.stories.budget import OverBudget
from storyboard.stories.forms import RevisionNameForm
from storyboard.stories.models import Project, Revision
from storyboard.stories.reading import Reading, compare, prompts_of
from storyboard.stories.stored import as_stored
from storyboard.stories.telling import tell
from storyboard.stories.views.editor import editor_page

PAGE_SIZE = 50


@require_POST
def project_undo(request: Request, pk: int) -> HttpResponse:
    project = find(request.user, Project.objects.kept(), Ability.EDIT, pk=pk)
    return _go(request, project, history.undo, "undone")


@require_POST
def project_redo(request: Request, pk: int) -> HttpResponse:
    project = find(request.user, Project.objects.kept(), Ability.EDIT, pk=pk)
    return _go(request, project, history.redo, "redone")


def _go(
    request: Request,
    project: Project,
    act: Callable[[Project, User, datetime], history.Outcome],
    said: str,
) -> HttpResponse:
    """Do it, and show the page as it is then: any part of it may have changed."""
    try:
        outcome = act(project, request.user, timezone.now())
    except history.Nothing as exc:
        return editor_page(request, project, notice=str(exc), status=422)
    except OverBudget as exc:
        notice = f"It cannot be {said} yet: {exc}"
        return editor_page(request, project, notice=notice, status=422)
    partly = "&partly=1" if outcome.skipped else ""
    address = reverse("project_detail", args=(project.pk,))
    return redirect(f"{address}?{said}={outcome.revision.pk}{partly}")


@require_GET
def project_history(request: Request, pk: int) -> HttpResponse:
    project = find(request.user, Project.objects.kept(), Ability.VIEW, pk=pk)
    rows = project.revisions.select_related("person")
    named = request.GET.get("named") == "1"
    page = Paginator(rows.exclude(name="") if named else rows, PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    prompts = prompts_of(project)
    context = {
        "project": project,
        "page": page,
        "entries": [(revision, tell(revision.changes, prompts)) for revision in page],
        "named": named,
        "beginning": None if named or page.has_next() else history.beginning(project),
        "can_edit": Ability.EDIT in project.abilities,
    }
    return TemplateResponse(request, "stories/history.html", context)


@require_GET
def revision_detail(request: Request, pk: int, revision_pk: int) -> HttpResponse:
    project = find(request.user, Project.objects.kept(), Ability.VIEW, pk=pk)
    revision = _version(project, revision_pk)
    return TemplateResponse(request, "stories/revision.html", _reading(request, project, revision))


def _version(project: Project, pk: int) -> Revision:
    """Return a revision, or with 0 what stands for the story as it began; raise Http404."""
    if pk:
        return get_object_or_404(project.revisions, pk=pk)
    began = history.beginning(project)
    if began is None:
        raise Http404
    return began


def _reading(
    request: Request, project: Project, revision: Revision, **context: Any
) -> dict[str, Any]:
    """Return a version of the story, compared with the one that the address names or with now."""
    against = request.GET.get("with", "")
    known = against.isdecimal() and len(against) < 18
    other = project.revisions.filter(pk=against).first() if known else None
    then = Reading(history.state_at(project, revision))
    now = Reading(history.state_at(project, other) if other else as_stored(project))
    return {
        "project": project,
        "revision": revision,
        "other": other,
        "told": tell(revision.changes, prompts_of(project)),
        "reading": then,
        "rows": compare(then, now),
        "settings": then.settings_unlike(now),
        "versions": project.revisions.exclude(name="").exclude(pk=revision.pk)[:20],
        "can_edit": Ability.EDIT in project.abilities,
    } | context


@require_POST
def revision_restore(request: Request, pk: int, revision_pk: int) -> HttpResponse:
    project = find(request.user, Project.objects.kept(), Ability.EDIT, pk=pk)
    revision = _version(project, revision_pk)
    scene = request.POST.get("scene", "")
    try:
        made = history.restore(
            project, revision, int(scene) if scene.isdecimal() and len(scene) < 18 else None
        )
    except OverBudget as exc:
        context = _reading(request, project, revision, notice=f"It does not fit: {exc}")
        return TemplateResponse(request, "stories/revision.html", context, status=422)
    said = f"?restored={made.pk}" if made else ""
    return redirect(f"{reverse('project_detail', args=(pk,))}{said}")


@require_POST
def revision_name(request: Request, pk: int, revision_pk: int) -> HttpResponse:
    project = find(request.user, Project.objects.kept(), Ability.EDIT, pk=pk)
    revision = get_object_or_404(project.revisions, pk=revision_pk)
    form = RevisionNameForm(request.POST, instance=revision)
    if not form.is_valid():
        revision.refresh_from_db(fields=("name",))
        context = _reading(request, project, revision, name_form=form)
        return TemplateResponse(request, "stories/revision.html", context, status=422)
    form.save()
    return redirect("revision_detail", pk, revision_pk)
