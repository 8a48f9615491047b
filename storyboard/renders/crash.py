"""Named points at which a test may kill a process, to prove that nothing is lost or paid twice.

Silent unless the environment variable STORYBOARD_CRASH_AT names one as `name:occurrence`
(1 is the first time the process passes it).
"""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter

POINTS = (
    "claimed",
    "submitting committed",
    "submit answered",
    "task id committed",
    "poll answered",
    "saving committed",
    "downloaded",
    "probed",
    "file synced",
    "file renamed",
    "folder synced",
    "take stored",
    "ready uncommitted",
    "ready committed",
)
# Passed only where a webhook brings back the task of a submission whose answer was lost.
HOOK_POINTS = ("hook verified", "hook adopted")
# Passed while a backup is put back: the first two on PostgreSQL, the last for each file.
RESTORE_POINTS = ("restore loaded", "restore held", "restore kept")
# Passed only where a film is made to be downloaded.
FILM_POINTS = ("film made", "film kept")

_passed: Counter[str] = Counter()
_lock = threading.Lock()


def point(name: str) -> None:
    """Die here, as by SIGKILL, when the environment asks for it; `name` is one listed above."""
    wanted = os.environ.get("STORYBOARD_CRASH_AT", "")
    if not wanted or wanted.rpartition(":")[0] != name:
        return
    with _lock:
        _passed[name] += 1
        if wanted == f"{name}:{_passed[name]}":
            os.kill(os.getpid(), signal.SIGKILL)
