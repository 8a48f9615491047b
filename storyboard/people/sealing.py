"""Secrets that come back: sealed before they reach the database, and opened where they are used.

AES-256 in GCM: what a secret belongs to is bound into its seal, so that one copied to another's
row opens nothing there. The keys are a file beside the database, or an environment variable,
newest first: the first seals, any of them opens. The file is read at every use, so that a
rotation needs no restart.
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)

# How a seal is made. Whoever changes it writes another word, and goes on opening this one.
KIND = "gcm1"
NONCE_BYTES = 12
KEY_BYTES = 32
# What to do where the keys are gone or shut.
KEEP = (
    "Let this account read that file, or put back a copy of it: a new key would open nothing that "
    "is sealed."
)


class KeysUnreadable(ImproperlyConfigured):
    """The file of keys is there and cannot be read: never to be taken for one without keys."""


class Unsealable(Exception):
    """It cannot be opened: with another key was it sealed, or for another row. Quotes nothing."""


def seal(text: str, about: str) -> str:
    """Return `text` sealed with the newest key; `about` names what it belongs to.

    Raises ImproperlyConfigured where there is no key.
    """
    key = _keys()[0]
    nonce = secrets.token_bytes(NONCE_BYTES)
    closed = nonce + AESGCM(key).encrypt(nonce, text.encode(), about.encode())
    return f"{KIND}.{_mark(key)}.{urlsafe_b64encode(closed).decode()}"


def unseal(sealed: str, about: str) -> str:
    """Return what was sealed about the very same thing. Raises Unsealable."""
    try:
        mark, closed = _read(sealed)
        key = next(key for key in _keys() if _mark(key) == mark)
        nonce, rest = closed[:NONCE_BYTES], closed[NONCE_BYTES:]
        return AESGCM(key).decrypt(nonce, rest, about.encode()).decode()
    except (ImproperlyConfigured, StopIteration):
        raise Unsealable("The key that it was sealed with is missing.") from None
    except (InvalidTag, ValueError):
        raise Unsealable("It was sealed for something else, or is no seal.") from None


def is_of_newest(sealed: str) -> bool:
    """Whether the newest key sealed it, so that the older ones may go."""
    try:
        return _read(sealed)[0] == _mark(_keys()[0])
    except ValueError:
        return False


def reseal(rows: QuerySet[Row], column: str, about: Callable[[Row], str]) -> tuple[int, int]:
    """Seal a column anew where an older key sealed it; return how many were, and could not be.

    A row that changes in the same moment keeps what was written last.
    """
    done = failed = 0
    for row in rows.exclude(**{column: ""}).iterator():
        sealed = getattr(row, column)
        if is_of_newest(sealed):
            continue
        try:
            fresh = seal(unseal(sealed, about(row)), about(row))
        except Unsealable:
            failed += 1
            continue
        done += rows.model._base_manager.filter(pk=row.pk, **{column: sealed}).update(
            **{column: fresh}
        )
    return done, failed


def read_keys() -> list[str]:
    """Return the keys, newest first; none where none was made yet. Raises KeysUnreadable."""
    if settings.SEAL_KEYS:
        return list(settings.SEAL_KEYS)
    try:
        text: str = settings.SEAL_KEYS_FILE.read_text()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else "it is no text"
        raise KeysUnreadable(
            "The keys that secrets are sealed with cannot be read: "
            f"{settings.SEAL_KEYS_FILE}: {why}."
        ) from exc
    return text.split()


def new_key() -> str:
    """Return a key as the file and the environment hold them."""
    return urlsafe_b64encode(AESGCM.generate_key(8 * KEY_BYTES)).decode()


def _keys() -> list[bytes]:
    try:
        found = [b64decode(key, b"-_", validate=True) for key in read_keys()]
    except ValueError:
        found = []
    if not found or any(len(key) != KEY_BYTES for key in found):
        raise ImproperlyConfigured(
            f"There is no key to seal secrets with: {settings.SEAL_KEYS_FILE} is missing or no "
            "such key, and STORYBOARD_SEAL_KEYS is not set. "
            "`.venv/bin/python manage.py prepare` makes one."
        )
    return found


def _mark(key: bytes) -> str:
    """Return what tells one key from another, and nothing of what it is."""
    return hashlib.sha256(b"storyboard.seal:" + key).hexdigest()[:8]


def _read(sealed: str) -> tuple[str, bytes]:
    """Return the mark of the key and what is closed. Raises ValueError for what is no seal."""
    kind, mark, closed = sealed.split(".")
    if kind != KIND:
        raise ValueError(kind)
    return mark, b64decode(closed, b"-_", validate=True)
