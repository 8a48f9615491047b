"""Whether the installation works: each part ok or failing, without a figure for strangers."""

from __future__ import annotations

from datetime import datetime

from django.db import Error, connection

from storyboard.keeping.figures import beat_age, disk_has_room
from storyboard.renders.heartbeat import SILENCE

OK, FAILING = "ok", "failing"


def health(at: datetime) -> dict[str, str]:
    """Return "ok" or "failing" for database, poller and disk; never raises."""
    database, poller = _database_and_poller(at)
    parts = {"database": database, "poller": poller, "disk": disk_has_room()}
    return {name: OK if fine else FAILING for name, fine in parts.items()}


def _database_and_poller(at: datetime) -> tuple[bool, bool]:
    """A poller is known through the database alone, so without one it counts as failing."""
    try:
        beat = beat_age(at)
    except Error:
        # The next question must find a new connection, not this one's trouble.
        connection.close()
        return False, False
    return True, beat is not None and beat < SILENCE.total_seconds()
