"""What a team's page shows; every answer about a team is this page or a fragment of it."""

from __future__ import annotations

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from storyboard.people.access import Ability, may
from storyboard.people.forms import HandOverForm, InvitationForm, TeamForm
from storyboard.people.models import Guest, Team
from storyboard.people.requests import Request
from storyboard.people.roles import Role

PAGE = "people/team.html"
MEMBERS = "people/_members.html"
INVITATIONS = "people/_invitations.html"


def team_page(
    request: Request, team: Team, *, fragment: str = PAGE, status: int = 200, **said: object
) -> HttpResponse:
    """Answer with the team's page, or with only `fragment` of it when htmx asked.

    `team` comes from `access.find`. `said` is what this answer adds: `team_form`,
    `invitation_form` or `hand_over_form` as refused; `refused`, a sentence about the membership
    `about`; `link`, the full address of an invitation just made.
    """
    memberships = list(team.memberships.select_related("user").order_by("pk"))
    context: dict[str, object] = {
        "team": team,
        "memberships": memberships,
        "owners": sum(membership.role == Role.OWNER for membership in memberships),
        "roles": Role.choices,
        "team_form": TeamForm(instance=team),
        "invitation_form": InvitationForm(),
    }
    if may(team, Ability.MANAGE):
        rows = team.invitations.open_at(timezone.now()).filter(project=None)
        context["invitations"] = rows.select_related("created_by").order_by("-pk")
        guests = Guest.objects.filter(project__team=team, project__deleted_at=None)
        context["hand_over_form"] = HandOverForm(team, request.user)
        context["guests"] = guests.select_related("user", "project").order_by("pk")
    template = fragment if request.htmx else PAGE
    return TemplateResponse(request, template, context | said, status=status)
