"""An end in all, however the bytes come in."""

from __future__ import annotations

import io
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from storyboard.novita import client as client_module
from storyboard.novita.client import Client
from storyboard.novita.deadline import Deadline
from storyboard.novita.errors import TryLater

# The beginning of a TLS record of 16 KB, which holds a handshake message.
RECORD = b"\x16\x03\x03\x40\x00\x02\x00\x3f\xf0"


@pytest.fixture
def slow_handshake() -> Iterator[str]:
    """A host that shakes hands a byte at a time, and never comes to an end."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with suppress(OSError):
                connection, _ = server.accept()
                with connection:
                    connection.sendall(RECORD)
                    while not over.wait(0.02):
                        connection.sendall(b"\0")

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"https://127.0.0.1:{server.getsockname()[1]}"
        over.set()
        thread.join(5)


def test_a_handshake_that_drips_has_an_end(slow_handshake):
    client = Client(slow_handshake, "key", timeout=(2, 2))
    began = time.monotonic()
    with pytest.raises(TryLater):
        client.download(f"{slow_handshake}/a.mp4", io.BytesIO(), max_bytes=9, deadline_seconds=0.3)
    assert time.monotonic() - began < 5


def test_a_connection_that_is_used_again_has_an_end_as_well(fake_service, monkeypatch):
    client = Client(fake_service.base_url, fake_service.key, timeout=(2, 2))
    client.balance()
    monkeypatch.setattr(client_module, "ANSWER_SECONDS_MAX", 0.3)
    fake_service.next_balance("drip_head")
    with pytest.raises(TryLater):
        client.balance()
    monkeypatch.undo()
    assert client.balance().available == 12.5


def test_a_deadline_cuts_what_it_watches_and_nothing_else():
    mine, theirs = socket.socketpair()
    other, others = socket.socketpair()
    with mine, theirs, other, others:
        with Deadline(0.05) as deadline:
            deadline.watch(mine)
            assert mine.recv(1) == b""
            assert deadline.passed
        other.sendall(b"x")
        assert others.recv(1) == b"x"


def test_what_is_opened_after_the_end_is_cut_at_once():
    mine, theirs = socket.socketpair()
    with mine, theirs, Deadline(0) as deadline:
        limit = time.monotonic() + 5
        while not deadline.passed and time.monotonic() < limit:
            continue
        deadline.watch(mine)
        assert mine.recv(1) == b""


def test_a_deadline_that_was_met_leaves_the_connection_and_no_handle_behind():
    mine, theirs = socket.socketpair()
    with mine, theirs:
        before = len(os.listdir("/dev/fd"))
        with Deadline(60) as deadline:
            deadline.watch(mine)
        assert not deadline.passed
        assert len(os.listdir("/dev/fd")) == before
        theirs.sendall(b"x")
        assert mine.recv(1) == b"x"
