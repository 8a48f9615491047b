"""Handing a team over, from its page; it cannot be taken back, so it asks for the password."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from storyboard.people import letters
from storyboard.people.access import Ability, find
from storyboard.people.activity import record
from storyboard.people.forms import HandOverForm
from storyboard.people.handing_over import NotHandedOver, hand_over
from storyboard.people.links import full_address
from storyboard.people.models import Act, Membership, Team
from storyboard.people.requests import Request
from storyboard.people.views.team_page import team_page


@sensitive_post_parameters("password")
@require_POST
def team_hand_over(request: Request, pk: int) -> HttpResponse:
    team = find(request.user, Team.objects.all(), Ability.MANAGE, pk=pk)
    form = HandOverForm(team, request.user, request.POST)
    status = form.judge(request)
    if status != 200:
        return team_page(request, team, status=status, hand_over_form=form)
    to = form.cleaned_data["membership"]
    about = f"to {to.user}, who was {to.in_words()}"
    try:
        with transaction.atomic():
            hand_over(team, request.user, to)
            record(request, team, Act.HANDED_OVER, about)
    except NotHandedOver:
        form.add_error(None, "Somebody changed the team meanwhile. Nothing was changed by you.")
        return team_page(request, team, status=409, hand_over_form=form)
    messages.success(request, f"{to.user} owns {team} now. You are an editor of it.")
    if settings.SENDS_MAIL and not _tell(request, team, to):
        messages.warning(request, f"No letter could be sent to {to.user}: tell them yourself.")
    return redirect("team_detail", pk)


def _tell(request: Request, team: Team, to: Membership) -> bool:
    """Write to the new owner; False when the mail server would not have it."""
    link = full_address(request, reverse("team_detail", args=(team.pk,)))
    told = {"team": team, "giver": request.user, "link": link}
    return letters.send("people/mail/handed_over.txt", to.user.email, f"you own {team}", told)
