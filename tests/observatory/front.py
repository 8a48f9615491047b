"""What stands before Storyboard on the internet: TLS and plain http, on one port of this machine.

The scanner asks http and https at the same host and port, and has no account. So the first byte
says which of the two a connection is, and a session's cookie is added where one is to be seen.
"""

from __future__ import annotations

import socket
import ssl
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.observatory.authority import Papers

# How a TLS connection begins (RFC 8446, section 5.1): a record of a handshake.
HANDSHAKE = b"\x16"
# Said between two neighbours, and not handed on.
BETWEEN_TWO = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}


class Front(ThreadingHTTPServer):
    """Hands requests on to the web at `web_port`, and tells it how they came."""

    daemon_threads = True

    def __init__(self, port: int, web_port: int, papers: Papers) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.web_port = web_port
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(papers.certificate, papers.key)
        # Added to requests of the paths in `signed_in`, over TLS.
        self.cookie = ""
        self.signed_in: set[str] = set()
        # Where a missing page is told as found: the scanner looks at no other.
        self.told_as_found: set[str] = set()

    def finish_request(self, request: Any, client_address: Any) -> None:
        if request.recv(1, socket.MSG_PEEK) != HANDSHAKE:
            super().finish_request(request, client_address)
            return
        with self.tls.wrap_socket(request, server_side=True) as wrapped:
            super().finish_request(wrapped, client_address)


class Handler(BaseHTTPRequestHandler):
    server: Front

    def hand_on(self) -> None:
        secure = isinstance(self.connection, ssl.SSLSocket)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {n: v for n, v in self.headers.items() if n.lower() not in BETWEEN_TWO}
        headers["X-Forwarded-Proto"] = "https" if secure else "http"
        if secure and self.path in self.server.signed_in:
            own = headers.get("Cookie")
            headers["Cookie"] = "; ".join(filter(None, (own, self.server.cookie)))
        web = HTTPConnection("127.0.0.1", self.server.web_port, timeout=30)
        try:
            web.request(self.command, self.path, body, headers)
            answer = web.getresponse()
            content = answer.read()
        finally:
            web.close()
        found = answer.status == 404 and self.path in self.server.told_as_found
        self.send_response_only(200 if found else answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in BETWEEN_TWO:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_HEAD = do_POST = do_OPTIONS = hand_on

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the web has a log of its own."""
