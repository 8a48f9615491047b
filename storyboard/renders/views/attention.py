"""The attention page: every render that waits for a person, and what they may choose."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from storyboard.people.access import Ability, find, managed_teams_of
from storyboard.people.models import Act
from storyboard.people.requests import Request
from storyboard.renders import attention
from storyboard.renders.models import Render
from storyboard.renders.money import OverLimit
from storyboard.renders.spend_requests import waiting_for
from storyboard.renders.states import NotPossible
from storyboard.renders.terms import TermsChanged
from storyboard.renders.views import choices


@require_GET
def attention_list(request: Request) -> HttpResponse:
    at = timezone.now()
    rows = attention.rows(request.user, at)
    context = {
        "rows": rows,
        "full": len(rows) == attention.SHOWN,
        "requests": waiting_for(managed_teams_of(request.user)),
    }
    return TemplateResponse(request, "renders/attention.html", context)


def _choose(request: Request, pk: int, act: Callable[[Render], str]) -> HttpResponse:
    """Do what a person chose, and answer with the row and what came of it."""
    rows = Render.objects.filter(project__deleted_at=None)
    rows = rows.select_related("project__team__api_key", "asked_by")
    render = find(request.user, rows, Ability.SPEND, pk=pk)
    try:
        with transaction.atomic():
            said, done = act(render), True
    except (NotPossible, TermsChanged, OverLimit) as exc:
        said, done = f"Nothing was changed. {exc}", False
        render.refresh_from_db(fields=("state", "aside_at"))
    if not request.htmx:
        (messages.success if done else messages.error)(request, f"{render.project}: {said}")
        return redirect("attention")
    context = {
        "row": attention.Row(render, timezone.now()),
        "said": said,
        "done": done,
        "oob": True,
    }
    status = 200 if done else 422
    return TemplateResponse(request, "renders/_attention_changed.html", context, status=status)


@require_POST
def attention_check(request: Request, pk: int) -> HttpResponse:
    return _choose(request, pk, lambda render: attention.check_again(render, timezone.now()))


@require_POST
def attention_send_again(request: Request, pk: int) -> HttpResponse:
    def send(render: Render) -> str:
        choices.send_again(request, render)
        render.refresh_from_db(fields=("state", "aside_at"))
        return "It waits to be sent again. Follow it in its story."

    return _choose(request, pk, send)


@require_POST
def attention_let_go(request: Request, pk: int) -> HttpResponse:
    def let_go(render: Render) -> str:
        said = attention.let_go(render, timezone.now())
        choices.record_choice(request, render, Act.LET_GO)
        return said

    return _choose(request, pk, let_go)


@require_POST
def attention_stop_waiting(request: Request, pk: int) -> HttpResponse:
    def stop(render: Render) -> str:
        said = attention.stop_waiting(render, timezone.now())
        choices.record_choice(request, render, Act.STOPPED)
        return said

    return _choose(request, pk, stop)
