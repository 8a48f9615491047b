"""What is being drawn at this moment: kept in memory, for a killed engine starts anew anyway."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass


@dataclass
class Drawing:
    frames: int
    # Frames times megapixels.
    work: float
    started: float
    done: int = 0

    def percent(self) -> int:
        """0..99: a task is whole when its file is, not when its last frame is drawn."""
        return min(99, 100 * self.done // self.frames)


class Progress:
    """The drawings under way by task id; safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._drawings: dict[str, Drawing] = {}

    def begin(self, task_id: str, frames: int, work: float) -> Drawing:
        drawing = Drawing(frames=frames, work=work, started=time.monotonic())
        with self._lock:
            self._drawings[task_id] = drawing
        return drawing

    def end(self, task_id: str) -> None:
        with self._lock:
            self._drawings.pop(task_id, None)

    def of(self, task_id: str) -> Drawing | None:
        with self._lock:
            return self._drawings.get(task_id)

    def work_left(self) -> float:
        """Megapixel-frames still to be drawn in what is under way."""
        with self._lock:
            return sum(one.work * (1 - one.done / one.frames) for one in self._drawings.values())
