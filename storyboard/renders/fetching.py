"""Fetching the lost file of a take again: asked for on a page, done by the poller."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from storyboard.renders import refusals
from storyboard.renders.clients import ClientFor, KeyMissing
from storyboard.renders.models import Render, Take
from storyboard.renders.states import NotPossible
from storyboard.renders.store import TakeStore
from storyboard.renders.verify import Healing, faults_of, note_faults

logger = logging.getLogger(__name__)

# Longer than a download may take: then its poller has died, and the next one does it.
LEASE = timedelta(minutes=15)
SOON = timedelta(seconds=30)


def ask(take: Take, at: datetime) -> None:
    """Have the poller fetch the take's file; raise NotPossible for one that is not lost."""
    lost = Take.objects.filter(pk=take.pk, lost_at__isnull=False)
    if lost.filter(fetch_due_at__isnull=False).exists():
        return
    if not lost.update(fetch_due_at=at, fetch_said=""):
        raise NotPossible("Its file is there.")


class Fetches:
    """Fetches what was asked for; `tend` is called about once a second."""

    def __init__(
        self,
        client_for: ClientFor,
        store: Callable[[], TakeStore],
        clock: Callable[[], datetime],
    ) -> None:
        self.client_for = client_for
        self.store = store
        self.clock = clock

    def tend(self) -> None:
        """Fetch one take that was asked for, if there is any; doing it twice harms nothing."""
        at = self.clock()
        due = Take.objects.filter(fetch_due_at__lte=at).order_by("fetch_due_at", "pk")
        take = due.select_related("render").prefetch_related("spans").first()
        if take is None:
            return
        mine = Take.objects.filter(pk=take.pk, fetch_due_at=take.fetch_due_at)
        until = self._shut_until(take.render, at)
        if until:
            mine.update(fetch_due_at=until)
            return
        if not mine.update(fetch_due_at=at + LEASE):
            return
        try:
            said = self._fetch(take, at)
        except OSError as error:
            logger.warning("take %s: the store cannot be read: %s", take.pk, error)
            Take.objects.filter(pk=take.pk).update(fetch_due_at=self.clock() + SOON)
            return
        Take.objects.filter(pk=take.pk).update(fetch_due_at=None, fetch_said=said[:300])
        logger.info("take %s: %s", take.pk, said or "fetched again")

    def _fetch(self, take: Take, at: datetime) -> str:
        """Mend it; return why it still cannot be played, or nothing when it can."""
        store = self.store()
        healing = Healing(store, self.client_for, at)
        said = [*healing.heal(take, faults_of(take, store))]
        faults = faults_of(take, store)
        note_faults(take, faults, at)
        if not any(fault.name == take.file for fault in faults):
            return ""
        names = {fault.name for fault in faults}
        words = [sentence for sentence in said if sentence.partition(" ")[0] in names] or said
        why = words[0].partition(": ")[2] or words[0] if words else "it cannot be mended"
        return why.rstrip(".")

    def _shut_until(self, render: Render, at: datetime) -> datetime | None:
        try:
            client = self.client_for(render)
        except KeyMissing:
            # The healing says so.
            return None
        return refusals.shut(render.account, client.key_mark, at) if client else None
