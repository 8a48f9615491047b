"""The panels of a team's API key and of its connection, for the team's page to show."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import RequestContext
from django.utils import timezone

from storyboard.people.forms import ApiKeyForm
from storyboard.people.keys import Account, own_account
from storyboard.people.models import ApiKey, Team
from storyboard.renders.checks import Check
from storyboard.renders.connection import UNREACHED, key_words, lines_of, service_words
from storyboard.renders.heartbeat import poller_alive

register = template.Library()


@register.inclusion_tag("renders/_connection.html", takes_context=True)
def connection_panel(context: RequestContext, team: Team) -> dict[str, Any]:
    return {**connection_context(team), "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("renders/_key.html", takes_context=True)
def key_panel(context: RequestContext, team: Team) -> dict[str, Any]:
    found = key_context(team, context.get("key_form"))
    return {**found, "csrf_token": context.get("csrf_token")}


def key_context(team: Team, form: ApiKeyForm | None = None) -> dict[str, Any]:
    """Return what the panel of the team's API key shows; `form` is one that was refused."""
    team.refresh_from_db(fields=("api_key",))
    entered = team.api_keys.unused().order_by("-pk").first()
    testing = entered is not None and not entered.verdict
    alive = not testing or poller_alive(timezone.now())
    return {
        "team": team,
        "account": team.account,
        "own": own_account(),
        "entered": entered,
        "testing": testing,
        "paused": not alive,
        "said": _verdict(entered) if entered and entered.verdict else None,
        "form": form or ApiKeyForm(),
        "version": f"{entered.pk if entered else 0}{'-' if testing else ''}{'+' if alive else ''}",
    }


def _verdict(key: ApiKey) -> tuple[str, str]:
    account = Account(key.address, key)
    words = service_words if key.verdict in (*UNREACHED, "bad_answer") else key_words
    return words(key.verdict, account)


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
        "lines": lines_of(check, team.account) if check else [],
        "service": team.account.address,
        "built_in_engine": team.account.is_built_in,
        "version": f"{changed}{'-' if check and check.sent_at else ''}{'+' if alive else ''}",
    }
