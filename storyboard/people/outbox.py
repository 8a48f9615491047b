"""Letters where no mail server is set: printed, and kept sealed for whoever runs this."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.core.mail.backends import console
from django.db import DatabaseError, models, transaction
from django.utils import timezone

from storyboard.people.sealing import reseal, seal, unseal

KEPT = timedelta(days=3)
LOOK_EVERY = timedelta(minutes=10)
LINK = re.compile(r"https?://[^\s<>\"']+")

logger = logging.getLogger(__name__)


class LetterQuerySet(models.QuerySet["Letter"]):
    def kept(self, at: datetime) -> LetterQuerySet:
        """Keep those whose time is not over, newest first."""
        return self.filter(at__gt=at - KEPT).order_by("-at", "-pk")

    def keep(self, message: EmailMessage, at: datetime) -> Letter:
        """Store a letter, and delete those whose time is over."""
        self.filter(at__lte=at - KEPT).delete()
        to = ", ".join(message.recipients())[:300]
        with transaction.atomic():
            row = self.create(to=to, subject=str(message.subject)[:200], at=at)
            row.sealed = seal(str(message.body), row.seal_about())
            row.save(update_fields=("sealed",))
        return row


class Letter(models.Model):
    """One letter that was printed. It may hold a link that opens an account, so it is sealed."""

    to = models.CharField(max_length=300)
    subject = models.CharField(max_length=200)
    sealed = models.TextField(blank=True)
    at = models.DateTimeField(db_index=True)

    objects = LetterQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.subject}, to {self.to}"

    def is_to(self, address: str) -> bool:
        """Whether it goes there; a mailbox is asked for in any spelling that Unicode has for it."""
        return _folded(address) in map(_folded, self.to.split(", "))

    def seal_about(self) -> str:
        return f"letter {self.pk}"

    def text(self) -> str:
        """Return what it says. Raises Unsealable."""
        return unseal(self.sealed, self.seal_about())


def _folded(address: str) -> str:
    return unicodedata.normalize("NFKC", address).casefold()


def first_link(text: str) -> str:
    """Return the first full address in a text, or nothing."""
    found = LINK.search(text)
    return found[0] if found else ""


def reseal_letters() -> tuple[int, int]:
    """Seal anew what an older key sealed; return how many were, and could not be."""
    return reseal(Letter.objects.all(), "sealed", Letter.seal_about)


class PrintAndKeep(console.EmailBackend):
    """Print each letter in the terminal as Django does, and keep it for three days."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        sent = super().send_messages(email_messages) or 0
        for message in email_messages:
            try:
                with transaction.atomic():
                    Letter.objects.keep(message, timezone.now())
            except (DatabaseError, ImproperlyConfigured) as error:
                # It was printed, which is enough for whatever sent it to go on.
                logger.warning("a letter was printed, not kept: %s", type(error).__name__)
        return sent


class Forgetting:
    """Deletes letters whose time is over; for the poller."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.due: datetime | None = None

    def tend(self) -> None:
        """Look every ten minutes, also where a mail server is set by now."""
        at = self.clock()
        if self.due and at < self.due:
            return
        self.due = at + LOOK_EVERY
        gone, _ = Letter.objects.filter(at__lte=at - KEPT).delete()
        if gone:
            logger.info("%s letters were deleted after three days", gone)
