"""Moving a story to another team: the page that says what it changes, and the move."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, resolve_url
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from storyboard.people.access import Ability, find
from storyboard.people.activity import record
from storyboard.people.models import Act, Team
from storyboard.people.requests import Request
from storyboard.renders import moving
from storyboard.renders.bin import StillUnderWay
from storyboard.renders.forms import MoveForm
from storyboard.stories.models import Project

PAGE = "renders/move.html"
FRAGMENT = "renders/_move.html"


@require_http_methods(["GET", "HEAD", "POST"])
def project_move(request: Request, pk: int) -> HttpResponse:
    """Show what moving the story to `?team=` would change, or move it."""
    rows = Project.objects.kept().select_related("team__api_key")
    project = find(request.user, rows, Ability.MANAGE, pk=pk)
    if request.method != "POST":
        return _page(request, project, _looking(request, project))
    form = MoveForm(project, request.user, request.POST)
    if not form.is_valid():
        return _page(request, project, form, status=422)
    team = form.cleaned_data["team"]
    try:
        with transaction.atomic():
            moving.move(project, team, timezone.now())
            record(request, project.team, Act.MOVED_AWAY, f"{project}, to {team}")
            record(request, team, Act.MOVED_HERE, f"{project}, from {project.team}")
    except StillUnderWay as exc:
        return _page(request, project, form, refused=str(exc), status=409)
    except moving.MovedMeanwhile:
        words = "Somebody else moved or deleted this story just now. Nothing was changed by you."
        return _page(request, project, form, refused=words, status=409)
    messages.success(request, f"“{project}” is a story of {team} now.")
    if request.htmx:
        return HttpResponseClientRedirect(resolve_url("project_detail", pk))
    return redirect("project_detail", pk)


def _looking(request: Request, project: Project) -> MoveForm:
    """Return the form with the team that is asked about, or the only one there is."""
    named = request.GET.get("team", "")
    if named:
        return MoveForm(project, request.user, {"team": named})
    teams = list(MoveForm(project, request.user).teams[:2])
    only = {"team": str(teams[0].pk)} if len(teams) == 1 else None
    return MoveForm(project, request.user, only)


def _page(
    request: Request, project: Project, form: MoveForm, *, refused: str = "", status: int = 200
) -> HttpResponse:
    chosen: Team | None = form.cleaned_data.get("team") if form.is_valid() else None
    context = {
        "project": project,
        "form": form,
        "changes": moving.foresee(project, chosen, timezone.now()) if chosen else None,
        "refused": refused,
    }
    template = FRAGMENT if request.htmx else PAGE
    return TemplateResponse(request, template, context, status=status)
