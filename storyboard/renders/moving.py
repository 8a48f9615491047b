"""Moving a story to another team: what that changes for whom, said before, and the move itself.

Takes, renders and history hang on the story and go along. What was spent stays with the team that
paid, for each render knows its payer; guests stay guests of the story.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from storyboard.people.models import Membership, Team
from storyboard.people.sharing import Share, shares
from storyboard.renders.bin import StillUnderWay
from storyboard.renders.models import Render
from storyboard.renders.states import State
from storyboard.stories.models import Project

logger = logging.getLogger(__name__)


class MovedMeanwhile(Exception):
    """Refused: somebody else moved or deleted the story since the page was made."""


@dataclass(frozen=True)
class Foreseen:
    """What moving a story to `team` changes."""

    team: Team
    # Who comes to it no more; who comes to it then; and who does both, as before and as then.
    lost: list[Share]
    gained: list[Share]
    changed: list[tuple[Share, Share]]
    guests: list[Share]
    takes: int
    # Renders that wait for an owner's yes, and links that let people in.
    asked: int
    links: int
    under_way: int

    @property
    def service(self) -> str:
        """The address of the service that renders it then."""
        return self.team.account.address


def foresee(project: Project, team: Team, at: datetime) -> Foreseen:
    """Return what moving the story to `team` would change now."""
    guests = list(project.guests.select_related("user"))
    before = {one.user.pk: one for one in shares(_members(project.team), guests)}
    after = {one.user.pk: one for one in shares(_members(team), guests)}
    both = [(one, after[pk]) for pk, one in before.items() if pk in after]
    renders = Render.objects.filter(project=project)
    return Foreseen(
        team=team,
        lost=[one for pk, one in before.items() if pk not in after],
        gained=[one for pk, one in after.items() if pk not in before],
        changed=[(was, then) for was, then in both if was.abilities != then.abilities],
        guests=[one for one in after.values() if one.member is None],
        takes=project.takes.count(),
        asked=renders.filter(state=State.ASKED).count(),
        links=project.invitations.open_at(at).count(),
        under_way=renders.under_way().count(),
    )


def move(project: Project, team: Team, at: datetime) -> None:
    """Give the story to `team`; its open invitations end, for they were the other team's.

    Raises StillUnderWay or MovedMeanwhile, with nothing changed.
    """
    with transaction.atomic():
        # Whoever queues a render holds this lock, too, and then sees which team would pay.
        rows = Project.objects.select_for_update().kept()
        if not rows.filter(pk=project.pk, team=project.team_id).exists():
            raise MovedMeanwhile
        # And whoever approves renders of the team this one.
        Team.objects.select_for_update().only("pk").get(pk=project.team_id)
        going = Render.objects.filter(project=project).under_way().count()
        if going:
            raise StillUnderWay(refusal(going))
        Project.objects.filter(pk=project.pk).update(team=team)
        project.invitations.close(at)
    logger.info("project %s moved from team %s to %s", project.pk, project.team_id, team.pk)


def refusal(going: int) -> str:
    """Say why a story stays where it is while so many renders of it are under way."""
    renders = f"{going} renders of this story are" if going > 1 else "A render of this story is"
    return (
        f"{renders} under way, paid by the team it is in. It can be moved when that has ended, "
        "or was cancelled. Nothing was changed."
    )


def _members(team: Team) -> list[Membership]:
    return list(team.memberships.select_related("user"))
