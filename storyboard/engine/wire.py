"""What a handler is given and what it hands back, without the WSGI around them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from storyboard.engine.errors import invalid

BODY_MAX = 1_000_000
# A host name or address with an optional port: all that may be echoed in a link.
HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?", re.ASCII)


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    base_url: str
    body: Any = None

    @classmethod
    def from_environ(cls, environ: dict[str, Any]) -> Request:
        scheme = environ.get("wsgi.url_scheme", "http")
        host = environ.get("HTTP_HOST", "")
        if not HOST.fullmatch(host):
            host = f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
        try:
            # WSGI hands bytes over as Latin-1.
            path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8")
        except UnicodeError:
            path = "/\ufffd"
        try:
            query = parse_qs(
                environ.get("QUERY_STRING", ""), keep_blank_values=True, max_num_fields=100
            )
        except ValueError:
            query = {}
        return cls(
            method=environ["REQUEST_METHOD"],
            path=path,
            query=query,
            headers={
                name[5:].replace("_", "-").lower(): value
                for name, value in environ.items()
                if name.startswith("HTTP_")
            },
            base_url=f"{scheme}://{host}",
            body=environ["wsgi.input"],
        )

    def first(self, name: str, default: str = "") -> str:
        return self.query.get(name, [default])[0]

    def read(self) -> bytes:
        """Return the body; raise ApiError when it is larger than the engine reads."""
        found: bytes = self.body.read(BODY_MAX + 1)
        if len(found) > BODY_MAX:
            raise invalid(f"the body is larger than {BODY_MAX} bytes")
        return found


@dataclass
class Response:
    status: int
    headers: list[tuple[str, str]]
    body: Iterable[bytes] = ()
    # Bytes in `body`.
    length: int = 0
    extra_headers: list[tuple[str, str]] = field(default_factory=list)

    @property
    def status_line(self) -> str:
        return f"{self.status} {HTTPStatus(self.status).phrase}"

    def all_headers(self) -> list[tuple[str, str]]:
        return [*self.headers, *self.extra_headers, ("Content-Length", str(self.length))]


def json_response(body: Any, status: int = 200) -> Response:
    content = json.dumps(body, separators=(",", ":")).encode()
    return Response(
        status,
        [("Content-Type", "application/json"), ("Cache-Control", "no-store")],
        [content],
        len(content),
    )


def bytes_response(content: bytes, kind: str, status: int = 200) -> Response:
    return Response(status, [("Content-Type", kind)], [content], len(content))
