"""What is read of each account now and then, beside renders: its catalogue and its balance."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from storyboard.looks.catalogue import failures, keep_fresh
from storyboard.novita.client import Client
from storyboard.renders.balance import keep_read
from storyboard.renders.clients import Clients, KeyMissing, accounts

logger = logging.getLogger(__name__)


class Accounts:
    """Keeps catalogues and balances fresh; `tend` is called about once a second."""

    def __init__(self, clients: Clients, clock: Callable[[], datetime]) -> None:
        self.clients = clients
        self.clock = clock

    def tend(self) -> None:
        """Do what is due, each address and account at its own time."""
        at_address: dict[str, list[Client]] = {}
        for account in accounts():
            try:
                client = self.clients.of(account)
            except KeyMissing as missing:
                logger.debug("%s is not asked: %s", account.name, missing.reason)
                continue
            at_address.setdefault(account.address, []).append(client)
            keep_read(client, account.name, self.clock())
        for address, clients in at_address.items():
            # One catalogue a service, by whoever's turn it is: a key of which it wants to know no
            # more keeps it from nobody else.
            client = clients[failures(address) % len(clients)]
            keep_fresh(client, address, self.clock())
