"""The renders that wait for a person: uncertain, stuck or failed, in all that one may render."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Q

from storyboard.novita.reasons import Explanation, explain
from storyboard.people.access import (
    managed_teams_of,
    spending_stories_of,
    spending_teams_of,
)
from storyboard.people.models import User
from storyboard.renders.again import price_again
from storyboard.renders.claims import RenderQuerySet
from storyboard.renders.models import Render
from storyboard.renders.states import PATIENCE, UNDER_WAY, NotPossible, State
from storyboard.renders.terms import terms_of

# A failure that nobody has settled stops asking after this long.
FAILURE_ASKS_FOR = timedelta(days=14)
# Rows on the page, and the highest number in the top bar.
SHOWN = 50

AT_THE_SERVICE = (State.WAITING, State.RENDERING, State.SAVING)


def needing(user: User | AnonymousUser, at: datetime) -> RenderQuerySet:
    """Return what waits for a choice of `user`: renders of teams and stories in which they may
    spend, and those that wait for an owner's yes."""
    stuck = Q(state__in=AT_THE_SERVICE, submitted_at__lt=at - PATIENCE)
    poison = Q(state__in=UNDER_WAY, reason="poller_died")
    failed = Q(state=State.FAILED, aside_at=None, finished_at__gt=at - FAILURE_ASKS_FOR)
    of_team = Q(project__team__in=spending_teams_of(user).values("pk"))
    spent = of_team | Q(project__in=spending_stories_of(user))
    asked = Q(state=State.ASKED, project__team__in=managed_teams_of(user).values("pk"))
    return Render.objects.filter(
        spent & (Q(state=State.UNSURE) | stuck | poison | failed) | asked,
        project__deleted_at=None,
    )


def count(user: User | AnonymousUser, at: datetime) -> int:
    """Return how many renders wait for `user`, at most SHOWN + 1."""
    return needing(user, at).order_by()[: SHOWN + 1].count()


@dataclass(frozen=True)
class Row:
    """One render on the attention page, in words."""

    render: Render
    at: datetime

    @property
    def open(self) -> bool:
        """Whether it still waits for a choice."""
        render = self.render
        if render.state == State.FAILED:
            return render.aside_at is None
        return render.state == State.UNSURE or self.waits

    @property
    def waits(self) -> bool:
        return self.render.is_under_way

    @property
    def may_be_checked(self) -> bool:
        return self.waits or self.render.state == State.UNSURE

    @property
    def may_be_stopped(self) -> bool:
        return self.render.state in (State.WAITING, State.RENDERING)

    @property
    def kind(self) -> str:
        if self.waits:
            return "Stuck"
        return self.render.get_state_display()

    @property
    def icon(self) -> str:
        icons = {State.UNSURE: "circle-help", State.FAILED: "circle-x", State.CANCELLED: "ban"}
        return icons.get(State(self.render.state), "hourglass")

    @property
    def since(self) -> datetime:
        """When it was sent, or asked for if it never was."""
        return self.render.submitted_at or self.render.queued_at

    @property
    def explanation(self) -> Explanation | None:
        return explain(self.render.reason) if self.render.reason else None

    @property
    def charged(self) -> str:
        """What is known of the money."""
        if self.render.submitted_at is None:
            return "It was not sent, so nothing was spent."
        if self.render.state == State.UNSURE:
            return "It may have been charged; nobody can tell yet."
        if self.render.task_id:
            return "The service took it, so it may have been charged."
        return "The service refused it, so nothing should have been charged."

    @property
    def again(self) -> Decimal | None:
        """What sending it again would cost in USD now; None is unknown."""
        return price_again(self.render, self.render.project.team.account)

    @property
    def terms(self) -> str:
        return terms_of(self.render.project.team.account)

    @property
    def scenes(self) -> str:
        return " · ".join(row["caption"] or row["prompt"] for row in self.render.scenes)


def rows(user: User | AnonymousUser, at: datetime) -> list[Row]:
    """Return the newest renders that wait for `user`, at most SHOWN of them; requests apart."""
    found = (
        needing(user, at)
        .exclude(state=State.ASKED)
        .with_steps()
        .select_related("project__team__api_key", "asked_by")
    )
    return [Row(render, at) for render in found.order_by("-pk")[:SHOWN]]


def check_again(render: Render, at: datetime) -> str:
    """Have the poller look at once where there is something to ask for; say what is known.

    Raises NotPossible for a render that has ended.
    """
    if render.is_under_way:
        with transaction.atomic():
            same = Render.objects.filter(pk=render.pk, state=render.state)
            if same.update(next_step_at=at):
                render.log(render.state, at, "a person asked to look", from_state=render.state)
                if render.state in (State.QUEUED, State.SUBMITTING):
                    return "It is taken up now. The story shows how it goes on."
                return "We ask the service now. What it says appears in the story within seconds."
        render.refresh_from_db()
    if render.state != State.UNSURE:
        raise NotPossible(f"This render is {render.get_state_display().lower()} by now.")
    if render.hooks.exclude(due_at=None).update(due_at=at):
        return "The service has named a task for it. We ask about that task now."
    told = render.hooks.order_by("-pk").first()
    if told is not None:
        return f"The service named a task for it, which did not settle it: {told.outcome}."
    if settings.PUBLIC_URL:
        return "Nothing has come from the service about it. If it does, this heals by itself."
    return (
        "The service gave us no task to ask about, and cannot reach Storyboard to tell."
        " Its own list of tasks or charges shows whether it was made."
    )


def let_go(render: Render, at: datetime) -> str:
    """Ask nobody about it any more; raise NotPossible for what is under way or has come."""
    if render.state == State.FAILED:
        Render.objects.filter(pk=render.pk, state=State.FAILED).update(aside_at=at, changed_at=at)
        render.aside_at = at
        return "Let go. It stays in the story's log."
    render.let_go(at)
    return "Let go. It may have been charged. If its film turns up, it offers itself as a take."


def stop_waiting(render: Render, at: datetime) -> str:
    """Wait no longer for what the service has; raise NotPossible once it has ended or come."""
    render.stop_waiting(at)
    return (
        "No longer waited for. It was sent and is not refunded."
        " If its film comes within a day, it offers itself as a take."
    )


def set_aside_for(renders: Sequence[Render], at: datetime) -> None:
    """Settle the failures whose scenes are all asked for anew; the project is locked."""
    if not renders:
        return
    anew = {row["scene"] for render in renders for row in render.scenes}
    project = renders[0].project_id
    failed = Render.objects.filter(project_id=project, state=State.FAILED, aside_at=None)
    done = [
        pk
        for pk, scenes in failed.order_by("-pk").values_list("pk", "scenes")[:200]
        if all(row["scene"] in anew for row in scenes)
    ]
    Render.objects.filter(pk__in=done).update(aside_at=at)
