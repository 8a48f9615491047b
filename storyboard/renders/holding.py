"""Holding renders back in safe mode, and letting them go: one by one, or all."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from django.db import transaction

from storyboard.people.models import User
from storyboard.renders.claims import RenderQuerySet
from storyboard.renders.models import Render
from storyboard.renders.safe_mode import Pass, SafeMode
from storyboard.renders.states import COPIED, NotPossible, State

logger = logging.getLogger(__name__)

HELD = "held"


def begin(at: datetime, why: str, *, copy_of: datetime | None = None) -> SafeMode:
    """Hold back whatever was not sent; nothing may move renders meanwhile.

    What was being sent when the backup was made becomes unsure, and what waited for an owner is
    marked. Passes of an earlier time end: they may have been used since.
    """
    with transaction.atomic():
        Pass.objects.all().delete()
        SafeMode.objects.filter(active=True).update(active=False, released_at=at)
        mode = SafeMode.objects.create(since=at, why=why, copy_of=copy_of)
        Render.objects.under_way().update(lease_owner="", lease_until=None)
        for render in Render.objects.filter(state=State.SUBMITTING):
            render.advance(
                State.UNSURE,
                at=at,
                note="restored from a backup",
                reason="interrupted",
                message="The backup was made while this was being sent. It may have been "
                "accepted, and was not sent again.",
                finished_at=at,
                next_step_at=None,
            )
        for render in Render.objects.filter(state=State.QUEUED):
            hold(render, at)
        # A mark of an earlier time stays: it tells of all the time that is doubtful.
        for render in Render.objects.filter(state=State.ASKED).exclude(reason=COPIED):
            render.advance(
                State.ASKED,
                at=at,
                note="restored from a backup",
                reason=COPIED,
                message=f"May have been approved and paid since {_backup(copy_of)}.",
            )
    return mode


def _backup(made_at: datetime | None) -> str:
    if made_at is None:
        return "the backup was made"
    day = made_at.astimezone(UTC)
    return f"the backup of {day.day} {day:%B %Y, %H:%M} UTC"


def hold(render: Render, at: datetime) -> None:
    """Keep a queued render where it is until somebody lets it go; raise LeaseLost."""
    note = "" if render.reason == HELD else "held: safe mode"
    render.advance(
        State.QUEUED, at=at, note=note, reason=HELD, message="", tries=0, next_step_at=None
    )


def held() -> RenderQuerySet:
    """Return the renders that wait for a person, the oldest first."""
    passed = Pass.objects.values("render")
    return Render.objects.filter(state=State.QUEUED).exclude(pk__in=passed).order_by("pk")


def let_go(render: Render, at: datetime) -> None:
    """Cancel one of those held; raise NotPossible when it waits no more, or safe mode is over."""
    with transaction.atomic():
        if not SafeMode.objects.select_for_update().filter(active=True).exists():
            raise NotPossible("Safe mode is over: its team decides about this render.")
        render.cancel(at)


def let_through(render: Render, by: User, at: datetime) -> None:
    """Let one render be sent while the others stay; raise NotPossible when it waits no more."""
    with transaction.atomic():
        if not SafeMode.objects.select_for_update().filter(active=True).exists():
            raise NotPossible("Safe mode is over: this render is sent by itself.")
        Pass.objects.get_or_create(render=render, defaults={"given_by": by, "at": at})
        sent = Render.objects.filter(pk=render.pk, state=State.QUEUED).update(
            next_step_at=at, reason="", changed_at=at
        )
        if not sent:
            transaction.set_rollback(True)
        else:
            render.log(State.QUEUED, at, f"let through by {by}", from_state=State.QUEUED)
    if not sent:
        render.refresh_from_db()
        raise NotPossible(f"This render is {render.get_state_display().lower()} by now.")
    logger.info("render %s: let through in safe mode by user %s", render.pk, by.pk)


def release(at: datetime, by: User | None = None) -> int | None:
    """End safe mode and let everything be sent; return how many renders, None if it was over."""
    with transaction.atomic():
        ended = SafeMode.objects.filter(active=True).update(
            active=False, released_at=at, released_by=by
        )
        if not ended:
            return None
        waiting = Render.objects.filter(state=State.QUEUED)
        count = waiting.update(next_step_at=at)
        waiting.filter(reason=HELD).update(reason="", changed_at=at)
    logger.info("safe mode ended: %s renders may be sent, by user %s", count, by and by.pk)
    return count
