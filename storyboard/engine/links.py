"""Signed addresses of finished files: good for a time, then 403 as a storage host answers."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import quote, urlencode

PREFIX = "/files/"


class BadLink(Exception):
    """`code` is the storage host's word for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Links:
    """Signs and checks; `ttl` is in seconds, times are seconds since the epoch."""

    secret: bytes
    ttl: int

    def make(self, base_url: str, file: str, now: float) -> str:
        expires = str(int(now) + self.ttl)
        query = urlencode({"Expires": expires, "Signature": self._signature(file, expires)})
        return f"{base_url}{PREFIX}{quote(file)}?{query}"

    def check(self, file: str, expires: str, signature: str, now: float) -> None:
        """Raise BadLink unless `signature` was made by us for this file and time, and is good."""
        if not hmac.compare_digest(self._signature(file, expires).encode(), signature.encode()):
            raise BadLink("SignatureDoesNotMatch", "The signature does not match this address.")
        if now >= int(expires):
            raise BadLink("AccessDenied", "Request has expired")

    def _signature(self, file: str, expires: str) -> str:
        return hmac.new(self.secret, f"{file}\n{expires}".encode(), hashlib.sha256).hexdigest()
