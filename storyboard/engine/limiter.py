"""The service's limit on submissions: so many in any minute, for the one account there is."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable

from storyboard.engine.errors import ApiError

WINDOW = 60.0


class Limiter:
    """Safe between threads; a `per_minute` of 0 lets everything pass."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_minute = per_minute
        self._clock = clock
        self._lock = threading.Lock()
        self._taken: deque[float] = deque()

    def take(self) -> None:
        """Count one submission, or raise ApiError (429) with the seconds to wait."""
        if not self.per_minute:
            return
        with self._lock:
            now = self._clock()
            while self._taken and self._taken[0] <= now - WINDOW:
                self._taken.popleft()
            if len(self._taken) >= self.per_minute:
                wait = math.ceil(self._taken[0] + WINDOW - now)
                raise ApiError(
                    429,
                    "RATE_LIMIT_EXCEEDED",
                    f"more than {self.per_minute} submissions in a minute; wait {wait} seconds",
                    retry_after=wait,
                )
            self._taken.append(now)
