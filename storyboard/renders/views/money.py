"""A team's monthly limit: an owner sets it on the team's page."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, resolve_url
from django.views.decorators.http import require_POST

from storyboard.people.access import Ability, find
from storyboard.people.activity import record
from storyboard.people.forms import LimitForm
from storyboard.people.models import Act, Team
from storyboard.people.requests import Request
from storyboard.people.views.team_page import team_page


@require_POST
def team_limit(request: Request, pk: int) -> HttpResponse:
    team = find(request.user, Team.objects.all(), Ability.MANAGE, pk=pk)
    form = LimitForm(request.POST)
    if not form.is_valid():
        return team_page(request, team, limit_form=form, status=422)
    limit = form.cleaned_data["monthly_limit"]
    with transaction.atomic():
        Team.objects.filter(pk=pk).update(monthly_limit=limit)
        about = f"{_words(team.monthly_limit)} → {_words(limit)}"
        record(request, team, Act.LIMITED, about)
    messages.success(request, "The monthly limit is saved.")
    return redirect(f"{resolve_url('team_detail', pk)}#money")


def _words(limit: Decimal | None) -> str:
    return "none" if limit is None else f"${limit:.2f}"
