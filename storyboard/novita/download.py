"""Copying a finished video from the address that the service named, without our key."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError
from urllib3.util import Timeout

from storyboard.novita.causes import tell_of_tls
from storyboard.novita.deadline import Deadline, HttpPool, HttpsPool
from storyboard.novita.errors import LinkExpired, Refused, TryLater
from storyboard.novita.guard import Place, place_of

CHUNK = 256 * 1024
REDIRECTS_MAX = 3
REDIRECTS = (301, 302, 303, 307, 308)
# What a signed address answers once it is no longer good, or never was.
EXPIRED = (400, 401, 403, 404, 410)
UNNAMED_TYPES = ("application/octet-stream", "binary/octet-stream")
VIDEO_TYPES = ("video/", "image/gif", *UNNAMED_TYPES)
PICTURE_TYPES = ("image/", *UNNAMED_TYPES)
# Below this many bytes a second, after a grace of as many seconds, a download is dripping.
LEAST_SPEED = 1024
GRACE_SECONDS = 20.0


@dataclass(frozen=True)
class Download:
    content_type: str
    bytes: int
    etag: str


class Downloader:
    """Fetches files for the service at `service`; `timeout` is (connect, read) seconds."""

    def __init__(self, service: str, *, timeout: tuple[float, float]) -> None:
        self.service = service
        self.timeout = Timeout(connect=timeout[0], read=timeout[1])

    def fetch(
        self,
        url: str,
        into: BinaryIO,
        *,
        max_bytes: int,
        deadline_seconds: float,
        types: tuple[str, ...] = VIDEO_TYPES,
    ) -> Download:
        """Copy what `url` holds into `into`, whole or not at all by its own word.

        `types` are the content types accepted, by how they begin. Raises LinkExpired when the
        address is no longer good, Refused when it must not be asked or holds too much, and
        TryLater for whatever may be otherwise next time.
        """
        with Deadline(deadline_seconds) as deadline:
            for _ in range(REDIRECTS_MAX + 1):
                place = place_of(url, self.service)
                with closing(self._ask(place, url)) as response:
                    if response.status not in REDIRECTS:
                        return self._copy(response, into, max_bytes, deadline, types)
                    url = _led_to(url, response.headers.get("Location", ""))
        raise Refused("The video's address leads on and on.", reason="address_refused")

    def _ask(self, place: Place, url: str) -> urllib3.BaseHTTPResponse:
        """Ask the addresses that were checked, one after the other, until one can be reached."""
        parts = urlsplit(url)
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        usual = 443 if place.scheme == "https" else 80
        host = f"[{place.host}]" if ":" in place.host else place.host
        headers = {
            "Host": host if place.port == usual else f"{host}:{place.port}",
            "Accept-Encoding": "identity",
            "Connection": "close",
            "User-Agent": "storyboard",
        }
        unreachable: Exception | None = None
        for ip in place.ips:
            try:
                with _broken_off(place.host):
                    return self._pool(place, ip).urlopen(
                        "GET",
                        path,
                        headers=headers,
                        redirect=False,
                        preload_content=False,
                        decode_content=False,
                    )
            except _Unreachable as exc:
                unreachable = exc
        raise TryLater("The video's host cannot be reached.", reason="download_broken") from (
            unreachable
        )

    def _pool(self, place: Place, ip: str) -> urllib3.HTTPConnectionPool:
        """Return a pool of one connection to the very address that was checked."""
        if place.scheme == "https":
            return HttpsPool(
                ip,
                place.port,
                timeout=self.timeout,
                retries=False,
                maxsize=1,
                server_hostname=place.host,
                assert_hostname=place.host,
            )
        return HttpPool(ip, place.port, timeout=self.timeout, retries=False, maxsize=1)

    def _copy(
        self,
        response: urllib3.BaseHTTPResponse,
        into: BinaryIO,
        max_bytes: int,
        deadline: Deadline,
        types: tuple[str, ...],
    ) -> Download:
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if response.status in EXPIRED:
            raise LinkExpired(
                "The video's address is no longer good.",
                reason="link_expired",
                status=response.status,
            )
        if response.status != 200:
            raise TryLater(
                f"The video's host answered {response.status}.",
                reason="download_broken",
                status=response.status,
            )
        if kind and not kind.startswith(types):
            raise TryLater(f"The video's host sent {kind[:60]}.", reason="not_a_video")
        declared = response.headers.get("Content-Length", "")
        length = int(declared) if declared.isascii() and declared.isdecimal() else None
        if length is not None and length > max_bytes:
            raise Refused("The video is larger than we store.", reason="too_large")
        copied = self._stream(response, into, max_bytes, deadline)
        if length is not None and copied != length:
            raise TryLater("The download was cut short.", reason="download_broken")
        return Download(kind, copied, response.headers.get("ETag", ""))

    def _stream(
        self,
        response: urllib3.BaseHTTPResponse,
        into: BinaryIO,
        max_bytes: int,
        deadline: Deadline,
    ) -> int:
        started = time.monotonic()
        copied = 0
        while chunk := _read(response):
            copied += len(chunk)
            if copied > max_bytes:
                raise Refused("The video is larger than we store.", reason="too_large")
            into.write(chunk)
            spent = time.monotonic() - started
            if deadline.passed or (spent > GRACE_SECONDS and copied < spent * LEAST_SPEED):
                break
        else:
            if not deadline.passed:
                return copied
        raise TryLater("The download is too slow.", reason="download_broken")


class _Unreachable(Exception):
    """Nobody answered at one of a host's addresses; another may."""


def _led_to(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as exc:
        raise Refused("The video's address cannot be read.", reason="address_refused") from exc


def _read(response: urllib3.BaseHTTPResponse) -> bytes:
    with _broken_off():
        return response.read1(CHUNK, decode_content=False)


@contextmanager
def _broken_off(host: str = "") -> Iterator[None]:
    """Translate the network's errors only: what a full disk raises is the caller's to know."""
    try:
        yield
    except (NewConnectionError, ConnectTimeoutError) as exc:
        raise _Unreachable from exc
    except (HTTPError, OSError) as exc:
        tell_of_tls(exc, host)
        raise TryLater("The download broke off.", reason="download_broken") from exc
