"""The drawing process: kept warm, it draws one film after another and knows nothing else.

Started by the pool as `python -m storyboard.engine.child FD MEGABYTES`; FD is its end of a
socket pair. It ends when the other end closes, however that came about.
"""

from __future__ import annotations

import ctypes
import json
import os
import queue
import resource
import signal
import sys
import threading
import time
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from storyboard.engine import animatic
from storyboard.novita.types import TextToVideo

REPORT_EVERY = 0.1
# glibc's number for how many heaps its threads have.
M_ARENA_MAX = -8
# Drawing yields to whoever waits for a page on the same machine.
NICENESS = 3


class Reports:
    """Sends the number of frames drawn, at most every REPORT_EVERY seconds."""

    def __init__(self, line: Connection) -> None:
        self._line = line
        self._next = 0.0

    def __call__(self, frames: int) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + REPORT_EVERY
            send(self._line, {"frames": frames})


def send(line: Connection, message: dict[str, Any]) -> None:
    line.send_bytes(json.dumps(message).encode())


def share_heap() -> None:
    """Give all threads one heap, where the C library can: what one frees another uses.

    A film of 1024 x 1024 needs 30 MB less. To be called before there are threads.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, 1)


def limit_memory(megabytes: int) -> None:
    """Make allocations beyond `megabytes` fail in this process, where the system can."""
    size = megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def listen(line: Connection, jobs: queue.SimpleQueue[dict[str, Any]]) -> None:
    """Pass jobs on; end this process, mid-drawing too, as soon as nobody is at the other end."""
    try:
        while True:
            jobs.put(json.loads(line.recv_bytes()))
    except (EOFError, OSError):
        os._exit(0)


def draw(job: dict[str, Any], line: Connection) -> dict[str, Any]:
    """Draw one film into the file that the job names; return what to answer."""
    path = Path(job["path"])
    try:
        animatic.draw(
            TextToVideo.from_json(job["request"]),
            path,
            seed=job["seed"],
            fps=job["fps"],
            progress=Reports(line),
        )
        with path.open("rb") as file:
            os.fsync(file.fileno())
    except MemoryError:
        return {"failed": "The drawing needed more memory than the engine allows."}
    except OSError as exc:
        traceback.print_exc()
        return {"failed": f"The film could not be written: {exc.strerror or exc}."}
    except Exception as exc:
        traceback.print_exc()
        return {"failed": f"The animatic could not be drawn ({type(exc).__name__})."}
    return {"done": True}


def main(fd: int, megabytes: int) -> None:
    # Ctrl-C goes to the whole group; the engine decides when its children end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    share_heap()
    limit_memory(megabytes)
    os.nice(NICENESS)
    line = Connection(fd)
    jobs: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=listen, args=(line, jobs), daemon=True).start()
    send(line, {"ready": True})
    while True:
        send(line, draw(jobs.get(), line))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
