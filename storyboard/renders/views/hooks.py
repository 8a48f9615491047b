"""The door for the service's webhooks: store what task was named, answer, believe nothing."""

from __future__ import annotations

import json

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from storyboard.renders.checks import Check
from storyboard.renders.heard import TASKS_MAX, Hook
from storyboard.renders.hurry import hurried
from storyboard.renders.models import Render

BODY_MAX = 256 * 1024
TASK_ID_MAX = 200
EVENT = "ASYNC_TASK_RESULT"
# The service waits five seconds and then comes again, so a busy database is told at once.
PATIENCE = 0.6


@require_POST
@csrf_exempt
@login_not_required
def hook(request: HttpRequest, token: str) -> HttpResponse:
    """Take an event; the token in the address is all that says whose it is.

    403 without TLS where it is to be had, 404 for an unknown token, 413 and 400 for what is no
    event, 429 once a render was told too many tasks, 503 when the database is busy: the service
    then comes again. Else 204.
    """
    if settings.HTTPS and not request.is_secure():
        return HttpResponse(status=403)
    if _length(request) > BODY_MAX:
        return HttpResponse(status=413)
    try:
        render = Render.objects.filter(token=token).values_list("pk", flat=True).first()
        if render is None and not Check.objects.filter(token=token).exists():
            raise Http404
        try:
            task_id = _task_id(request.read(BODY_MAX))
        except ValueError:
            return HttpResponse(status=400)
        if task_id and render is None:
            _heard(token)
        return _note(render, task_id) if task_id and render else HttpResponse(status=204)
    except IntegrityError:
        # It was deleted this very moment.
        raise Http404 from None
    except OperationalError:
        return HttpResponse(status=503, headers={"Retry-After": "2"})


def _note(render: int, task_id: str) -> HttpResponse:
    told = set(Hook.objects.filter(render=render).values_list("task_id", flat=True))
    if task_id not in told:
        if len(told) >= TASKS_MAX:
            return HttpResponse(status=429)
        with hurried(PATIENCE):
            Hook.objects.note(render, task_id, timezone.now())
    return HttpResponse(status=204)


def _heard(token: str) -> None:
    """Note that the test event of a check of the connection arrived."""
    waiting = Check.objects.open().filter(token=token, heard_at=None)
    if waiting.exists():
        with hurried(PATIENCE):
            waiting.update(heard_at=timezone.now())


def _length(request: HttpRequest) -> int:
    length = request.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() and len(length) < 20 else 0


def _task_id(body: bytes) -> str:
    """Return the task that the event names; nothing for an event of another kind.

    Raises ValueError for what is no event.
    """
    try:
        event = json.loads(body)
    except RecursionError:
        raise ValueError("nested without end") from None
    if not isinstance(event, dict):
        raise ValueError("not an object")
    if event.get("event_type") != EVENT:
        return ""
    payload = event.get("payload")
    task = payload.get("task") if isinstance(payload, dict) else None
    task_id = task.get("task_id") if isinstance(task, dict) else None
    if not isinstance(task_id, str) or not 1 <= len(task_id) <= TASK_ID_MAX:
        raise ValueError("no task")
    if not task_id.isprintable() or not task_id.strip():
        raise ValueError("no task id")
    return task_id
