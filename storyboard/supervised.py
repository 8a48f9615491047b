"""What a process owes to the supervisor that started it: not to outlive it."""

from __future__ import annotations

import os
import signal
import threading
import time

# Set by `manage.py run`: the process id of the supervisor.
VARIABLE = "STORYBOARD_SUPERVISOR"
PAUSE = 1.0


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def leave_with_supervisor() -> None:
    """End this process, as SIGTERM would, within a second of its parent's or supervisor's end.

    A supervisor or a web server that is killed outright cannot stop its children; these would
    go on serving the port unseen. Does nothing in a process that no supervisor started.
    """
    supervisor = os.environ.get(VARIABLE, "")
    if not supervisor.isdecimal():
        return
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent and alive(int(supervisor)):
            time.sleep(PAUSE)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="leave-with-supervisor", daemon=True).start()
