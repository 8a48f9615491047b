"""Asking an owner for renders, and an owner's answer: all of what waits, or some of it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from storyboard.people.access import Ability, find
from storyboard.people.activity import record
from storyboard.people.links import full_address
from storyboard.people.models import Act, Team
from storyboard.people.pace import paced
from storyboard.people.requests import Request
from storyboard.renders import money, owed, queue, spend_requests
from storyboard.renders.forms import ChoiceForm, NonceForm
from storyboard.renders.models import Render
from storyboard.renders.request import RenderProblem
from storyboard.renders.states import NotPossible, State
from storyboard.renders.views import choices
from storyboard.renders.views.renders import STALE, changed, refused
from storyboard.stories.models import Project, Scene

PRICE_CHANGED = "A cost has changed since this page was made. Look again, and choose again."
ASKED = "An owner sees it now. Nothing is spent until they agree."
ANSWERED = (
    "This button was pressed before, and what it asked for waits for no owner any more."
    " Press it again to ask anew."
)
WAITS_NO_MORE = "Nothing was changed: what you chose was answered or taken back just now."
NO_LETTERS = "Nothing was changed: this installation sends no letters, or the choice was neither."


@require_POST
@paced("render")
def render_ask_story(request: Request, pk: int) -> HttpResponse:
    project = find(request.user, Project.objects.kept(), Ability.EDIT, pk=pk)
    form = NonceForm(request.POST)
    if not form.is_valid():
        return refused(request, project, [STALE])
    nonce, every, at = form.cleaned_data["nonce"], request.POST.get("every") == "1", timezone.now()
    try:
        with transaction.atomic():
            renders = queue.queue_story(
                project, request.user, nonce, at, every=every, state=State.ASKED
            )
            _record_new(request, project, renders, at)
    except queue.NotReady as exc:
        return refused(request, project, exc.problems)
    return changed(request, project, said=_said_of(renders))


@require_POST
@paced("render")
def render_ask_scene(request: Request, pk: int) -> HttpResponse:
    rows = Scene.objects.kept().select_related("project")
    scene = find(request.user, rows, Ability.EDIT, pk=pk)
    scene.project.abilities = scene.abilities
    form = NonceForm(request.POST)
    if not form.is_valid():
        return refused(request, scene.project, [STALE])
    at = timezone.now()
    try:
        nonce = form.cleaned_data["nonce"]
        with transaction.atomic():
            render = queue.queue_scene(scene, request.user, nonce, at, state=State.ASKED)
            _record_new(request, scene.project, [render], at)
    except queue.NotReady as exc:
        return refused(request, scene.project, exc.problems)
    return changed(request, scene.project, said=_said_of([render]))


def _said_of(renders: list[Render]) -> str:
    """Return what is true of a press, which may be one of before: of a page of Back's."""
    return ASKED if any(render.state == State.ASKED for render in renders) else ANSWERED


def _record_new(request: Request, project: Project, renders: list[Render], at: datetime) -> None:
    """Write down what this press asked for, and owe the owners a letter about it."""
    if any(render.queued_at >= at for render in renders):
        record(request, project.team, Act.REQUESTED, _about(project, renders))
        page = reverse("spend_request_list", args=(project.team_id,))
        owed.owe(project.team, request.user, full_address(request, page), at)


@require_POST
def render_withdraw(request: Request, pk: int) -> HttpResponse:
    rows = Render.objects.filter(project__deleted_at=None).select_related("project")
    render = find(request.user, rows, Ability.EDIT, pk=pk)
    render.project.abilities = render.abilities
    try:
        with transaction.atomic():
            spend_requests.withdraw(render, timezone.now())
            choices.record_choice(request, render, Act.WITHDRAWN)
    except NotPossible as exc:
        problem = RenderProblem(str(exc), "live")
        return refused(request, render.project, [problem], too_late=True)
    return changed(request, render.project)


@require_GET
def spend_request_list(request: Request, pk: int) -> HttpResponse:
    team = find(request.user, Team.objects.select_related("api_key"), Ability.MANAGE, pk=pk)
    return _page(request, team)


