"""What a person takes along, and what stays when their account is deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import Q

from storyboard.people.access import guest_stories_of
from storyboard.people.models import ApiKey, Membership, Team, User
from storyboard.people.roles import Role
from storyboard.renders.models import Render
from storyboard.stories.models import Project

# What others say and do in a story is not told to who may see it no more.
HIDDEN = {"project__title", "state", "request"}


class OwnsAlone(Exception):
    """Refused: these teams have other people in them, and nobody else owns them."""

    def __init__(self, teams: list[Team]) -> None:
        self.teams = teams
        super().__init__(", ".join(team.name for team in teams))


def delete_account(user: User, at: datetime) -> list[Team]:
    """Delete an account, and return the teams that go on without it.

    What was written in teams stays with the others there.

    Stories of teams in which nobody is left go to the bin, and are deleted with their films
    after its thirty days: what is under way until then still comes home. Their API keys are used
    no more, and are erased once nothing under way needs them. Raises OwnsAlone, with nothing
    deleted.
    """
    with transaction.atomic():
        mine = Team.objects.filter(memberships__user=user)
        teams = list(Team.objects.select_for_update().filter(pk__in=mine.values("pk")))
        own = set(user.memberships.filter(role=Role.OWNER).values_list("team", flat=True))
        others = Membership.objects.filter(team__in=teams).exclude(user=user)
        shared = set(others.values_list("team", flat=True))
        owners = others.filter(role=Role.OWNER, user__is_active=True)
        owned = set(owners.values_list("team", flat=True))
        alone = [team for team in teams if team.pk in (shared & own) - owned]
        if alone:
            raise OwnsAlone(alone)
        left = [team for team in teams if team.pk not in shared]
        Project.objects.kept().filter(team__in=left).update(deleted_at=at)
        Team.objects.filter(pk__in=[team.pk for team in left]).update(api_key=None)
        ApiKey.objects.filter(team__in=left).unused().delete()
        user.delete()
        User.objects.let_somebody_keep()
    return [team for team in teams if team.pk in shared]


def data_of(user: User) -> dict[str, Any]:
    """Return what is kept of a person, for them to keep; times are ISO 8601 in UTC."""
    return {
        "account": {
            "name": user.name,
            "email": user.email,
            "joined": user.date_joined,
            "last_signed_in": user.last_login,
        },
        "devices": list(
            UserSession.objects.filter(user=user).values("ip", "user_agent", "created_at")
        ),
        "teams": list(
            user.memberships.order_by("pk").values(
                "team__name", "role", "may_spend", "letters", "created_at"
            )
        ),
        "guest_of": list(
            user.guest_of.order_by("pk").values(
                "project__title", "project__team__name", "role", "may_spend", "created_at"
            )
        ),
        "stories": [_story(project) for project in _stories(user)],
        "renders": _renders(user),
    }


def _renders(user: User) -> list[dict[str, Any]]:
    """Return what they asked for; its words and how it ended where they may see the story."""
    mine = Project.objects.in_teams_of(user).values("pk")
    seen = Q(project__in=mine) | Q(project__in=guest_stories_of(user))
    rows = Render.objects.filter(asked_by=user).annotate(seen=seen).order_by("pk")
    told = ("project__title", "queued_at", "state", "estimate", "request")
    return [
        {name: row[name] if row["seen"] or name not in HIDDEN else None for name in told}
        for row in rows.values("seen", *told)
    ]


def _stories(user: User) -> list[Project]:
    """Return the stories that they began, in teams where they still are."""
    mine = Team.objects.filter(memberships__user=user)
    rows = Project.objects.kept().filter(created_by=user, team__in=mine).order_by("pk")
    return list(rows.select_related("team"))


def _story(project: Project) -> dict[str, Any]:
    scenes = project.scenes.kept().in_order()
    return {
        "title": project.title,
        "team": project.team.name,
        "scenes": [
            {"prompt": one.prompt, "caption": one.caption, "frames": one.frames} for one in scenes
        ],
    }
