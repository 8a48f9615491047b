"""The connection panel, for a team's page to show."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings
from django.template.context import RequestContext
from django.utils import timezone

from storyboard.people.models import Team
from storyboard.renders.checks import Check
from storyboard.renders.connection import lines_of
from storyboard.renders.heartbeat import poller_alive

register = template.Library()


@register.inclusion_tag("renders/_connection.html", takes_context=True)
def connection_panel(context: RequestContext, team: Team) -> dict[str, Any]:
    return {**connection_context(team), "csrf_token": context.get("csrf_token")}


def connection_context(team: Team) -> dict[str, Any]:
    """Return what the panel shows; `version` changes with every line of it."""
    check = Check.objects.filter(team=team).first()
    under_way = check is not None and check.ended_at is None
    alive = not under_way or poller_alive(timezone.now())
    changed = f"{check.changed_at:%H%M%S%f}" if check else ""
    return {
        "team": team,
        "check": check,
        "under_way": under_way,
        "paused": not alive,
        "lines": lines_of(check) if check else [],
        "service": settings.NOVITA_BASE_URL,
        "built_in_engine": settings.BUILT_IN_ENGINE,
        "version": f"{changed}{'-' if check and check.sent_at else ''}{'+' if alive else ''}",
    }
