"""A passkey in software: it answers what a browser would pass on from a device."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

# Touched, but asked for no finger and no PIN.
TOUCHED = AuthenticatorData.FLAG.UP
FLAGS = TOUCHED | AuthenticatorData.FLAG.UV


class Passkey:
    def __init__(self, origin: str = "http://localhost") -> None:
        self.origin = origin
        self.name = secrets.token_bytes(16)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.user = ""

    def made(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return what `navigator.credentials.create` gives for these options, as JSON has it."""
        asked = options["publicKey"]
        self.user = asked["user"]["id"]
        credential = AttestedCredentialData.create(
            Aaguid.NONE, self.name, ES256.from_cryptography_key(self.key.public_key())
        )
        data = AuthenticatorData.create(
            self._site(asked["rp"]["id"]), FLAGS | AuthenticatorData.FLAG.AT, 0, credential
        )
        return self._credential(
            clientDataJSON=self._client("webauthn.create", asked),
            attestationObject=websafe_encode(AttestationObject.create("none", data, {})),
        )

    def used(self, options: dict[str, Any], flags: int = FLAGS) -> dict[str, Any]:
        """Return what `navigator.credentials.get` gives for these options, as JSON has it."""
        asked = options["publicKey"]
        data = AuthenticatorData.create(self._site(asked["rpId"]), flags, 1)
        client = self._client("webauthn.get", asked)
        signed = data + hashlib.sha256(websafe_decode(client)).digest()
        return self._credential(
            clientDataJSON=client,
            authenticatorData=websafe_encode(data),
            signature=websafe_encode(self.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
            userHandle=self.user,
        )

    def _credential(self, **response: str) -> dict[str, Any]:
        name = websafe_encode(self.name)
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {"credProps": {"rk": True}},
        }

    def _client(self, act: str, asked: dict[str, Any]) -> str:
        return websafe_encode(
            CollectedClientData.create(act, websafe_decode(asked["challenge"]), self.origin)
        )

    @staticmethod
    def _site(name: str) -> bytes:
        return hashlib.sha256(name.encode()).digest()
