"""Places to work, which are few; whoever waits for another server leaves theirs to others."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

# Of which places this thread holds one, if of any: the poller and the commands hold none.
_held = threading.local()


@contextmanager
def working(places: threading.Semaphore) -> Iterator[None]:
    """Hold one of these places, and wait for it first."""
    before = getattr(_held, "places", None)
    with places:
        _held.places = places
        try:
            yield
        finally:
            _held.places = before


@contextmanager
def elsewhere() -> Iterator[None]:
    """Leave this thread's place to others, and wait for one again afterwards.

    It is kept inside a transaction: those who took it could wait for the transaction's locks, and
    the transaction for a place.
    """
    places = getattr(_held, "places", None)
    if places is None or transaction.get_connection().in_atomic_block:
        yield
        return
    _held.places = None
    places.release()
    try:
        yield
    finally:
        places.acquire()
        _held.places = places
