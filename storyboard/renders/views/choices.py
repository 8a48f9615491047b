"""What a person chose for a render of unknown end, done and written down for the owners."""

from __future__ import annotations

from django.utils import timezone

from storyboard.people.activity import record
from storyboard.people.models import Act
from storyboard.people.requests import Request
from storyboard.renders.again import send_again as again_of
from storyboard.renders.models import Render


def send_again(request: Request, render: Render) -> Render:
    """Queue the request anew; a second press is the first. Raises as `again.send_again` does."""
    at = timezone.now()
    again = again_of(render, request.user, at, request.POST.get("terms", ""))
    if again.queued_at >= at:
        record_choice(request, render, Act.SENT_AGAIN)
    return again


def record_choice(request: Request, render: Render, act: Act) -> None:
    record(request, render.project.team, act, f"{render.project}, render {render.pk}")
