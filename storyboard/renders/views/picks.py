"""Choosing among takes: picks, names, stars, the bin, and what each was made with."""

from __future__ import annotations

import json

from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from storyboard.people.access import Ability, find
from storyboard.people.requests import Request
from storyboard.renders import picks
from storyboard.renders.forms import TakeNameForm
from storyboard.renders.lineage import origins, takes_of
from storyboard.renders.models import Span, Take
from storyboard.renders.receipt import receipt_of
from storyboard.renders.request import RenderProblem
from storyboard.renders.states import NotPossible
from storyboard.renders.views.renders import changed, refused
from storyboard.renders.views.takes import act_on, take_for
from storyboard.stories.models import Project, Scene


@require_GET
def project_takes(request: Request, pk: int) -> HttpResponse:
    project = find(request.user, Project.objects.kept(), Ability.VIEW, pk=pk)
    takes = takes_of(project)
    starred = request.GET.get("starred") == "1"
    context = {
        "project": project,
        "takes": [
            take for take in reversed(takes) if not take.binned_at and take.starred >= starred
        ],
        "binned": [take for take in reversed(takes) if take.binned_at],
        "origins": origins(takes),
        "starred": starred,
        "may_edit": Ability.EDIT in project.abilities,
    }
    return TemplateResponse(request, "renders/takes.html", context)


@require_GET
def take_receipt(request: Request, pk: int) -> HttpResponse:
    take = take_for(request, pk)
    lineage = origins(takes_of(take.project))
    context = {
        "take": take,
        "project": take.project,
        "receipt": receipt_of(take),
        "request_body": json.dumps(take.render.request, indent=2, ensure_ascii=False),
        "origin": lineage.get(take.number),
        "heirs": [number for number, one in lineage.items() if one.take.number == take.number],
        "may_edit": Ability.EDIT in take.abilities,
    }
    return TemplateResponse(request, "renders/receipt.html", context)


@require_POST
def take_name(request: Request, pk: int) -> HttpResponse:
    form = TakeNameForm(request.POST)

    def name(take: Take) -> None:
        if not form.is_valid():
            raise NotPossible(form.errors["name"][0])
        Take.objects.filter(pk=take.pk).update(name=form.cleaned_data["name"])

    return act_on(request, pk, name, "named.")


@require_POST
def take_star(request: Request, pk: int) -> HttpResponse:
    on = request.POST.get("on") == "1"

    def star(take: Take) -> None:
        Take.objects.filter(pk=take.pk).update(starred=on)

    return act_on(request, pk, star, "starred." if on else "no longer starred.")


@require_POST
def take_bin(request: Request, pk: int) -> HttpResponse:
    said = "in the bin, where it stays. Its scenes show their newest other take."
    return act_on(request, pk, lambda take: picks.bin_take(take, timezone.now()), said)


@require_POST
def take_restore(request: Request, pk: int) -> HttpResponse:
    rows = Take.objects.filter(project__deleted_at=None).select_related("project")
    take = find(request.user, rows, Ability.EDIT, pk=pk)
    picks.restore_take(take)
    return redirect("project_takes", take.project_id)


@require_POST
def take_settings(request: Request, pk: int) -> HttpResponse:
    def use(take: Take) -> None:
        take.project.person = request.user
        picks.use_settings(take)

    return act_on(request, pk, use, "the story has its look now, and its seed. Undo takes it back.")


@require_POST
def span_pick(request: Request, pk: int) -> HttpResponse:
    rows = Span.objects.filter(take__project__deleted_at=None).select_related("take__project")
    span = find(request.user, rows, Ability.EDIT, pk=pk)
    project = span.take.project
    project.abilities = span.abilities
    scenes = list(project.scenes.kept().in_order())
    number = request.POST.get("number", "")
    place = int(number) if number.isdecimal() and len(number) < 6 else 0
    try:
        if not 0 < place <= len(scenes):
            raise NotPossible(f"Write the number of a scene, 1 to {len(scenes)}.")
        picks.pick(span, scenes[place - 1])
    except NotPossible as exc:
        return refused(request, project, [RenderProblem(str(exc), "stage")])
    said = f"Scene {place} shows take {span.take.number}."
    return changed(request, project, said=said)


@require_POST
def scene_pin(request: Request, pk: int) -> HttpResponse:
    scene = find(request.user, Scene.objects.kept(), Ability.EDIT, pk=pk)
    scene.project.abilities = scene.abilities
    on = request.POST.get("on") == "1"
    try:
        picks.pin(scene, on=on)
    except NotPossible as exc:
        return refused(request, scene.project, [RenderProblem(str(exc), f"scene-{scene.pk}")])
    said = (
        "Held: a new take does not replace it." if on else "Held no more: a new take replaces it."
    )
    return changed(request, scene.project, said=said)
