"""A server that takes up every call and never says a word, until it hangs up."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class SilentServer:
    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.calls: list[socket.socket] = []
        self.thread = threading.Thread(target=self._take_up)
        self.thread.start()

    def held(self) -> int:
        """Return how many are waiting for a word of it."""
        return sum(map(_waits, self.calls))

    def hang_up(self) -> None:
        """Let everybody go who waits, and take up no more calls."""
        # It wakes the thread, as closing alone would not.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()
        while self.calls:
            self.calls.pop().close()

    def _take_up(self) -> None:
        while True:
            try:
                call, _ = self.listener.accept()
            except OSError:
                return
            call.setblocking(False)
            self.calls.append(call)


def _waits(call: socket.socket) -> bool:
    """Whether whoever called is still there, whatever they have said."""
    try:
        while call.recv(4096):
            pass
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


@contextmanager
def silent_server() -> Iterator[SilentServer]:
    server = SilentServer()
    try:
        yield server
    finally:
        if server.thread.is_alive():
            server.hang_up()
