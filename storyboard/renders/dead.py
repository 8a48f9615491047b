"""Taking over from pollers that died, and from what may have killed them."""

from __future__ import annotations

import logging
import os
from datetime import datetime, timedelta

from django.db import transaction

from storyboard.renders.models import Render
from storyboard.renders.states import State

logger = logging.getLogger(__name__)

DIED = "its poller died"
# Deaths in a row, with no step done between them, after which a render may be their cause.
SUSPECT = 3
PAUSE = timedelta(seconds=30)
PAUSE_MAX = timedelta(minutes=10)


def release_dead(owner: str, at: datetime) -> None:
    """End the leases of pollers of this host that are no more, instead of waiting them out."""
    host = owner.partition(":")[0]
    held = Render.objects.filter(lease_owner__startswith=f"{host}:", lease_until__gt=at)
    for render in held:
        name = render.lease_owner
        process = name.partition("/")[0].split(":")
        if name.startswith(f"{owner}/") or len(process) != 3 or _alive(int(process[1])):
            continue
        _release(render, at)


def held_by(owner: str) -> set[str]:
    """Return the leases in the name of this poller."""
    held = Render.objects.filter(lease_owner__startswith=f"{owner}/")
    return set(held.values_list("lease_owner", flat=True))


def release(leases: set[str], at: datetime) -> None:
    """End these leases; whoever is next takes the renders up where they stand."""
    ended = Render.objects.filter(lease_owner__in=leases).update(
        lease_until=at - timedelta(microseconds=1)
    )
    if ended:
        logger.info("%s renders are let go of after an error of the database", ended)


def _release(render: Render, at: datetime) -> None:
    """End a dead poller's lease; what outlived several of them is tried ever more rarely.

    It may be what kills them, and the others must go on. It is never given up: it may be paid for.
    """
    deaths = 1 + _deaths_in_a_row(render)
    changes: dict[str, object] = {"lease_until": at - timedelta(microseconds=1)}
    if deaths >= SUSPECT and render.state != State.SUBMITTING:
        pause = min(PAUSE_MAX, PAUSE * 2 ** min(deaths - SUSPECT, 10))
        changes |= {
            "next_step_at": at + pause,
            "changed_at": at,
            "reason": "poller_died",
            "message": f"Storyboard ended {deaths} times while it was at this. It is tried again.",
        }
        logger.error("render %s: %s pollers died at it", render.pk, deaths)
    with transaction.atomic():
        same = Render.objects.filter(pk=render.pk, lease_owner=render.lease_owner)
        if same.update(**changes):
            render.log(render.state, at, DIED, from_state=render.state)
            logger.info("render %s is taken over from a poller that died", render.pk)


def _deaths_in_a_row(render: Render) -> int:
    notes = render.events.order_by("-pk").values_list("note", flat=True)[:20]
    deaths = 0
    for note in notes:
        if note != DIED:
            break
        deaths += 1
    return deaths


def _alive(pid: int) -> bool:
    if pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
