"""Full addresses, for links that people take elsewhere."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def full_address(request: HttpRequest, path: str) -> str:
    """Return `path` as people type it: under PUBLIC_URL, else under the host they asked for."""
    if settings.PUBLIC_URL:
        return f"{settings.PUBLIC_URL}{path}"
    return request.build_absolute_uri(path)
