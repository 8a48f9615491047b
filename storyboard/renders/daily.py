"""What the poller does once a day beside the renders: reading the service's catalogue anew."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import Max

from storyboard.looks.models import CatalogueEntry
from storyboard.novita.client import Client
from storyboard.novita.errors import NovitaError

logger = logging.getLogger(__name__)

FRESH = timedelta(days=1)
LOOK_AGAIN = timedelta(minutes=10)
# An engine that starts together with the poller is ready after a second or two.
FIRST_RETRY = timedelta(seconds=2)


class DailyCatalogue:
    """Called every second or so; reads the catalogue when it is missing or a day old.

    A failure is logged and tried again, after 2 seconds at first and 10 minutes in the end; it
    never reaches the renders.
    """

    def __init__(
        self,
        refresh: Callable[[Client, str, datetime], object],
        client: Client,
        engine: str,
        clock: Callable[[], datetime],
    ) -> None:
        self.refresh = refresh
        self.client = client
        self.engine = engine
        self.clock = clock
        self.next_look: datetime | None = None
        self.wait = FIRST_RETRY

    def __call__(self) -> None:
        at = self.clock()
        if self.next_look and at < self.next_look:
            return
        self.next_look = at + LOOK_AGAIN
        entries = CatalogueEntry.objects.filter(engine=self.engine)
        seen_at = entries.aggregate(at=Max("seen_at"))["at"]
        if seen_at and at - seen_at < FRESH:
            return
        try:
            self.refresh(self.client, self.engine, at)
        except NovitaError as error:
            logger.warning("the catalogue could not be read: %s (%s)", error, error.reason)
            self.next_look = at + self.wait
            self.wait = min(2 * self.wait, LOOK_AGAIN)
        else:
            self.wait = FIRST_RETRY
