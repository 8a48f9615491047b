"""A team's API key: an owner enters it, the poller tests it, the team's page shows its end."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, resolve_url
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from storyboard.people.access import Ability, find
from storyboard.people.activity import record
from storyboard.people.forms import ApiKeyForm
from storyboard.people.models import Act, ApiKey, Team
from storyboard.people.requests import Request
from storyboard.people.views.team_page import team_page
from storyboard.renders.templatetags.connection import key_context

PANEL = "renders/_key.html"


@require_GET
def team_key(request: Request, pk: int) -> HttpResponse:
    team = find(request.user, Team.objects.all(), Ability.MANAGE, pk=pk)
    if not request.htmx:
        return _to_panel(pk)
    context = key_context(team)
    if request.GET.get("v") == context["version"]:
        return HttpResponse(status=204)
    return TemplateResponse(request, PANEL, context)


@sensitive_post_parameters("key")
@require_POST
def team_key_enter(request: Request, pk: int) -> HttpResponse:
    team = find(request.user, Team.objects.all(), Ability.MANAGE, pk=pk)
    form = ApiKeyForm(request.POST)
    if not form.is_valid():
        if request.htmx:
            return TemplateResponse(request, PANEL, key_context(team, form), status=422)
        return team_page(request, team, key_form=form, status=422)
    with transaction.atomic():
        entered = ApiKey.objects.enter(
            team, **form.cleaned_data, by=request.user, at=timezone.now()
        )
        record(request, team, Act.KEYED, f"{entered} for {entered.address}")
    return _answer(request, team)


@require_POST
def team_key_test(request: Request, pk: int) -> HttpResponse:
    """Have the key that was entered tested once more, where the service could not say."""
    team = find(request.user, Team.objects.all(), Ability.MANAGE, pk=pk)
    for entered in team.api_keys.all():
        entered.test_again(timezone.now())
    return _answer(request, team)


@require_POST
def team_key_forget(request: Request, pk: int) -> HttpResponse:
    """Forget a key that was entered and is not used."""
    team = find(request.user, Team.objects.all(), Ability.MANAGE, pk=pk)
    with transaction.atomic():
        for entered in team.api_keys.unused():
            entered.delete()
            record(request, team, Act.UNKEYED, f"{entered} for {entered.address}")
    return _answer(request, team)


@require_POST
def team_key_remove(request: Request, pk: int) -> HttpResponse:
    """Use the team's key no more; what was sent with it still comes home."""
    team = find(request.user, Team.objects.select_related("api_key"), Ability.MANAGE, pk=pk)
    with transaction.atomic():
        if team.api_key:
            Team.objects.filter(pk=pk, api_key=team.api_key).update(api_key=None)
            record(request, team, Act.UNKEYED, f"{team.api_key} for {team.api_key.address}")
    return _answer(request, team)


def _answer(request: Request, team: Team) -> HttpResponse:
    if not request.htmx:
        return _to_panel(team.pk)
    return TemplateResponse(request, PANEL, key_context(team))


def _to_panel(pk: int) -> HttpResponse:
    return redirect(f"{resolve_url('team_detail', pk)}#api-key")
