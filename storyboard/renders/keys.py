"""Testing a key that an owner entered, and erasing one that nothing needs any more."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from storyboard.people.keys import OK, ApiKey
from storyboard.renders.clients import Clients, KeyMissing
from storyboard.renders.connection import NOT_ASKED, ask
from storyboard.renders.heard import SELDOM_FOR, Hook
from storyboard.renders.models import Render
from storyboard.renders.states import GIVEN_UP, TASK_FAILED, UNDER_WAY, State

logger = logging.getLogger(__name__)

# Two questions with every time-out they may meet.
LEASE = timedelta(minutes=3)
AGAIN = timedelta(seconds=5)
# Times that a service may not answer before the owner is told so, and may try again.
TRIES = 3


class KeyTests:
    """Tests what was entered; `tend` is called about once a second."""

    def __init__(self, clients: Clients, clock: Callable[[], datetime]) -> None:
        self.clients = clients
        self.clock = clock

    def tend(self) -> None:
        """Test one key that waits for it, and erase those that nothing needs any more."""
        for one in unneeded(self.clock()):
            one.erase()
            logger.info("API key %s of team %s: erased", one.pk, one.team_id)
        key = ApiKey.objects.claim(self.clock(), LEASE)
        if key is not None:
            self._test(key)

    def _test(self, key: ApiKey) -> None:
        try:
            service, verdict = ask(self.clients.with_key(key))
        except KeyMissing as missing:
            key.refuse(missing.reason, self.clock(), keep=False)
            return
        at = self.clock()
        if service == verdict == OK:
            outcome = "used" if key.accept(at) else "another was entered meanwhile"
            logger.info("API key %s of team %s: %s", key.pk, key.team_id, outcome)
        elif verdict != NOT_ASKED:
            key.refuse(verdict, at, keep=False)
            logger.info("API key %s of team %s: %s", key.pk, key.team_id, verdict)
        elif key.tries + 1 < TRIES:
            again = ApiKey.objects.filter(pk=key.pk, verdict="")
            again.update(tries=key.tries + 1, test_at=at + AGAIN)
        else:
            key.refuse(service, at, keep=True)
            logger.info("API key %s of team %s: %s", key.pk, key.team_id, service)


def unneeded(at: datetime) -> list[ApiKey]:
    """Return the keys put away for which nothing waits that was sent with them.

    What was given up after it was sent may come late, and is waited for as long as is promised.
    """
    mine = Render.objects.filter(api_key=OuterRef("pk"))
    waiting = mine.filter(state__in=(*UNDER_WAY, State.UNSURE))
    given_up = mine.filter(state__in=GIVEN_UP, submitted_at__isnull=False)
    late = given_up.filter(finished_at__gt=at - SELDOM_FOR).exclude(reason=TASK_FAILED)
    asking = Hook.objects.filter(due_at__isnull=False, render__api_key=OuterRef("pk"))
    put_away = ApiKey.objects.put_away()
    return list(put_away.filter(~Exists(waiting), ~Exists(late), ~Exists(asking)))
