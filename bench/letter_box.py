"""A mail server that takes every letter after 50 ms, and counts them by whom they are for."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread

LATENCY = 0.05


class LetterBox(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.letters: Counter[str] = Counter()


class Talk(StreamRequestHandler):
    """As much of RFC 5321 as Python's smtplib asks for."""

    server: LetterBox

    def handle(self) -> None:
        self.say("220 bench")
        to = ""
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"RCPT":
                to = line.decode().partition("<")[2].partition(">")[0]
            if word == b"DATA":
                self.say("354 go on")
                while self.rfile.readline() not in {b".\r\n", b""}:
                    continue
                time.sleep(LATENCY)
                self.server.letters[to] += 1
            self.say("221 bye" if word == b"QUIT" else "250 fine")

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@contextmanager
def letter_box() -> Iterator[LetterBox]:
    with LetterBox() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
