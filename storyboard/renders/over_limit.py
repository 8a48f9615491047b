"""Keeping in the queue what no longer fits the month's limit, which was lowered since."""

from __future__ import annotations

from datetime import datetime, timedelta

from storyboard.people.models import Team
from storyboard.renders import money
from storyboard.renders.models import Render
from storyboard.renders.states import OVER_LIMIT, State

# A new month, or one that was paid for and failed, makes room without anybody's doing.
ASKED_AGAIN = timedelta(minutes=5)


def payer_of(render: Render) -> Team | None:
    """Return the team that pays where it has a limit, and keep its row locked.

    To be called inside the transaction that sends the render, before any write to a render: so
    two pollers never take the same rest of a month.
    """
    # Its figures alone are meant: whoever merely names the team does not have to wait.
    limited = Team.objects.select_for_update(no_key=True).exclude(monthly_limit=None)
    return limited.filter(pk=render.payer_id or 0).first()


def hold(render: Render, team: Team | None, at: datetime) -> bool:
    """Whether the limit keeps this render from being sent now; then it waits, and says so."""
    if team is None or money.may_be_sent(Render.objects.all(), team, render.estimate, at):
        return False
    render.advance(
        State.QUEUED,
        at=at,
        note="" if render.reason == OVER_LIMIT else "held: over the monthly limit",
        reason=OVER_LIMIT,
        message="",
        next_step_at=at + ASKED_AGAIN,
    )
    return True


def ask_again(team: Team, at: datetime) -> None:
    """Let what the limit holds be asked for at once, in the transaction that changed the limit."""
    held = Render.objects.filter(payer=team, state=State.QUEUED, reason=OVER_LIMIT)
    held.update(next_step_at=at)
