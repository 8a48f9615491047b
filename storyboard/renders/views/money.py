"""A team's monthly limit: an owner sets it on the team's page."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, resolve_url
from django.views.decorators.http import require_POST

from storyboard.people.access import Ability, find
from storyboard.people.forms import LimitForm
from storyboard.people.models import Team
from storyboard.people.requests import Request
from storyboard.people.views.team_page import team_page


@require_POST
def team_limit(request: Request, pk: int) -> HttpResponse:
    team = find(request.user, Team.objects.all(), Ability.MANAGE, pk=pk)
    form = LimitForm(request.POST)
    if not form.is_valid():
        return team_page(request, team, limit_form=form, status=422)
    Team.objects.filter(pk=pk).update(monthly_limit=form.cleaned_data["monthly_limit"])
    messages.success(request, "The monthly limit is saved.")
    return redirect(f"{resolve_url('team_detail', pk)}#money")
