"""How many submissions leave a minute, shared by every poller through the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings

from storyboard.renders.models import Gate, Render, State

# A second more than the service counts: a request may take longer to arrive than the next one.
WINDOW = timedelta(seconds=61)


def slot(sent: Sequence[datetime], at: datetime, per_minute: int, ahead: int) -> datetime:
    """Return when a submission with `ahead` others before it may leave, not before `at`.

    `sent` are the times of the last submissions, oldest first; in no 60 seconds do more than
    `per_minute` leave.
    """
    times = list(sent)
    for _ in range(ahead + 1):
        oldest = times[-per_minute] + WINDOW if len(times) >= per_minute else at
        times.append(max(at, oldest, times[-1] if times else at))
    return times[-1]


def next_slot(render: Render, at: datetime) -> datetime:
    """Return when this render may be sent; `at` or earlier means now.

    To be called inside the transaction that also sends it: the gate's row stays locked until
    then, so that two pollers never take one slot.
    """
    gate = Gate.objects.select_for_update().get_or_create(engine=render.engine)[0]
    if gate.closed_until and gate.closed_until > at:
        return gate.closed_until
    limit = settings.SUBMISSIONS_PER_MINUTE
    if not limit:
        return at
    same = Render.objects.filter(engine=render.engine)
    recent = same.filter(submitted_at__gt=at - WINDOW).values_list("submitted_at", flat=True)
    sent = sorted(time for time in recent if time)
    ahead = same.filter(state=State.QUEUED, pk__lt=render.pk).count()
    free = slot(sent, at, limit, 0)
    # A free slot goes to whoever asks: those ahead may be waiting for another reason.
    if free <= at:
        return at
    return slot(sent, at, limit, ahead)


def close(engine: str, until: datetime) -> None:
    """Let nothing leave for this engine before `until`: the service asked for it."""
    Gate.objects.update_or_create(engine=engine, defaults={"closed_until": until})
