"""A new account where mail is sent: asked for with an address, made by the link in a letter.

So whoever takes an address is known to read it, and no page tells whether it has an account.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.http import HttpRequest

from storyboard.people import entrance
from storyboard.people.address import is_taken
from storyboard.people.models import Invitation, User

LINK_SECONDS = 24 * 3600
_SALT = "storyboard.people.newcomers"


class LinkEnded(Exception):
    """Refused: the link is none of ours, late, or its address has an account by now."""


@dataclass(frozen=True)
class Newcomer:
    """Somebody who wants an account, as they are written in a link."""

    address: str
    # The number of the invitation that they came with.
    invitation: int | None

    def token(self) -> str:
        """Return what the link in the letter bears: signed, and good for `LINK_SECONDS`."""
        told = {"address": self.address, "invitation": self.invitation}
        return signing.dumps(told, salt=_SALT, compress=True)

    @classmethod
    def read(cls, token: str) -> Newcomer:
        """Return who a link was written for. Raises LinkEnded."""
        try:
            told = signing.loads(token, salt=_SALT, max_age=LINK_SECONDS)
        except signing.BadSignature:
            raise LinkEnded from None
        if is_taken(told["address"]):
            raise LinkEnded
        return cls(told["address"], told["invitation"])

    def open_invitation(self) -> Invitation | None:
        """Return the invitation that they came with, if it still lets people in."""
        return entrance.open_invitation(self.invitation)

    def bring(self, request: HttpRequest) -> None:
        """Let this browser carry the invitation: a letter may be read in another one.

        Not for whoever merely opens the letter: it may be somebody else's, and they a member of
        other teams who would sign in with it.
        """
        if self.invitation is not None:
            for invitation in Invitation.objects.filter(pk=self.invitation):
                entrance.carry(request, invitation)


def come_by_letter() -> bool:
    """Answer whether an account begins with a letter: not the first, which nobody else can take."""
    return settings.SENDS_MAIL and User.objects.exists()
