"""The token that opens the figures of an installation to its monitoring."""

from __future__ import annotations

import hmac

from django.conf import settings
from django.http import HttpRequest


def has_metrics_token(request: HttpRequest) -> bool:
    """Whether the request bears METRICS_TOKEN; never true while none is set."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    wanted: str = settings.METRICS_TOKEN
    same = hmac.compare_digest(given.strip().encode(), wanted.encode())
    return bool(wanted) and scheme.lower() == "bearer" and same
