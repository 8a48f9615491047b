"""A team's money: its monthly limit, and where the month went."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, resolve_url
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from storyboard.people.access import Ability, find
from storyboard.people.activity import record
from storyboard.people.forms import LimitForm
from storyboard.people.models import Act, Team
from storyboard.people.pace import paced
from storyboard.people.requests import Request
from storyboard.people.views.team_page import team_page
from storyboard.renders import over_limit
from storyboard.renders.ledger import ledger, lines, month_named
from storyboard.renders.money import month_of
from storyboard.stories.spreadsheets import written


@require_GET
def team_spending(request: Request, pk: int) -> HttpResponse:
    """Show a month by person and by story; `?month=2026-11` names another than this one."""
    team = find(request.user, Team.objects.all(), Ability.MANAGE, pk=pk)
    at = timezone.now()
    month = month_named(request.GET.get("month", ""), team, at)
    before, after = month_of(month - timedelta(days=1)), month_of(month + timedelta(days=32))
    context = {
        "team": team,
        "ledger": ledger(team, month, at),
        "before": before if before >= month_of(team.created_at) else None,
        "after": after if after <= at else None,
    }
    return TemplateResponse(request, "renders/spending.html", context)


@require_GET
@paced("export")
def team_spending_csv(request: Request, pk: int) -> HttpResponse:
    team = find(request.user, Team.objects.all(), Ability.MANAGE, pk=pk)
    at = timezone.now()
    month = month_named(request.GET.get("month", ""), team, at)
    saved_as = f"storyboard-spending-{month:%Y-%m}.csv"
    return HttpResponse(
        written(lines(team, month, at)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{saved_as}"'},
    )


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
        over_limit.ask_again(team, timezone.now())
    messages.success(request, "The monthly limit is saved.")
    return redirect(f"{resolve_url('team_detail', pk)}#money")


def _words(limit: Decimal | None) -> str:
    return "none" if limit is None else f"${limit:.2f}"
