"""Rows of the doors that are over, and stay until somebody deletes them: counts and sessions.

What is counted there, and which code of an app was used, are rows of the cache for minutes. Django
deletes them only once the table is full, and then deletes rows that still count beside them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection

LOOK_EVERY = timedelta(minutes=10)
# So few at once that whoever waits for SQLite's one writer does not notice.
AT_ONCE = 1000
# Asked twice, for a row may count again since it was picked. Where it is: settings.CACHES.
OVER = """
    DELETE FROM cache WHERE expires < %s AND cache_key IN
    (SELECT cache_key FROM cache WHERE expires < %s LIMIT %s)
"""

logger = logging.getLogger(__name__)


class Sweeping:
    """Deletes counts and sessions that are over; for the poller."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.due: datetime | None = None

    def tend(self) -> None:
        """Look every ten minutes, and again at once while there may be more."""
        at = self.clock()
        if self.due and at < self.due:
            return
        counts, sessions = delete_counts(at), delete_sessions(at)
        if max(counts, sessions) < AT_ONCE:
            self.due = at + LOOK_EVERY
        if counts or sessions:
            logger.info("%s counts and %s sessions that were over were deleted", counts, sessions)


def delete_counts(at: datetime) -> int:
    """Delete some of the counts that are over; return how many."""
    over = connection.ops.adapt_datetimefield_value(at)
    with connection.cursor() as cursor:
        cursor.execute(OVER, [over, over, AT_ONCE])
        gone: int = cursor.rowcount
    return gone


def delete_sessions(at: datetime) -> int:
    """Delete some of the sessions that are over, which nothing revives; return how many."""
    over = Session.objects.filter(expire_date__lt=at)
    tokens = list(over.values_list("pk", flat=True)[:AT_ONCE])
    UserSession.objects.filter(session_key__in=tokens).delete()
    return over.filter(pk__in=tokens).delete()[0]
