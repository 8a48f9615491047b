"""What an account at the service holds: one row each, read by the poller alone."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import models

from storyboard.novita.client import Client
from storyboard.novita.errors import NovitaError

logger = logging.getLogger(__name__)

READ_EVERY = timedelta(minutes=10)
# Longer than asking takes with every time-out it may meet.
LEASE = timedelta(minutes=3)
# Beyond this, in USD, an answer is no balance.
MOST = Decimal(10) ** 9


class AccountBalance(models.Model):
    """The balance when it was last read, in USD; null is unknown."""

    account = models.CharField(max_length=200, primary_key=True)
    available = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    # When `available` was read, or found to be unreadable.
    read_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Balance at {self.account}"


def keep_read(client: Client, account: str, at: datetime) -> None:
    """Read the balance when that is due; one that cannot be read is unknown, not the last."""
    row, _ = AccountBalance.objects.get_or_create(account=account, defaults={"due_at": at})
    due = AccountBalance.objects.filter(account=account, due_at__lte=at)
    if row.due_at > at or not due.update(due_at=at + LEASE):
        return
    available: Decimal | None = None
    try:
        said = Decimal(str(client.balance().available))
    except NovitaError as error:
        logger.info("the balance could not be read: %s", error.reason)
    else:
        if said.is_finite() and abs(said) < MOST:
            available = said.quantize(Decimal("0.0001"))
    AccountBalance.objects.filter(account=account).update(
        available=available, read_at=at, due_at=at + READ_EVERY
    )
