"""What is counted at the doors, and which code of an app was used: rows of the cache, for minutes.

A row that is over counts no more, and stays until somebody deletes it: Django does so only once
the table is full, and then deletes rows that still count beside it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

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


class Discounting:
    """Deletes counts that are over; for the poller."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.due: datetime | None = None

    def tend(self) -> None:
        """Look every ten minutes, and again at once while there may be more."""
        at = self.clock()
        if self.due and at < self.due:
            return
        over = connection.ops.adapt_datetimefield_value(at)
        with connection.cursor() as cursor:
            cursor.execute(OVER, [over, over, AT_ONCE])
            gone = cursor.rowcount
        if gone < AT_ONCE:
            self.due = at + LOOK_EVERY
        if gone:
            logger.info("%s counts that were over were deleted", gone)
