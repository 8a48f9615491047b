"""What is read of each account now and then, beside renders: its catalogue and its balance."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from storyboard.looks.catalogue import keep_fresh
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
        read: set[str] = set()
        for account in accounts():
            try:
                client = self.clients.of(account)
            except KeyMissing as missing:
                logger.debug("%s is not asked: %s", account.name, missing.reason)
                continue
            if account.address not in read:
                # One catalogue a service, whoever asks for it.
                read.add(account.address)
                keep_fresh(client, account.address, self.clock())
            keep_read(client, account.name, self.clock())
