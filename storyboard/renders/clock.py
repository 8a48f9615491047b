"""The time by which renders are claimed, leased and sent: the database's own.

Pollers may run on many hosts, whose clocks differ. By a host's own clock, one that is ten
minutes ahead would take over the leases of all others.
"""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

# How long a reading is carried on by this host's monotonic clock.
READ_EVERY = 30.0


class DatabaseClock:
    """Tells the database's time; SQLite is a file of this host, and has this host's.

    A call asks the database twice a minute; between, the time that has passed is added. Threads
    may share one. Raises DatabaseError while there is no database.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told: datetime | None = None
        self._read_at = 0.0

    def __call__(self) -> datetime:
        if connection.vendor != "postgresql":
            return timezone.now()
        with self._lock:
            told, read_at = self._told, self._read_at
        passed = time.monotonic() - read_at
        if told is None or passed >= READ_EVERY:
            told, passed = self._read(), 0.0
        return told + timedelta(seconds=passed)

    def _read(self) -> datetime:
        with connection.cursor() as cursor:
            # Not that of the transaction, which may have begun long ago.
            cursor.execute("SELECT clock_timestamp()")
            told: datetime = cursor.fetchone()[0]
        with self._lock:
            self._told, self._read_at = told, time.monotonic()
        return told
