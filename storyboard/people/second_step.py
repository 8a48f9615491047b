"""How a second step beside the password behaves here: codes of an app, passkeys, recovery codes."""

from __future__ import annotations

import ipaddress
import logging
import secrets
from base64 import b32encode
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.http import HttpRequest

from storyboard.people import letters
from storyboard.people.models import User
from storyboard.people.sealing import Unsealable, is_of_newest, seal, unseal

# allauth asks for a secret's seal without saying whose it is.
SEALED_ABOUT = "a second step"
# Where a second step's data hold what codes are made of.
SEALED_IN = ("secret", "seed")

logger = logging.getLogger(__name__)


class SecondStepAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "This code is not right, or its time is over.",
    }

    def get_totp_issuer(self) -> str:
        return "Storyboard"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "Storyboard"}

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        return "My passkey"

    def encrypt(self, text: str) -> str:
        return seal(text, SEALED_ABOUT)

    def decrypt(self, encrypted_text: str) -> str:
        """Open it; where that cannot be, no code is right, and the log says why."""
        try:
            return unseal(encrypted_text, SEALED_ABOUT)
        except Unsealable as error:
            logger.error("the second step of an account cannot be read: %s", error)
            return b32encode(secrets.token_bytes(20)).decode()


def is_on(user: User | AnonymousUser) -> bool:
    """Whether signing in asks this account for more than its password."""
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    found: bool = Authenticator.objects.filter(user=user.pk, type__in=kinds).exists()
    return found


def was_taken(request: HttpRequest) -> bool:
    """Whether this browser was let in by a second step that its person has still."""
    records = get_authentication_records(request, request.user)
    used = [record.get("id") for record in records if record.get("method") == "mfa"]
    found: bool = Authenticator.objects.filter(user=request.user.pk, pk__in=used).exists()
    return found


def turn_off(user: User) -> bool:
    """Let the account sign in with its password alone; False when it did already."""
    gone, _ = Authenticator.objects.filter(user=user).delete()
    return bool(gone)


def tell_it_is_off(user: User) -> bool:
    """Write to the account that whoever runs this turned it off; False when no letter left."""
    subject = "your second step was turned off"
    return letters.send("people/mail/second_step_off.txt", user.email, subject, {"user": user})


def reseal_second_steps() -> tuple[int, int]:
    """Seal anew what an older key sealed; return how many were, and could not be."""
    done = failed = 0
    for pk in Authenticator.objects.values_list("pk", flat=True):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().get(pk=pk)
            old = {name: row.data[name] for name in SEALED_IN if name in row.data}
            if all(map(is_of_newest, old.values())):
                continue
            try:
                row.data |= {name: _sealed_anew(text) for name, text in old.items()}
            except Unsealable:
                failed += 1
                continue
            row.save(update_fields=("data",))
            done += 1
    return done, failed


def _sealed_anew(sealed: str) -> str:
    return seal(unseal(sealed, SEALED_ABOUT), SEALED_ABOUT)


def passkeys_work(request: HttpRequest) -> bool:
    """Whether browsers let this site use passkeys: it needs a name, and TLS unless it is local.

    Source: Web Authentication, sections 5.1.3 and 13.4.9: a relying party is a domain, never an
    address, in a secure context.
    """
    host = request.get_host().rpartition(":")[0] or request.get_host()
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        local = host == "localhost" or host.endswith(".localhost")
        return local or request.is_secure()
    return False
