"""Changing the address one signs in with: asked for with the password, confirmed by a letter."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.core import signing
from django.db import IntegrityError, transaction

from storyboard.people.models import User

LINK_SECONDS = 24 * 3600
_SALT = "storyboard.people.address"


class ChangeEnded(Exception):
    """Refused: the link was used, is late, or something it was made for has changed."""


@dataclass(frozen=True)
class Change:
    """A wish of one account, as it is written in a link."""

    user: User
    address: str

    def token(self) -> str:
        """Return what the link in the letter bears: signed, and good for `LINK_SECONDS`."""
        wish = {"user": self.user.pk, "to": self.address, "state": state_of(self.user)}
        return signing.dumps(wish, salt=_SALT, compress=True)

    @classmethod
    def read(cls, token: str) -> Change:
        """Return what a link asks for. Raises ChangeEnded where it is none of ours, or no more."""
        try:
            wish = signing.loads(token, salt=_SALT, max_age=LINK_SECONDS)
        except signing.BadSignature:
            raise ChangeEnded from None
        user = User.objects.filter(pk=wish["user"], is_active=True).first()
        if user is None or wish["state"] != state_of(user):
            raise ChangeEnded
        # A link from before addresses were lowered may bear capital letters.
        return cls(user, User.objects.normalize_email(wish["to"]))

    def make(self) -> None:
        """Let the account sign in with the new address alone, which is known to be read.

        Raises ChangeEnded where another account took the address since, or this one changed.
        """
        before = {"pk": self.user.pk, "email": self.user.email, "password": self.user.password}
        try:
            with transaction.atomic():
                # Asked of the database, so that of two at one moment one is made.
                if not User.objects.filter(**before).update(email=self.address):
                    raise ChangeEnded
                EmailAddress.objects.filter(user=self.user).delete()
                EmailAddress.objects.create(
                    user=self.user, email=self.address, primary=True, verified=True
                )
        except IntegrityError:
            raise ChangeEnded from None


def is_taken(address: str) -> bool:
    return User.objects.filter(email__iexact=address).exists()


def state_of(user: User) -> str:
    """Return what any change of address or password makes another."""
    return hashlib.sha256(f"{user.email}\n{user.get_session_auth_hash()}".encode()).hexdigest()[:32]
