"""What the service's refusal of the key or the account stops, and what lets it go on.

One refusal closes the gate of that engine for every render. After a pause a single call tries
again; the pause doubles from one minute to ten. Another key, or an answer, opens the gate.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from storyboard.novita.answers import OF_THE_KEY
from storyboard.novita.errors import NovitaError
from storyboard.renders.models import Gate, Render
from storyboard.renders.scrub import without_tokens
from storyboard.renders.states import State

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=60), timedelta(minutes=10)
# How long one call that tries has the gate to itself; longer than any call takes.
TRYING = timedelta(seconds=90)
# This says no to one look, not to the key.
OF_ONE_RENDER = "FEATURE_NOT_ALLOWED"
# An account without credit may still ask for what it has paid for.
OF_MONEY = ("BILLING_AUTH_FAILED", "BILLING_BALANCE_NOT_ENOUGH")


def hold(render: Render, key_mark: str, at: datetime) -> bool:
    """Whether the gate keeps this render from being sent now; then it is told until when.

    To be called inside the transaction that also sends it.
    """
    gate = Gate.objects.select_for_update().filter(account=render.account).first()
    if gate is None or not gate.refused or _another_key(gate, key_mark, at):
        return False
    if gate.refused_until and gate.refused_until > at:
        _wait(render, gate, at)
        return True
    return False


def take_try(account: str, at: datetime) -> None:
    """Keep the others waiting while this one call tries, in the transaction that sends it."""
    Gate.objects.filter(account=account).exclude(refused="").update(refused_until=at + TRYING)


def hold_poll(render: Render, key_mark: str, at: datetime) -> bool:
    """Whether a question must wait; else it is the one that tries, where the gate is closed."""
    if not of_the_key(render.account):
        return False
    with transaction.atomic():
        if hold(render, key_mark, at):
            return True
        take_try(render.account, at)
    return False


def of_the_key(account: str) -> bool:
    """Whether the gate is closed, and not over money: what that has paid for it may ask for."""
    return Gate.objects.filter(account=account).exclude(refused__in=("", *OF_MONEY)).exists()


def shut(account: str, key_mark: str, at: datetime) -> datetime | None:
    """Return until when nothing may be asked in the name of this key, or None: ask."""
    gate = Gate.objects.filter(account=account, key_mark=key_mark, refused_until__gt=at)
    return gate.exclude(refused__in=("", *OF_MONEY)).values_list("refused_until", flat=True).first()


def close(render: Render, key_mark: str, error: NovitaError, at: datetime) -> datetime:
    """Close the gate over a refusal; return when one call may try again."""
    with transaction.atomic():
        gate = Gate.objects.select_for_update().get_or_create(account=render.account)[0]
        began = gate.refused_since if gate.refused and gate.key_mark == key_mark else None
        if began is None:
            gate.refusals, gate.refused_since = 0, at
        elif gate.refused_until and gate.refused_at and at < gate.refused_at + FIRST_PAUSE:
            # It left before the gate was closed: the same refusal, heard twice.
            return max(gate.refused_until, at)
        pause = min(FIRST_PAUSE * 2.0 ** min(gate.refusals, 9), LONGEST_PAUSE)
        gate.refused, gate.refused_words = (
            error.reason[:60],
            without_tokens(str(error), render.token)[:500],
        )
        gate.refused_at, gate.refused_until = at, at + pause
        gate.key_mark, gate.refusals = key_mark, min(gate.refusals + 1, 99)
        gate.save()
    return at + pause


def answered(account: str, at: datetime, *, sent: bool) -> None:
    """Open the gate: the service took the key; only what was `sent` shows that there is credit."""
    closed = Gate.objects.filter(account=account).exclude(
        refused__in=("",) if sent else ("", *OF_MONEY)
    )
    if not closed.exists():
        return
    with transaction.atomic():
        for gate in closed.select_for_update():
            _open(gate, at)


def use_key(account: str, key_mark: str, at: datetime) -> None:
    """Open the gate at once where it was closed over another key."""
    with transaction.atomic():
        for gate in Gate.objects.select_for_update().filter(account=account).exclude(refused=""):
            _another_key(gate, key_mark, at)


def _another_key(gate: Gate, key_mark: str, at: datetime) -> bool:
    if gate.key_mark == key_mark:
        return False
    _open(gate, at)
    return True


def _open(gate: Gate, at: datetime) -> None:
    held = Render.objects.under_way().filter(account=gate.account, reason__in=OF_THE_KEY)
    # Those at which a poller is just now hear of it by themselves.
    held.filter(lease_until=None).update(reason="", message="", next_step_at=at, changed_at=at)
    gate.refused = gate.refused_words = ""
    gate.refused_since = gate.refused_at = gate.refused_until = None
    gate.refusals = 0
    gate.save()


def _wait(render: Render, gate: Gate, at: datetime) -> None:
    render.advance(
        State(render.state),
        at=at,
        reason=gate.refused,
        message=gate.refused_words,
        next_step_at=gate.refused_until,
    )
