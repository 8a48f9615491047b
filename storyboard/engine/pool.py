"""The render pool: a bounded number of warm drawing processes, each led by a thread."""

from __future__ import annotations

import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connections

from storyboard.engine.core import Engine
from storyboard.engine.models import EngineTask
from storyboard.engine.progress import Drawing

logger = logging.getLogger(__name__)

SECONDS_PER_RENDER = 600.0
MEGABYTES_PER_CHILD = 2048
# A task that ends its drawing process, or the engine, so often is given up.
ATTEMPTS_MAX = 3
# A drawing process that cannot even start is tried again after so many seconds.
PAUSE = 2.0
STEP = 0.2


class ChildEnded(Exception):
    """The drawing process is no more."""


class Failed(Exception):
    """This task will not be drawn; the message is its reason. The child is not used again."""


class Stopped(Exception):
    """The engine is being stopped: leave the task to the next one."""


class Child:
    """One drawing process, from here."""

    def __init__(self, megabytes: int) -> None:
        ours, theirs = socket.socketpair()
        self.process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "storyboard.engine.child", str(theirs.fileno()), str(megabytes)],
            cwd=settings.BASE_DIR,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr.fileno(),
        )
        theirs.close()
        self.line = Connection(ours.detach())

    def send(self, message: dict[str, Any]) -> None:
        try:
            self.line.send_bytes(json.dumps(message).encode())
        except OSError:
            raise ChildEnded from None

    def receive(self, timeout: float) -> dict[str, Any] | None:
        """Return the next message, or None after `timeout` seconds; raise ChildEnded."""
        try:
            if not self.line.poll(timeout):
                return None
            message: dict[str, Any] = json.loads(self.line.recv_bytes())
        except (EOFError, OSError):
            raise ChildEnded from None
        return message

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.line.close()


class Pool:
    """Draws what is queued, oldest first, until stopped."""

    def __init__(
        self,
        engine: Engine,
        *,
        seconds: float = SECONDS_PER_RENDER,
        megabytes: int = MEGABYTES_PER_CHILD,
    ) -> None:
        self.engine = engine
        self.seconds = seconds
        self.megabytes = megabytes
        self.stopping = False
        self._news = threading.Condition()
        self._leaders = [
            threading.Thread(target=self._lead, name=f"leader-{number}", daemon=True)
            for number in range(engine.workers)
        ]

    def start(self) -> None:
        for leader in self._leaders:
            leader.start()

    def wake(self) -> None:
        """Tell an idle leader that something was queued."""
        with self._news:
            self._news.notify()

    def stop(self, timeout: float = 4.0) -> None:
        """End every drawing process; what they were at is queued again."""
        self.stopping = True
        with self._news:
            self._news.notify_all()
        end = time.monotonic() + timeout
        for leader in self._leaders:
            leader.join(max(0.0, end - time.monotonic()))

    def _lead(self) -> None:
        child = None
        try:
            while not self.stopping:
                try:
                    child = child or self._start_child()
                    task = EngineTask.objects.claim(self.engine.clock())
                    if task is None:
                        self._rest()
                    elif not self.render(child, task):
                        child.end()
                        child = None
                except Stopped:
                    return
                except ChildEnded:
                    logger.exception("a drawing process ended before it was ready")
                    child = None
                    self._pause()
                except DatabaseError as exc:
                    logger.warning("the database could not answer: %s", exc)
                    self._pause()
                except Exception:
                    logger.exception("the engine's own error")
                    self._pause()
        finally:
            if child:
                child.end()
            connections.close_all()

    def _start_child(self) -> Child:
        child = Child(self.megabytes)
        try:
            while child.receive(STEP) is None:
                if self.stopping:
                    raise Stopped
        except (ChildEnded, Stopped):
            child.end()
            raise
        return child

    def _rest(self) -> None:
        """Wait until woken; look by oneself every few seconds, in case nobody could tell."""
        close_old_connections()
        with self._news:
            if not self.stopping and not EngineTask.objects.queued().exists():
                self._news.wait(5.0)

    def _pause(self) -> None:
        close_old_connections()
        end = time.monotonic() + PAUSE
        while not self.stopping and time.monotonic() < end:
            time.sleep(STEP)

    def render(self, child: Child, task: EngineTask) -> bool:
        """Draw one task to its end; False when the child must not be used again."""
        frames = sum(row["frames"] for row in task.request["prompts"])
        name = f"{task.task_id}.{task.request['extra']['response_video_type']}"
        drawing = self.engine.progress.begin(task.task_id, frames, task.work)
        try:
            self._draw(child, task, name, drawing)
        except Stopped:
            self._persist(task.put_back)
            raise
        except ChildEnded:
            self._child_ended(task, drawing)
            return False
        except Failed as exc:
            self._fail(task, str(exc), drawing)
            return False
        except Exception:
            logger.exception("task %s", task.task_id)
            self._fail(task, "The engine met an error of its own.", drawing)
            return False
        finally:
            self.engine.progress.end(task.task_id)
            # Not there any more when the film was kept.
            (self.engine.parts / name).unlink(missing_ok=True)
        seconds = time.monotonic() - drawing.started
        self.engine.pace.learn(task.work, seconds)
        self._persist(lambda: task.succeed(name, self.engine.clock()))
        self.engine.wake_teller()
        logger.info("task %s: %s frames drawn in %.1f s", task.task_id, frames, seconds)
        return True

    def _draw(self, child: Child, task: EngineTask, name: str, drawing: Drawing) -> None:
        """Let the child draw a film and keep it; raise Failed when it cannot."""
        part = self.engine.parts / name
        child.send(
            {
                "request": task.request,
                "path": str(part),
                "seed": task.seed,
                "fps": settings.ENGINE_FPS,
            }
        )
        self._follow(child, drawing)
        try:
            os.replace(part, self.engine.films / name)
            sync_folder(self.engine.films)
        except OSError as exc:
            raise Failed(f"The film could not be kept: {exc.strerror}.") from exc

    def _follow(self, child: Child, drawing: Drawing) -> None:
        """Note the progress until the film is drawn; raise Failed when it will not be."""
        while True:
            if self.stopping:
                raise Stopped
            message = child.receive(STEP)
            if message is not None:
                if message.get("done"):
                    return
                if "failed" in message:
                    raise Failed(message["failed"])
                drawing.done = min(drawing.frames, message["frames"])
            if time.monotonic() - drawing.started > self.seconds:
                raise Failed(f"Drawing took longer than {self.seconds:g} seconds.")

    def _child_ended(self, task: EngineTask, drawing: Drawing) -> None:
        if task.attempts < ATTEMPTS_MAX:
            logger.warning("task %s: its drawing process ended; it is drawn again", task.task_id)
            self._persist(task.put_back)
        else:
            self._fail(task, "The drawing process ended each time it was tried.", drawing)

    def _fail(self, task: EngineTask, reason: str, drawing: Drawing) -> None:
        logger.warning("task %s: %s", task.task_id, reason)
        self._persist(lambda: task.fail(reason, self.engine.clock(), progress=drawing.percent()))
        self.engine.wake_teller()

    def _persist(self, write: Callable[[], object]) -> None:
        """Write, again and again while the database cannot: hours of drawing may hang on it."""
        while True:
            try:
                write()
                return
            except DatabaseError as exc:
                logger.warning("the database could not answer: %s", exc)
                if self.stopping:
                    return
                self._pause()


def sync_folder(folder: Path) -> None:
    """Let a rename in `folder` reach the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
