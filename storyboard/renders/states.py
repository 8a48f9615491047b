"""The states of a render, and what can stand in the way of changing them."""

from __future__ import annotations

from datetime import timedelta

from django.db import models


class State(models.TextChoices):
    ASKED = "asked", "Asked for"
    QUEUED = "queued", "Queued"
    SUBMITTING = "submitting", "Sending"
    WAITING = "waiting", "Waiting"
    RENDERING = "rendering", "Rendering"
    SAVING = "saving", "Saving"
    READY = "ready", "Ready"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    UNSURE = "unsure", "Unsure"


# The states that the poller moves on from by itself; the others are ends, or wait for a person.
UNDER_WAY = (State.QUEUED, State.SUBMITTING, State.WAITING, State.RENDERING, State.SAVING)

# Why a render was cancelled before it was sent: an owner said no, who asked thought better of
# it, or somebody asked for the same scenes since.
DECLINED, WITHDRAWN, OVERTAKEN = "declined", "withdrawn", "overtaken"

# Cancelled in the queue while nothing said that the service has it: it costs nothing, also where
# a try that was refused for certain left the time at which it was sent.
UNSENT = "unsent"

# Why one that waits for an owner is marked: it stood so in a backup that was put back, and may
# have been approved, sent and paid since that was made.
COPIED = "copied"

# Why one waits in the queue whose team would go over the month's limit by it.
OVER_LIMIT = "over_limit"

# Ends at which a person or we gave up, whatever the service went on to do.
GIVEN_UP = (State.CANCELLED, State.FAILED)

# States in which the service may hold a task of ours whose id we were never told. One in the
# queue may have been sent by a try that seemed refused, or since the backup it came from, as may
# one that waited for an owner in that backup.
ADOPTABLE = (State.ASKED, State.QUEUED, State.SUBMITTING, State.UNSURE, *GIVEN_UP)

# Why a render was cancelled that the service has and may still make: somebody would not wait.
STOPPED = "stopped_waiting"

# Why a render failed that the service itself ended: nothing comes of it any more.
TASK_FAILED = "TASK_FAILED"

# A render without news for this long after it was sent is shown as still working.
PATIENCE = timedelta(hours=1)

# Longer than any single call takes; saving renews it as the bytes come in.
LEASE = timedelta(seconds=90)

# Writes to these alone change nothing that a page shows.
UNSEEN = frozenset({"next_step_at", "lease_owner", "lease_until", "tries", "misses"})


class LeaseLost(Exception):
    """The render was moved by someone else since it was read; nothing was written."""


class NotPossible(Exception):
    """A person asked for a move that the render's state does not allow; nothing was written."""
