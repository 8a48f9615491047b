"""What a restore holds back, and letting it go; for the account that runs the installation."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from storyboard.people.access import require_keeper
from storyboard.people.activity import record_keeping
from storyboard.people.models import Act, KeeperAct
from storyboard.people.requests import Request
from storyboard.renders import holding
from storyboard.renders.models import Render
from storyboard.renders.safe_mode import SafeMode
from storyboard.renders.states import NotPossible
from storyboard.renders.views.choices import record_choice


@require_GET
def safe_mode_show(request: Request) -> HttpResponse:
    require_keeper(request.user)
    mode = SafeMode.objects.current()
    held = holding.held().select_related("project__team", "asked_by") if mode else []
    return TemplateResponse(
        request,
        "keeping/safe_mode.html",
        {"mode": mode, "held": held, "unsure": Render.objects.unsure().count()},
    )


@require_POST
def safe_mode_release(request: Request) -> HttpResponse:
    require_keeper(request.user)
    with transaction.atomic():
        count = holding.release(timezone.now(), request.user)
        if count is not None:
            record_keeping(request, KeeperAct.RELEASED, f"renders sent: {count}")
    if count is None:
        messages.info(request, "Safe mode was over already.")
    else:
        messages.success(request, f"Safe mode is over. Renders that are sent now: {count}.")
    return redirect("safe_mode_show")


def _decide(
    request: Request, pk: int, act: Callable[[Render], object], told: KeeperAct, done: str
) -> HttpResponse:
    require_keeper(request.user)
    render = get_object_or_404(Render, pk=pk)
    try:
        with transaction.atomic():
            act(render)
            record_keeping(request, told, f"render {pk}")
    except NotPossible as error:
        messages.warning(request, f"{error} Nothing was changed.")
    else:
        messages.success(request, done)
    return redirect("safe_mode_show")


@require_POST
def held_send(request: Request, pk: int) -> HttpResponse:
    def send(render: Render) -> None:
        holding.let_through(render, request.user, timezone.now())

    return _decide(request, pk, send, KeeperAct.HELD_SENT, f"Render {pk} is sent now.")


@require_POST
def held_let_go(request: Request, pk: int) -> HttpResponse:
    """Cancel one in the queue; nothing was spent on it by this installation."""

    def let_go(render: Render) -> None:
        holding.let_go(render, timezone.now())
        record_choice(request, render, Act.CANCELLED)

    done = f"Render {pk} was let go and is not sent."
    return _decide(request, pk, let_go, KeeperAct.HELD_LET_GO, done)
