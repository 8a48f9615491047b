"""Two takes in step beside each other, and which of them the story shows."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from storyboard.people.access import Ability, find
from storyboard.people.requests import Request
from storyboard.renders import comparing, offers, picks
from storyboard.renders.states import NotPossible
from storyboard.renders.views.takes import take_for
from storyboard.stories.models import Project


def _compared(project: Project, asked: Any) -> dict[str, Any]:
    """Return what the page shows: `asked` names takes by number, and a scene by its id."""
    rows = project.takes.filter(binned_at=None, lost_at=None)
    takes = list(rows.select_related("render__asked_by").prefetch_related("spans"))
    for take in takes:
        for span in take.spans.all():
            span.take = take
    scenes = list(project.scenes.kept().in_order())
    context: dict[str, Any] = {
        "project": project,
        "takes": takes,
        "may_edit": Ability.EDIT in project.abilities,
    }
    pair = comparing.chosen(takes, asked.getlist("take"))
    if not pair:
        return context
    common = comparing.common_scenes(scenes, pair)
    scene = next((row for row in common if str(row.pk) == asked.get("scene")), None)
    sides = [comparing.side(take, scene, scenes) for take in pair]
    return context | {
        "sides": sides,
        "scene": scene,
        "common": common,
        "differences": comparing.differences(sides[0], sides[1], scenes),
    }


@require_GET
def project_compare(request: Request, pk: int) -> HttpResponse:
    project = find(request.user, Project.objects.kept(), Ability.VIEW, pk=pk)
    return TemplateResponse(request, "renders/compare.html", _compared(project, request.GET))


@require_POST
def compare_pick(request: Request, pk: int) -> HttpResponse:
    """Let one of the two stand for the scene, or for all of its scenes."""
    project = find(request.user, Project.objects.kept(), Ability.EDIT, pk=pk)
    context = _compared(project, request.POST)
    status = 200
    try:
        _pick(context, request.POST.get("keep", ""))
        context = _compared(project, request.POST)
    except NotPossible as exc:
        context["problem"] = str(exc)
        status = 422
    if request.htmx:
        return TemplateResponse(request, "renders/_compare_picks.html", context, status=status)
    if status != 200:
        return TemplateResponse(request, "renders/compare.html", context, status=status)
    asked = [("take", number) for number in request.POST.getlist("take")]
    asked += [("scene", request.POST.get("scene", ""))]
    return redirect(f"{reverse('project_compare', args=(pk,))}?{urlencode(asked)}#picks")


def _pick(context: dict[str, Any], number: str) -> None:
    side = next((one for one in context.get("sides", ()) if str(one.take.number) == number), None)
    if side is None:
        raise NotPossible("That take is not here any more. Choose two takes anew.")
    if side.span:
        picks.pick(side.span, context["scene"])
    else:
        offers.use(side.take, timezone.now())


@require_GET
def take_seam(request: Request, pk: int) -> HttpResponse:
    """Show how a closed loop's last frame meets its first."""
    take = take_for(request, pk)
    if not take.closed_loop:
        raise Http404("This take was not asked for as a closed loop.")
    return TemplateResponse(request, "renders/seam.html", {"take": take, "project": take.project})
