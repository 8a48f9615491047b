"""The spending panel of a team's page, and amounts in words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template
from django.template.context import Context
from django.utils import timezone

from storyboard.people.access import Ability, may
from storyboard.people.forms import LimitForm
from storyboard.people.models import Team
from storyboard.renders.models import AccountBalance, Render
from storyboard.renders.money import cost, dollars, spending
from storyboard.renders.spend_requests import waiting_in

register = template.Library()
register.filter("dollars", dollars)
register.filter("cost", cost)


@register.inclusion_tag("renders/_money.html", takes_context=True)
def money_panel(context: Context, team: Team) -> dict[str, Any]:
    now = spending(Render.objects.all(), team, timezone.now())
    form = context.get("limit_form") or LimitForm(instance=team)
    share = min(Decimal(100), now.spent * 100 / now.limit) if now.limit else None
    return {
        "team": team,
        "now": now,
        "share": share,
        "field": form["monthly_limit"],
        "balance": AccountBalance.objects.filter(account=team.account.name).first(),
        "may_manage": may(team, Ability.MANAGE),
        "asked": waiting_in(team).count(),
        "built_in_engine": team.account.is_built_in,
        "csrf_token": context.get("csrf_token"),
    }
