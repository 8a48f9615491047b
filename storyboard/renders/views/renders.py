"""Asking for renders, following them, and the choices that only a person can make."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from storyboard.people.access import Ability, find
from storyboard.people.activity import record
from storyboard.people.models import Act
from storyboard.people.pace import paced
from storyboard.people.requests import Request
from storyboard.renders import attention, queue
from storyboard.renders.board import board_of, version_of
from storyboard.renders.forms import NonceForm
from storyboard.renders.models import Render
from storyboard.renders.money import OverLimit
from storyboard.renders.request import RenderProblem
from storyboard.renders.states import NotPossible
from storyboard.renders.templatetags.renders import cost_context
from storyboard.renders.terms import TermsChanged
from storyboard.renders.views import choices
from storyboard.stories.models import Project, Scene
from storyboard.stories.views.editor import editor_context, editor_page


def changed(
    request: Request, project: Project, *, answers: str = "act", said: str = ""
) -> HttpResponse:
    """Answer an act or a poll with everything on the page that a render may have changed."""
    if not request.htmx:
        if said:
            messages.success(request, said)
        return redirect("project_detail", project.pk)
    context = editor_context(request, project) | {"answers": answers, "said": said}
    return TemplateResponse(request, "renders/_live_changed.html", context)


def refused(
    request: Request, project: Project, problems: list[RenderProblem], *, too_late: bool = False
) -> HttpResponse:
    """Answer why nothing was sent, each reason with a link to where it can be mended.

    `too_late` says instead that a choice came after the render had moved on.
    """
    if not request.htmx:
        return editor_page(request, project, status=422, problems=problems, too_late=too_late)
    said = {"problems": problems, "too_late": too_late, "answers": "act"}
    context = editor_context(request, project) | said
    return TemplateResponse(request, "renders/_live_changed.html", context, status=422)


@require_POST
@paced("render")
def render_story(request: Request, pk: int) -> HttpResponse:
    project = find(request.user, Project.objects.kept(), Ability.SPEND, pk=pk)
    form = NonceForm(request.POST)
    if not form.is_valid():
        return refused(request, project, [STALE])
    try:
        nonce, at = form.cleaned_data["nonce"], timezone.now()
        every, terms = request.POST.get("every") == "1", request.POST.get("terms", "")
        with transaction.atomic():
            renders = queue.queue_story(project, request.user, nonce, at, every=every, seen=terms)
            _record_new(request, project, renders, at)
    except queue.NotReady as exc:
        return refused(request, project, exc.problems)
    return changed(request, project, said=_of_before(renders, at))


@require_POST
@paced("render")
def render_scene(request: Request, pk: int) -> HttpResponse:
    rows = Scene.objects.kept().select_related("project")
    scene = find(request.user, rows, Ability.SPEND, pk=pk)
    scene.project.abilities = scene.abilities
    form = NonceForm(request.POST)
    if not form.is_valid():
        return refused(request, scene.project, [STALE])
    nonce, terms, at = form.cleaned_data["nonce"], request.POST.get("terms", ""), timezone.now()
    try:
        with transaction.atomic():
            render = queue.queue_scene(scene, request.user, nonce, at, seen=terms)
            _record_new(request, scene.project, [render], at)
    except queue.NotReady as exc:
        return refused(request, scene.project, exc.problems)
    return changed(request, scene.project, said=_of_before([render], at))


def _record_new(request: Request, project: Project, renders: list[Render], at: datetime) -> None:
    """Write down what this press asked for; one that is pressed twice asked once."""
    new = [render for render in renders if render.queued_at >= at]
    if new:
        cost = sum((render.estimate or 0 for render in new), Decimal(0))
        about = f"{project}: {len(new)}, estimated at ${cost:.2f}"
        record(request, project.team, Act.RENDERED, about)


def _of_before(renders: list[Render], at: datetime) -> str:
    """Return what is said where the press is one of before: of a page that Back brought again."""
    if any(render.is_under_way or render.queued_at >= at for render in renders):
        return ""
    return (
        "This button was pressed before, and nothing is sent twice. Press it again to render anew."
    )


STALE = RenderProblem("This page is out of date. Reload it and press Render again.", "main")


@require_GET
def project_live(request: Request, pk: int) -> HttpResponse:
    project = find(request.user, Project.objects.kept(), Ability.VIEW, pk=pk)
    if request.GET.get("v") == version_of(project, timezone.now()):
        return HttpResponse(status=204)
    return changed(request, project, answers="poll")


@require_GET
def project_cost(request: Request, pk: int) -> HttpResponse:
    """Answer what would be sent if the story were rendered now, its cost, and when."""
    project = find(request.user, Project.objects.kept(), Ability.EDIT, pk=pk)
    if not request.htmx:
        return redirect("project_detail", pk)
    return TemplateResponse(request, "renders/_cost.html", cost_context(board_of(project)))


def _decide(
    request: Request, pk: int, act: Callable[[Render], str | Render | None]
) -> HttpResponse:
    """Do what a person chose for a render, unless it moved on meanwhile; say what `act` says."""
    rows = Render.objects.filter(project__deleted_at=None).select_related("project")
    render = find(request.user, rows, Ability.SPEND, pk=pk)
    # Held here, for an act that reads the render anew lets go of its project.
    project = render.project
    project.abilities = render.abilities
    try:
        with transaction.atomic():
            said = act(render)
    except (NotPossible, TermsChanged, OverLimit) as exc:
        problem = RenderProblem(str(exc), "live")
        return refused(request, project, [problem], too_late=True)
    return changed(request, project, said=said if isinstance(said, str) else "")


@require_POST
def render_cancel(request: Request, pk: int) -> HttpResponse:
    def cancel(render: Render) -> None:
        render.cancel(timezone.now())
        choices.record_choice(request, render, Act.CANCELLED)

    return _decide(request, pk, cancel)


@require_POST
def render_send_again(request: Request, pk: int) -> HttpResponse:
    return _decide(request, pk, lambda render: choices.send_again(request, render))


@require_POST
def render_let_go(request: Request, pk: int) -> HttpResponse:
    def let_go(render: Render) -> None:
        render.let_go(timezone.now())
        choices.record_choice(request, render, Act.LET_GO)

    return _decide(request, pk, let_go)


@require_POST
def render_stop_waiting(request: Request, pk: int) -> HttpResponse:
    def stop(render: Render) -> None:
        render.stop_waiting(timezone.now())
        choices.record_choice(request, render, Act.STOPPED)

    return _decide(request, pk, stop)


@require_POST
def render_check(request: Request, pk: int) -> HttpResponse:
    return _decide(request, pk, lambda render: attention.check_again(render, timezone.now()))
