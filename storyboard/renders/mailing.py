"""Mails to those who follow a story, once everything that was under way in it has ended."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Exists, OuterRef, Q
from django.http import Http404
from django.template.loader import render_to_string
from django.urls import reverse

from storyboard.people import letters
from storyboard.people.access import Ability, find
from storyboard.people.names import one_line
from storyboard.renders.followers import Follower
from storyboard.renders.models import Render
from storyboard.renders.states import UNDER_WAY, State
from storyboard.stories.models import Project

logger = logging.getLogger(__name__)


class Mailing:
    """Tells each follower once of what has ended; for the poller.

    It is noted first that they were told, so that no crash tells them twice: one mail too few is
    better than one that comes again and again.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock

    def tend(self) -> None:
        """Write to whoever waits for it, one mail a follower."""
        if not settings.SENDS_MAIL:
            return
        for follower in waiting():
            told_at = follower.told_at
            at = self.clock()
            claimed = Follower.objects.filter(pk=follower.pk, told_at=told_at)
            if claimed.update(told_at=at):
                self._write(follower, ended(follower.project, told_at))

    def _write(self, follower: Follower, renders: list[Render]) -> None:
        person, pk = follower.person, follower.project_id
        try:
            find(person, Project.objects.kept(), Ability.VIEW, pk=pk)
        except Http404:
            follower.delete()
            return
        if letters.post(letter(follower, renders)):
            logger.info("person %s was told of project %s by mail", person.pk, pk)


def waiting() -> list[Follower]:
    """Return whom something is to be told of: all has ended in their story, some of it since."""
    of_story = Render.objects.filter(project=OuterRef("project"))
    rows = Follower.objects.filter(
        ~Exists(of_story.filter(state__in=UNDER_WAY)),
        Exists(of_story.filter(_since(OuterRef("told_at")))),
        person__is_active=True,
        project__deleted_at=None,
    )
    return list(rows.select_related("person", "project").order_by("pk"))


def ended(project: Project, since: datetime) -> list[Render]:
    """Return what ended in a story after `since`, in the order in which it was asked for."""
    rows = Render.objects.filter(_since(since), project=project)
    return list(rows.prefetch_related("takes").order_by("pk"))


def _since(moment: datetime | OuterRef) -> Q:
    # What is unsure has not finished; it has come to where only a person goes on.
    over = Q(state__in=(State.READY, State.FAILED), finished_at__gt=moment)
    return over | Q(state=State.UNSURE, changed_at__gt=moment)


def letter(follower: Follower, renders: list[Render]) -> EmailMessage:
    """Return the mail that says how those renders of the follower's story ended."""
    path = reverse("project_detail", args=(follower.project_id,))
    address = f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else follower.address
    told = {"project": follower.project, "renders": renders, "address": address}
    return EmailMessage(
        f"{subject(renders)}: {one_line(follower.project.title)}",
        render_to_string("renders/mail/ended.txt", told),
        to=[follower.person.email],
    )


def subject(renders: list[Render]) -> str:
    """Say in some words how they ended, the worst first."""
    words = []
    for state, word in (
        (State.UNSURE, "uncertain"),
        (State.FAILED, "failed"),
        (State.READY, "ready"),
    ):
        count = sum(render.state == state for render in renders)
        if count:
            words.append(f"{count} {word}")
    if len(renders) == 1:
        return words[0].removeprefix("1 ").capitalize()
    return f"{len(renders)} renders, {', '.join(words)}"
