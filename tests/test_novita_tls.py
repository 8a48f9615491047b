"""A service whose certificate is not believed hears nothing, and the log says why."""

from __future__ import annotations

import io
import logging
import socket
import ssl
import threading
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from storyboard.novita.client import Client
from storyboard.novita.errors import TryLater
from tests.certificates import write_certificate

UNKNOWN = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
OLD = (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)


class Impostor:
    """Answers at an address with a certificate of its own, and keeps what it hears after that."""

    def __init__(self, folder: Path, versions: tuple[ssl.TLSVersion, ssl.TLSVersion]) -> None:
        self.heard: list[bytes] = []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*write_certificate(folder, "localhost"))
        self.context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings(action="ignore"):
            self.context.minimum_version, self.context.maximum_version = versions
        self.server = socket.create_server(("127.0.0.1", 0))
        self.address = f"https://localhost:{self.server.getsockname()[1]}"

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.server.accept()
                connection.settimeout(5)
                with (
                    connection,
                    suppress(OSError),
                    self.context.wrap_socket(connection, server_side=True) as talk,
                ):
                    self.heard.append(talk.recv(4096))


@pytest.fixture(params=[UNKNOWN, OLD], ids=["unknown", "old"])
def impostor(request, tmp_path) -> Iterator[Impostor]:
    found = Impostor(tmp_path, request.param)
    thread = threading.Thread(target=found.serve, daemon=True)
    thread.start()
    yield found
    found.server.shutdown(socket.SHUT_RDWR)
    found.server.close()
    thread.join(5)


def test_who_is_not_believed_hears_nothing_and_the_log_says_why(impostor, caplog):
    caplog.set_level(logging.WARNING, "storyboard.novita")
    client = Client(impostor.address, "canary-key", timeout=(2, 2))
    with pytest.raises(TryLater):
        client.balance()
    with pytest.raises(TryLater):
        client.download(f"{impostor.address}/a.mp4", io.BytesIO(), max_bytes=9, deadline_seconds=5)
    assert [one for one in impostor.heard if one] == []
    lines = [one.getMessage() for one in caplog.records]
    assert len(lines) == 2
    assert all(line.startswith("TLS with localhost") for line in lines)
    assert "canary-key" not in "".join(lines)


@pytest.mark.parametrize("impostor", [UNKNOWN], indirect=True)
def test_a_submission_to_who_is_not_believed_has_certainly_not_left(impostor, caplog):
    with pytest.raises(TryLater) as refused:
        Client(impostor.address, "key", timeout=(2, 2)).submit_body({"prompts": []})
    assert refused.value.reason == "not_connected"
    assert "self-signed certificate" in caplog.text
