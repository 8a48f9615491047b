"""An end in all: a socket's own time-out only counts from one byte to the next.

A host that sends a byte now and then, in a header or a chunk's length as well as in the body,
would hold the asking thread without end. A `Deadline` shuts every connection that the thread
opened or used inside it, once its seconds are over; what was reading then sees the end.
"""

from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError
from urllib3.util import connection

from storyboard.novita.guard import open_ips

_thread = threading.local()


class Deadline:
    """Cuts this thread's connections off `seconds` after it was entered.

    Whoever read to an end must ask `passed`: an answer without a length ends just so.
    """

    def __init__(self, seconds: float) -> None:
        self._lock = threading.Lock()
        self._wires: list[socket.socket] = []
        self._passed = False
        self._timer = threading.Timer(max(0.0, seconds), self._cut)
        self._timer.daemon = True

    @property
    def passed(self) -> bool:
        return self._passed

    def __enter__(self) -> Deadline:
        self._outer: Deadline | None = getattr(_thread, "deadline", None)
        _thread.deadline = self
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _thread.deadline = self._outer
        self._timer.cancel()
        with self._lock:
            for wire in self._wires:
                wire.close()
            self._wires.clear()

    def watch(self, wire: socket.socket) -> None:
        # A handle of our own: the other one may be wrapped, or closed while its reader goes on.
        own = socket.socket(fileno=os.dup(wire.fileno()))
        with self._lock:
            self._wires.append(own)
            if self._passed:
                _shut(own)

    def _cut(self) -> None:
        with self._lock:
            self._passed = True
            for wire in self._wires:
                _shut(wire)


def _shut(wire: socket.socket) -> None:
    with suppress(OSError):
        wire.shutdown(socket.SHUT_RDWR)


def _watch(wire: socket.socket | None) -> None:
    deadline: Deadline | None = getattr(_thread, "deadline", None)
    if deadline is not None and wire is not None and wire.fileno() >= 0:
        deadline.watch(wire)


class _Http(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        wire = super()._new_conn()
        _watch(wire)
        return wire

    def request(self, *arguments: Any, **options: Any) -> None:
        _watch(self.sock)
        super().request(*arguments, **options)


class _Https(_Http, HTTPSConnection):
    """The same over TLS; the handshake is read from the wire that is watched."""


class _GuardedHttps(_Https):
    """The same, to nobody but a host that lies outside: at the very address that was checked."""

    def _new_conn(self) -> socket.socket:
        try:
            ips = open_ips(self.host, self.port or 443)
        except OSError as exc:
            raise NewConnectionError(self, f"the host has no address: {exc}") from exc
        failed: OSError | None = None
        for ip in ips:
            try:
                wire = connection.create_connection(
                    (ip, self.port or 443), self.timeout, socket_options=self.socket_options
                )
            except OSError as exc:
                failed = exc
                continue
            _watch(wire)
            return wire
        raise NewConnectionError(self, f"no connection could be made: {failed}") from failed


class GuardedHttpsPool(urllib3.HTTPSConnectionPool):
    """Connections over TLS to hosts that lie outside, for a service that others named."""

    ConnectionCls = _GuardedHttps


class HttpPool(urllib3.HTTPConnectionPool):
    """Connections that a `Deadline` can cut off."""

    ConnectionCls = _Http


class HttpsPool(urllib3.HTTPSConnectionPool):
    """Connections over TLS that a `Deadline` can cut off, in the handshake too."""

    ConnectionCls = _Https
