"""How a second step beside the password behaves here: codes of an app, passkeys, recovery codes."""

from __future__ import annotations

import ipaddress
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest


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