@require_POST
def spend_request_approve(request: Request, pk: int) -> HttpResponse:
    team = find(request.user, Team.objects.select_related("api_key"), Ability.MANAGE, pk=pk)
    form = _form(request, team)
    if not form.is_valid():
        return _page(request, team, form, refusal=_first(form), status=422)
    at = timezone.now()
    try:
        with transaction.atomic():
            renders = spend_requests.approve(team, form.seen(), request.user, at)
            _record(request, team, Act.APPROVED, renders)
    except spend_requests.PriceChanged:
        return _page(request, team, form, refusal=PRICE_CHANGED, status=409)
    except money.OverLimit as exc:
        return _page(request, team, form, refusal=f"{exc} Nothing was sent.", status=422)
    if not renders:
        return _page(request, team, form, refusal=WAITS_NO_MORE, status=409)
    messages.success(request, f"{_number(renders)} will be sent.")
    return redirect("spend_request_list", pk)


@require_POST
def spend_request_decline(request: Request, pk: int) -> HttpResponse:
    team = find(request.user, Team.objects.select_related("api_key"), Ability.MANAGE, pk=pk)
    form = _form(request, team)
    if not form.is_valid():
        return _page(request, team, form, refusal=_first(form), status=422)
    with transaction.atomic():
        renders = spend_requests.decline(
            team, form.seen(), request.user, timezone.now(), form.cleaned_data["why"]
        )
        _record(request, team, Act.DECLINED, renders)
    if not renders:
        return _page(request, team, form, refusal=WAITS_NO_MORE, status=409)
    messages.success(request, f"{_number(renders)} declined. Nothing was spent.")
    return redirect("spend_request_list", pk)


@require_POST
def spend_request_letters(request: Request, pk: int) -> HttpResponse:
    team = find(request.user, Team.objects.select_related("api_key"), Ability.MANAGE, pk=pk)
    choice = request.POST.get("letters")
    if choice not in ("on", "off") or not settings.SENDS_MAIL:
        return _page(request, team, refusal=NO_LETTERS, status=422)
    team.memberships.filter(user=request.user).update(letters=choice == "on")
    said = "A letter tells you" if choice == "on" else "No letter tells you any more"
    messages.success(request, f"{said} when somebody asks for renders in {team}.")
    return redirect("spend_request_list", pk)


def _form(request: Request, team: Team) -> ChoiceForm:
    waiting = spend_requests.waiting_in(team).values_list("pk", flat=True)
    return ChoiceForm(list(waiting), request.POST)


def _page(
    request: Request,
    team: Team,
    form: ChoiceForm | None = None,
    *,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    """Answer with what waits; after a refusal with what was chosen, and why it was refused."""
    asked = request.POST.getlist("renders") if form else None
    chosen = None if asked is None else {int(pk) for pk in asked if pk.isdecimal() and len(pk) < 18}
    rows = spend_requests.rows_of(team, chosen)
    context = {
        "team": team,
        "rows": rows,
        "total": sum((row.cost for row in rows if row.chosen), Decimal(0)),
        "count": sum(row.chosen for row in rows),
        "now": money.spending(Render.objects.all(), team, timezone.now()),
        "refusal": refusal,
        "why": request.POST.get("why", "")[:200],
        "mails": settings.SENDS_MAIL,
        "letters": team.memberships.filter(user=request.user, letters=True).exists(),
    }
    return TemplateResponse(request, "renders/spend_requests.html", context, status=status)


def _first(form: ChoiceForm) -> str:
    """Return the first thing that is wrong with a form."""
    return next(str(error) for errors in form.errors.values() for error in errors)


def _number(renders: list[Render]) -> str:
    return f"{len(renders)} render{'' if len(renders) == 1 else 's'}"


def _record(request: Request, team: Team, act: Act, renders: list[Render]) -> None:
    for project in {render.project for render in renders}:
        mine = [render for render in renders if render.project == project]
        record(request, team, act, _about(project, mine))


def _about(project: Project, renders: list[Render]) -> str:
    cost = sum((render.estimate or 0 for render in renders), Decimal(0))
    return f"{project}: {len(renders)}, estimated at ${cost:.2f}"
