"""The web as strangers reach it: one request is one request, and README's nginx keeps its word."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from installation import ROOT, Installation
from waiting import free_port

from tests.certificates import write_certificate
from tests.nginx import nginx_server

pytestmark = pytest.mark.process

NAME = "story.example"


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[Installation]:
    """One behind a proxy, as README has it."""
    found = Installation(
        tmp_path_factory.mktemp("front"), PUBLIC_URL=f"https://{NAME}", TRUST_PROXY="true"
    )
    found.address = f"https://{NAME}"
    try:
        found.start()
        yield found
    finally:
        found.clear_away()


def connected(port: int, wire: ssl.SSLContext | None) -> socket.socket:
    plain = socket.create_connection(("127.0.0.1", port), timeout=10)
    if wire is None:
        return plain
    try:
        return wire.wrap_socket(plain, server_hostname=NAME)
    except OSError:
        plain.close()
        raise


def answers(port: int, request: str, wire: ssl.SSLContext | None = None) -> list[bytes]:
    """Send these bytes as they are; return what came back, one answer each."""
    found = b""
    with connected(port, wire) as talk:
        talk.sendall(request.replace("\n", "\r\n").encode())
        try:
            while part := talk.recv(65536):
                found += part
                talk.settimeout(1)
        except TimeoutError:
            pass  # It keeps the connection for a next request.
    return re.split(rb"(?=HTTP/1\.1 \d{3} )", found)[1:]


SMUGGLED = f"GET /nowhere HTTP/1.1\nHost: {NAME}\nX-Forwarded-Proto: https\n\n"


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ("Content-Length: 97\nTransfer-Encoding: chunked", f"0\n\n{SMUGGLED}", b"403"),
        (f"Content-Length: 0\nContent-Length: {len(SMUGGLED)}", SMUGGLED, b"400"),
        ("Content-Length: 5\nTransfer-Encoding: xchunked", f"0\n\n{SMUGGLED}", b"400"),
        ("Transfer-Encoding : chunked\nContent-Length: 5", f"0\n\n{SMUGGLED}", b"400"),
        ("Content-Length: +5", f"abcde{SMUGGLED}", b"400"),
    ],
    ids=["two ways", "two lengths", "an unknown way", "a space", "no number"],
)
def test_no_request_hides_in_anothers_body(running, headers, body, status):
    start = f"POST /accounts/login/ HTTP/1.1\nHost: {NAME}\nX-Forwarded-Proto: https\n"
    found = answers(running.port, f"{start}{headers}\n\n{body}")
    assert len(found) == 1
    assert found[0].split()[1] == status


def test_a_body_too_large_is_refused_before_it_has_come(running):
    start = f"POST /accounts/login/ HTTP/1.1\nHost: {NAME}\nX-Forwarded-Proto: https\n"
    [answer] = answers(running.port, f"{start}Content-Length: 50000000\n\nlogin=")
    assert answer.split()[1] == b"413"


# README's nginx


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> tuple[Path, Path]:
    """A certificate of our own for the name, and its key."""
    return write_certificate(tmp_path_factory.mktemp("certificate"), NAME)


@pytest.fixture(scope="module")
def front(running, certificate, tmp_path_factory) -> Iterator[tuple[int, int]]:
    """README's nginx before it; the ports of http and https."""
    readme = (ROOT / "README.md").read_text()
    block = re.search(r"^ {6}server \{\n.*?^ {6}\}\n", readme, re.MULTILINE | re.DOTALL)[0]
    plain, secret = free_port(), free_port()
    for written, meant in (
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{secret} ssl;"),
        ("/etc/ssl/story.pem", str(certificate[0])),
        ("/etc/ssl/story.key", str(certificate[1])),
        ("127.0.0.1:8000", f"127.0.0.1:{running.port}"),
    ):
        assert written in block
        block = block.replace(written, meant)
    with nginx_server(tmp_path_factory.mktemp("nginx") / "nginx", block, plain):
        yield plain, secret


@pytest.fixture
def wire(certificate) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate[0]))


def asked(port: int, wire: ssl.SSLContext | None, more: str = "", path: str = "/accounts/login/"):
    [answer] = answers(port, f"GET {path} HTTP/1.1\nHost: {NAME}\n{more}\n", wire)
    return answer


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_new_versions_of_tls_are_spoken_with_good_ciphers(front, wire, version):
    wire.minimum_version = wire.maximum_version = version
    with connected(front[1], wire) as talk:
        cipher = talk.cipher()[0]
    assert re.fullmatch(r"TLS_.*|ECDHE-ECDSA-.*(GCM|CHACHA20).*", cipher)
    assert "max-age=31536000; includeSubDomains" in asked(front[1], wire).decode()


@pytest.mark.parametrize(
    ("ciphers", "version"),
    [
        ("ALL:@SECLEVEL=0", ssl.TLSVersion.TLSv1_1),
        ("AES128-SHA256:AES128-SHA:@SECLEVEL=0", ssl.TLSVersion.TLSv1_2),
        ("ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0", ssl.TLSVersion.TLSv1_2),
    ],
)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_older_versions_and_ciphers_are_not(front, wire, ciphers, version):
    wire.set_ciphers(ciphers)
    wire.minimum_version = wire.maximum_version = version
    with pytest.raises((ssl.SSLError, ConnectionError)):
        connected(front[1], wire)


def test_pages_lead_to_https_and_the_door_of_webhooks_does_not(front):
    page = asked(front[0], None).decode()
    assert page.split()[1] == "301"
    assert f"https://{NAME}/accounts/login/" in page
    request = f"POST /hooks/{'x' * 32}/ HTTP/1.1\nHost: {NAME}\nContent-Length: 2\n\n{{}}"
    [answer] = answers(front[0], request)
    assert answer.split()[1] == b"403"


@pytest.mark.parametrize(
    "more",
    ["X-Forwarded-Proto: https\n", "X_Forwarded_Proto: https\n", "x_forwarded-proto: https\n"],
)
def test_nobody_says_https_in_the_proxys_name(front, more):
    assert asked(front[0], None, more).split()[1] == b"301"


def test_the_figures_are_not_shown_outside(front, wire):
    assert asked(front[1], wire, path="/metrics").split()[1] == b"404"
