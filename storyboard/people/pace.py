"""How often somebody may do what is dear: counted for all processes together, and soon over.

The rates stand in `storyboard/doors.py`, each by person; whoever is not known is counted by the
address that our own proxy vouches for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse


def paced(action: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Answer 429 to whoever asks a view more often than `action` has its rate."""

    def slowed(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            refused: HttpResponse | None = ratelimit.consume_or_429(
                request, action=action, user=request.user, limit_get=True
            )
            return refused or view(request, *args, **kwargs)

        return answer

    return slowed


def missed(request: HttpRequest) -> HttpResponse | None:
    """Count somebody who opens a secret address that there is not; 429 once it is guessing."""
    refused: HttpResponse | None = ratelimit.consume_or_429(request, action="miss", limit_get=True)
    return refused
