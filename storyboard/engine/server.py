"""One running engine: the HTTP side, the render pool, the webhooks and the pruning."""

from __future__ import annotations

import fcntl
import logging
import socket
import threading
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import DatabaseError, connections
from waitress import create_server, wasyncore
from waitress.channel import HTTPChannel
from waitress.task import ErrorTask

from storyboard.engine.app import Application, error_response
from storyboard.engine.core import Engine
from storyboard.engine.errors import ApiError
from storyboard.engine.models import EngineTask, TaskState
from storyboard.engine.pool import Pool
from storyboard.engine.pruning import drop_parts, prune
from storyboard.engine.webhooks import Teller
from storyboard.engine.wire import BODY_MAX

logger = logging.getLogger(__name__)

HTTP_THREADS = 8
PRUNE_EVERY = 3600.0
LEARN_FROM = 15


class OwnErrorTask(ErrorTask):  # type: ignore[misc]
    """What waitress refuses before the application sees it, in the API's shape."""

    def execute(self) -> None:
        refused = self.request.error
        message = f"the HTTP request was refused: {refused.reason}"
        if refused.code == 413:
            message = f"the body is larger than {BODY_MAX} bytes"
        response = error_response(ApiError(400, "INVALID_REQUEST_BODY", message))
        self.status = response.status_line
        self.response_headers.extend(response.all_headers())
        self.set_close_on_finish()
        self.content_length = response.length
        for chunk in response.body:
            self.write(chunk)


class OwnChannel(HTTPChannel):  # type: ignore[misc]
    error_task_class = OwnErrorTask


class Server:
    """Serves until stopped. Raises OSError when the address or the folder cannot be had."""

    def __init__(self, engine: Engine, *, host: str, port: int) -> None:
        self.engine = engine
        self._lock = only_one(engine.root / "lock")
        self._sockets: dict[int, Any] = {}
        self._http = create_server(
            Application(engine),
            map=self._sockets,
            sockets=[listener(host, port)],
            threads=HTTP_THREADS,
            max_request_body_size=BODY_MAX + 1,
            # A client that says nothing gives its place back.
            channel_timeout=60,
            connection_limit=500,
            ident=None,
            clear_untrusted_proxy_headers=True,
        )
        self._http.channel_class = OwnChannel
        self.port: int = self._http.effective_port
        self.pool = Pool(engine)
        self.teller = Teller(engine, settings.ENGINE_WEBHOOK_HOSTS)
        engine.wake = self.pool.wake
        engine.wake_teller = self.teller.wake
        # A plain boolean: a signal handler that sets an Event can wait for a lock that the
        # thread it interrupted holds.
        self.stopping = False

    def stop(self) -> None:
        self.stopping = True

    def run(self) -> None:
        """Pick up what the last engine left, then serve until `stop`; end within seconds."""
        recover(self.engine)
        self.pool.start()
        self.teller.start()
        pruned = threading.Event()
        pruner = threading.Thread(target=self._prune, args=(pruned,), daemon=True)
        pruner.start()
        try:
            while not self.stopping:
                wasyncore.loop(timeout=0.2, map=self._sockets, count=1)
        finally:
            self.stopping = True
            self._http.accepting = False
            pruned.set()
            self.teller.stop()
            self.pool.stop()
            self._http.task_dispatcher.shutdown(timeout=2)
            wasyncore.close_all(self._sockets, ignore_all=True)
            self._lock.close()

    def _prune(self, stopped: threading.Event) -> None:
        keep = timedelta(hours=settings.ENGINE_KEEP_HOURS)
        while not self.stopping:
            try:
                prune(self.engine, self.engine.clock(), keep)
            except (DatabaseError, OSError) as exc:
                logger.warning("old tasks could not be pruned: %s", exc)
            connections.close_all()
            stopped.wait(PRUNE_EVERY)


def recover(engine: Engine) -> None:
    """Queue again what a killed engine was drawing, and learn the pace of what it drew."""
    drop_parts(engine)
    found = EngineTask.objects.put_back()
    if found:
        logger.info("%s tasks were left half drawn; they are drawn again", found)
    past = EngineTask.objects.filter(state=TaskState.SUCCEED, work__gt=0).exclude(file="")
    for task in reversed(past.order_by("-pk")[:LEARN_FROM]):
        if task.started_at and task.finished_at:
            engine.pace.learn(task.work, (task.finished_at - task.started_at).total_seconds())


def only_one(path: Path) -> IO[str]:
    """Hold the folder for this engine; raise BlockingIOError while another one does."""
    file = path.open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise
    return file


def listener(host: str, port: int) -> socket.socket:
    """Return a bound socket; raise OSError when the address cannot be had."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    found = socket.socket(family, kind, protocol)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError, AttributeError):
            if family == socket.AF_INET6:
                found.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        found.bind(address)
    except OSError:
        found.close()
        raise
    return found
