"""How fast this machine draws, learned from its own past renders."""

from __future__ import annotations

import statistics
import threading
from collections import deque
from collections.abc import Iterable

# Seconds for a megapixel-frame until one has been measured: 128 frames at 512 by 512 in 5 s.
FIRST_GUESS = 0.15
REMEMBERED = 15


class Pace:
    """Seconds per megapixel-frame: the median of the last renders, safe between threads."""

    def __init__(self, past: Iterable[tuple[float, float]] = ()) -> None:
        self._lock = threading.Lock()
        self._seen: deque[float] = deque(maxlen=REMEMBERED)
        for work, seconds in past:
            self.learn(work, seconds)

    def learn(self, work: float, seconds: float) -> None:
        """Note that `work` megapixel-frames took `seconds`."""
        if work > 0 and seconds > 0:
            with self._lock:
                self._seen.append(seconds / work)

    def seconds(self, work: float) -> float:
        """Return what `work` megapixel-frames will probably take."""
        with self._lock:
            return work * (statistics.median(self._seen) if self._seen else FIRST_GUESS)
