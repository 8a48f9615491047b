"""Letters of ours; what a mail server refuses is told, and never a page of errors."""

from __future__ import annotations

import logging
from email.errors import HeaderParseError
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from storyboard.people.names import one_line
from storyboard.people.places import elsewhere

NOT_SENT = (
    "The letter could not be sent: the mail server does not answer in time. "
    "Try again in a few minutes, or tell the person who runs this installation."
)

logger = logging.getLogger(__name__)

# Each holds a thread for as long as the mail server likes, and others are left for pages.
_under_way = BoundedSemaphore(settings.LETTERS_AT_ONCE)


def send(template: str, to: str, subject: str, told: dict[str, Any]) -> bool:
    """Send `template`, filled in with what is `told`; False when no server would have it."""
    words = render_to_string(template, told)
    return post(EmailMessage(f"Storyboard: {one_line(subject)}", words, to=[to]))


def post(letter: EmailMessage) -> bool:
    """Send a letter; False when no server would have it, or too many letters are under way.

    Pages are answered meanwhile, however slow the server is. The log names no address.
    """
    with elsewhere():
        if not _under_way.acquire(timeout=settings.LETTER_PLACE_SECONDS):
            logger.warning("a letter could not be sent: too many are under way")
            return False
        try:
            letter.send()
        # The last two where an address is well formed, and yet no letter can be written to it.
        except (OSError, UnicodeError, HeaderParseError) as error:
            logger.warning("a letter could not be sent: %s", type(error).__name__)
            return False
        finally:
            _under_way.release()
    return True
