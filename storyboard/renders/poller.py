"""The poller: takes one due render after another and moves each one step, in a few threads."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import DatabaseError, close_old_connections, connections
from django.utils import timezone

from storyboard.renders import crash, heartbeat
from storyboard.renders.clients import ClientFor
from storyboard.renders.dead import held_by, release, release_dead
from storyboard.renders.home import BringHome
from storyboard.renders.hooks import Hooks
from storyboard.renders.models import Render
from storyboard.renders.states import LeaseLost
from storyboard.renders.steps import LEASE, Steps
from storyboard.renders.storage import take_store
from storyboard.renders.store import TakeStore

logger = logging.getLogger(__name__)

BEAT_EVERY = 5.0
SWEEP_EVERY = 3600.0
PARTS_KEPT = timedelta(hours=24)
# A stopping poller leaves its slowest step to the next one after this many seconds.
GRACE_SECONDS = 7.0


def new_owner() -> str:
    """Return a name for this process that tells which one it is, and that no other ever had."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"


class Poller:
    """Moves renders until told to stop.

    `tick` is the whole work and needs no threads; `clock` returns an aware time; each of
    `beside` is called about once a second, in a thread of its own, for what there is to do
    beside renders.
    """

    def __init__(
        self,
        client_for: ClientFor,
        *,
        owner: str,
        clock: Callable[[], datetime] = timezone.now,
        threads: int = 4,
        store: TakeStore | None = None,
        beside: Sequence[Callable[[], None]] = (),
    ) -> None:
        self.owner = owner
        self.clock = clock
        self.threads = threads
        self.store = store or take_store()
        self.beside = beside
        # A plain boolean: a signal handler that sets an Event can wait for a lock that the
        # thread it interrupted holds.
        self.stopping = False
        # The leases at whose renders a thread is, and those that none was at when last looked.
        self.active: set[str] = set()
        self.dropped: set[str] = set()
        self.hooks = Hooks(client_for, clock)
        self.steps = Steps(
            client_for, BringHome(self.store, clock, LEASE, stopping=lambda: self.stopping), clock
        )

    def tick(self) -> bool:
        """Look into one webhook or move one render one step; False when nothing was due."""
        if self.hooks.tick():
            return True
        render = Render.objects.claim(self.owner, self.clock(), LEASE)
        if render is None:
            return False
        crash.point("claimed")
        lease = render.lease_owner
        self.active.add(lease)
        try:
            self.steps.move(render)
        except LeaseLost:
            logger.warning("render %s was taken over", render.pk)
        finally:
            self.active.discard(lease)
        return True

    def stop(self) -> None:
        self.stopping = True

    def drain(self) -> None:
        """Move whatever is due until nothing is, then return."""
        release_dead(self.owner, self.clock())
        while not self.stopping and self.tick():
            pass

    def run(self, idle: float = 0.3) -> None:
        """Work until told to stop; rest `idle` seconds whenever nothing is due."""
        release_dead(self.owner, self.clock())
        workers = [self._start(self._work, idle) for _ in range(self.threads)]
        workers += [self._start(self._beside, work) for work in self.beside]
        self._tend()
        end = time.monotonic() + GRACE_SECONDS
        for worker in workers:
            worker.join(max(0.0, end - time.monotonic()))
        late = sum(worker.is_alive() for worker in workers)
        if late:
            logger.warning("%s steps were left to the next poller", late)
        self._guarded(lambda: heartbeat.stop(self.owner))

    def _start(self, target: Callable[..., None], argument: object) -> threading.Thread:
        # Daemons, so that a call that hangs cannot keep a stopped process alive.
        thread = threading.Thread(target=target, args=(argument,), daemon=True)
        thread.start()
        return thread

    def _tend(self) -> None:
        """Give signs of life and sweep up, until told to stop."""
        beat = sweep = 0.0
        while not self.stopping:
            now = time.monotonic()
            if now >= beat:
                self._guarded(lambda: heartbeat.beat(self.owner, self.clock()))
                self._guarded(self.let_go_of_dropped)
                beat = now + BEAT_EVERY
            if now >= sweep:
                self._guarded(lambda: self.store.delete_parts_older_than(self.clock() - PARTS_KEPT))
                sweep = now + SWEEP_EVERY
            time.sleep(0.1)

    def let_go_of_dropped(self) -> None:
        """End leases of ours that a step left behind when the database failed under it.

        Only those that were nobody's twice in a row: one may have been claimed this moment.
        """
        nobodys = held_by(self.owner) - self.active
        release(nobodys & self.dropped, self.clock())
        self.dropped = nobodys

    def _work(self, idle: float) -> None:
        try:
            while not self.stopping:
                if not self._guarded(self.tick):
                    close_old_connections()
                    time.sleep(idle)
        finally:
            connections.close_all()

    def _beside(self, work: Callable[[], None]) -> None:
        try:
            while not self.stopping:
                self._guarded(work)
                close_old_connections()
                time.sleep(1.0)
        finally:
            connections.close_all()

    def _guarded(self, work: Callable[[], object]) -> object:
        """Do it; an error is logged and answered with None, for the loop must go on."""
        try:
            return work()
        except DatabaseError as error:
            logger.warning("the database could not answer: %s", error)
            connections.close_all()
        except Exception:
            logger.exception("the poller's own error")
        return None
