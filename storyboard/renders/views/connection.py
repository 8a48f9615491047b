"""Checking the connection: an owner asks, the poller does it, the team's page shows it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, resolve_url
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from storyboard.people.access import Ability, find
from storyboard.people.models import Team
from storyboard.people.requests import Request
from storyboard.renders.checks import Check
from storyboard.renders.templatetags.connection import connection_context

PANEL = "renders/_connection.html"


@require_GET
def team_connection(request: Request, pk: int) -> HttpResponse:
    team = find(request.user, Team.objects.all(), Ability.MANAGE, pk=pk)
    if not request.htmx:
        return to_panel(pk)
    context = connection_context(team)
    if request.GET.get("v") == context["version"]:
        return HttpResponse(status=204)
    return TemplateResponse(request, PANEL, context)


@require_POST
def team_connection_check(request: Request, pk: int) -> HttpResponse:
    team = find(request.user, Team.objects.all(), Ability.MANAGE, pk=pk)
    Check.objects.ask(team, request.user, timezone.now())
    if not request.htmx:
        return to_panel(pk)
    return TemplateResponse(request, PANEL, connection_context(team))


def to_panel(pk: int) -> HttpResponse:
    return redirect(f"{resolve_url('team_detail', pk)}#connection")
