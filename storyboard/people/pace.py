"""How often somebody may do what is dear, or guess: counted for all processes, and soon over.

The rates stand in `storyboard/doors.py`, each by person; whoever is not known is counted by the
address that our own proxy vouches for.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from allauth.core.internal.ratelimit import consume, get_ip
from django.http import HttpRequest, HttpResponse

# How long allauth waits until it may count, before it refuses as if the rate were used up.
COUNTING_SECONDS = 1
TRIES = 5


def paced(action: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Answer 429 to whoever asks a view more often than `action` has its rate."""

    def slowed(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return refused(request, action) or view(request, *args, **kwargs)

        return answer

    return slowed


def refused(request: HttpRequest, action: str) -> HttpResponse | None:
    """Count once more for the person who asks; a 429 once the rate of `action` is used up.

    While a busy database keeps the count of somebody's presses waiting, allauth refuses all but
    one of them. Nobody was too hasty then, so a refusal that came late is asked for again.
    """
    answer: HttpResponse | None = None
    for _ in range(TRIES):
        began = time.monotonic()
        answer = ratelimit.consume_or_429(request, action=action, user=request.user, limit_get=True)
        if answer is None or time.monotonic() - began < COUNTING_SECONDS:
            break
    return answer


def missed(request: HttpRequest) -> HttpResponse | None:
    """Count somebody who opens a secret address that there is not; 429 once it is guessing."""
    answer: HttpResponse | None = ratelimit.consume_or_429(request, action="miss", limit_get=True)
    return answer


def from_here(request: HttpRequest, mailbox: str) -> str:
    """Return the key by which a mailbox is counted for those alone who ask from the same place."""
    return f"{get_ip(request)} {mailbox.lower()}"


def guess(request: HttpRequest, action: str, key: str | None = None) -> Callable[[], None]:
    """Count a try; return what takes it back once it was right, and leaves the others counted.

    Raises ValidationError once the rate of `action` is used up.
    """
    counted = consume(request, app="allauth.account", action=action, key=key)
    if counted is None:
        raise get_adapter(request).validation_error("too_many_login_attempts")
    take_back: Callable[[], None] = counted.rollback
    return take_back
