"""The client of each account: the installation's, and one for each key of a team."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings

from storyboard.novita.client import Client
from storyboard.people.keys import Account, ApiKey, is_trusted, own_account
from storyboard.people.sealing import Unsealable
from storyboard.renders.models import Render
from storyboard.renders.states import State

ClientFor = Callable[[Render], Client | None]

ENGINE_CHANGED = "engine_changed"
UNREADABLE = "key_unreadable"
GONE = "key_gone"
# What is said of a render that will not be sent any more.
UNSENT = {
    ENGINE_CHANGED: "The service's address was changed before this was sent. Nothing was charged.",
    GONE: "The team's API key was taken away before this was sent. Nothing was charged.",
}
TAKEN_AWAY = "The key that it was sent with was taken away."
SHORT_PAUSE, LONG_PAUSE = timedelta(minutes=1), timedelta(minutes=10)


class KeyMissing(Exception):
    """A team's key cannot be had: it is erased, or what sealed it is missing. `reason` says which.

    Nothing is lost by waiting; the words quote nothing of it.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Clients:
    """Gives the client for a render or an account; made on first use, shared by threads."""

    def __init__(self, own: Client | None = None) -> None:
        self.own = own or Client(settings.NOVITA_BASE_URL, settings.NOVITA_API_KEY)
        self._made: dict[tuple[int, str], Client] = {}
        self._lock = threading.Lock()

    def __call__(self, render: Render) -> Client | None:
        """Return the client it was, or is to be, sent by; None for an address of before.

        Raises KeyMissing.
        """
        if render.account == self.own.base_url:
            return self.own
        # By what stands in the row that was handed over: it may be another key's than is stored.
        named = render.api_key_id
        key = ApiKey.objects.filter(pk=named).first() if named else None
        if key and not key.sealed:
            key = successor(key) or key
        return self.with_key(key) if key else None

    def of(self, account: Account) -> Client:
        """Return an account's client. Raises KeyMissing."""
        return self.with_key(account.key) if account.key else self.own

    def with_key(self, key: ApiKey) -> Client:
        """Return the client that asks in the name of a key. Raises KeyMissing."""
        if not key.sealed:
            raise KeyMissing(GONE, TAKEN_AWAY)
        try:
            secret = key.open()
        except Unsealable:
            raise KeyMissing(
                UNREADABLE, "The team's API key cannot be read: what sealed it is missing."
            ) from None
        with self._lock:
            made = self._made.get((key.pk, secret))
            if made is None:
                made = Client(key.address, secret, guarded=not is_trusted(key.address))
                self._made[key.pk, secret] = made
        return made


def accounts() -> list[Account]:
    """Return the installation's account, and that of every team with a key of its own."""
    keys = ApiKey.objects.used().order_by("pk")
    return [own_account(), *(Account(key.address, key) for key in keys)]


def client_of(client_for: ClientFor, render: Render, at: datetime) -> Client | None:
    """Return the client for a step of a leased render, or None after noting why there is none.

    What was not sent fails where its address or its key is gone: another account would be
    charged than was said. What was sent waits, whatever is missing.
    """
    if render.state == State.QUEUED:
        _follow_key(render, at)
    elif key_is_gone(render):
        _wait(render, GONE, TAKEN_AWAY, at)
        return None
    try:
        client = client_for(render)
        if render.state == State.QUEUED and client is not None:
            _must_be_used(render)
    except KeyMissing as missing:
        reason, words = missing.reason, str(missing)
    else:
        if client is not None:
            return client
        reason = ENGINE_CHANGED
        words = f"It was sent to {render.engine}, which the settings no longer name."
    if render.state == State.QUEUED and reason in UNSENT:
        render.advance(
            State.FAILED,
            at=at,
            note=reason,
            reason=reason,
            message=UNSENT[reason],
            finished_at=at,
            next_step_at=None,
        )
    else:
        _wait(render, reason, words, at)
    return None


def _wait(render: Render, reason: str, words: str, at: datetime) -> None:
    pause = SHORT_PAUSE if reason == UNREADABLE else LONG_PAUSE
    render.advance(
        State(render.state), at=at, reason=reason, message=words, next_step_at=at + pause
    )


def key_is_gone(render: Render) -> bool:
    """Whether the team's key that it was sent with is erased."""
    of_a_team = render.account != render.engine
    return of_a_team and not ApiKey.objects.filter(renders=render).exclude(sealed="").exists()


def _must_be_used(render: Render) -> None:
    """Nothing is sent any more with a key that was taken away, though it is there to ask with."""
    if render.api_key_id and not ApiKey.objects.used().filter(pk=render.api_key_id).exists():
        raise KeyMissing(GONE, "")


def _follow_key(render: Render, at: datetime) -> None:
    """Let what was not sent go by the key that replaced its own, where it is the same place."""
    old = ApiKey.objects.filter(renders=render, used_by=None).first()
    new = successor(old) if old else None
    if new is None:
        return
    account = Account(new.address, new).name
    same = Render.objects.filter(pk=render.pk, lease_owner=render.lease_owner)
    if same.update(api_key=new, account=account, changed_at=at):
        render.api_key, render.account = new, account


def successor(key: ApiKey) -> ApiKey | None:
    """Return the key that the team uses now, where it is for the same place."""
    return ApiKey.objects.used().filter(team=key.team_id, address=key.address).first()
