"""Asking with the key that replaced the one a render was sent with.

It may be another account's, which knows nothing of what the first one paid for. So a render goes
over to it only once its answer knows the task; that it does not know it says nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from datetime import datetime

from storyboard.novita.client import Client
from storyboard.novita.errors import KeyRefused, NovitaError
from storyboard.novita.types import Task
from storyboard.people.keys import Account, ApiKey
from storyboard.renders import reach, refusals
from storyboard.renders.clients import ClientFor, KeyMissing, successor
from storyboard.renders.models import Render
from storyboard.renders.states import LeaseLost

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Known:
    """A task that the key of now knows: `render` as it is in that key's name, never saved."""

    render: Render
    client: Client
    task: Task


def heir_of(render: Render) -> Render | None:
    """Return a sent render in the name of the key of now, where its own is erased or refused."""
    old = ApiKey.objects.filter(renders=render, used_by=None).first()
    new = successor(old) if old else None
    if old is None or new is None or (old.sealed and not refusals.of_the_key(render.account)):
        return None
    heir = copy(render)
    heir.api_key, heir.account = new, Account(new.address, new).name
    return heir


def ask(
    client_for: ClientFor, render: Render, task_id: str, clock: Callable[[], datetime]
) -> Known | None:
    """Ask once for a task with the key of now; None where there is none, or it knows no more."""
    heir = heir_of(render)
    if heir is None:
        return None
    try:
        client = client_for(heir)
    except KeyMissing:
        return None
    if client is None or refusals.shut(heir.account, client.key_mark, clock()):
        return None
    try:
        task = client.task(task_id)
    except NovitaError as error:
        reach.heard(heir.account, error, clock())
        if isinstance(error, KeyRefused):
            refusals.close(heir, client.key_mark, error, clock())
        logger.info("render %s: the key of now says %s", render.pk, error.reason)
        return None
    reach.heard(heir.account, None, clock())
    refusals.answered(heir.account, clock(), sent=False)
    return Known(heir, client, task)


def go_over(render: Render, known: Known, at: datetime) -> None:
    """Let the render go on by the key that knows its task; raise LeaseLost if it moved on."""
    same = Render.objects.filter(
        pk=render.pk, state=render.state, lease_owner=render.lease_owner, account=render.account
    )
    key, account = known.render.api_key, known.render.account
    if not same.update(api_key=key, account=account, changed_at=at):
        raise LeaseLost(render.pk)
    render.api_key, render.account = key, account
