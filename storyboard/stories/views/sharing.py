"""Who shares one story: its guests beside the team."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from storyboard.people.access import Ability, find
from storyboard.people.activity import record
from storyboard.people.models import Act
from storyboard.people.requests import Request
from storyboard.stories.models import Project


@require_POST
def project_leave(request: Request, pk: int) -> HttpResponse:
    """Let a guest go by themself; members leave the team, on its page."""
    project = find(request.user, Project.objects.kept(), Ability.VIEW, pk=pk)
    guest = project.guests.filter(user=request.user).first()
    if guest is None:
        messages.info(request, "You are in this story by its team, and leave that on its page.")
        return redirect("project_detail", pk)
    with transaction.atomic():
        guest.delete()
        record(request, project.team, Act.GUEST_LEFT, f"{project}, {guest.in_words()}")
    messages.success(request, f"You left “{project}”.")
    return redirect("project_list")
