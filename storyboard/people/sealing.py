"""Secrets that come back: sealed before they reach the database, and opened where they are used.

A seal bears what the secret belongs to, so that one copied to another's row opens nothing there.
The keys are a file beside the database, or an environment variable, newest first: the first
seals, any of them opens. The file is read at every use, so that a rotation needs no restart.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


class Unsealable(Exception):
    """It cannot be opened: with another key was it sealed, or for another row. Quotes nothing."""


def seal(text: str, about: str) -> str:
    """Return `text` sealed with the newest key; `about` names what it belongs to, on one line.

    Raises ImproperlyConfigured where there is no key.
    """
    return MultiFernet(_keys()).encrypt(f"{about}\n{text}".encode()).decode()


def unseal(sealed: str, about: str) -> str:
    """Return what was sealed about the very same thing. Raises Unsealable."""
    try:
        whole = MultiFernet(_keys()).decrypt(sealed).decode()
    except (ImproperlyConfigured, InvalidToken, ValueError):
        raise Unsealable("The key that it was sealed with is missing.") from None
    named, _, text = whole.partition("\n")
    if named != about:
        raise Unsealable("It was sealed for something else.")
    return text


def is_of_newest(sealed: str) -> bool:
    """Whether the newest key opens it, so that the older ones may go."""
    try:
        _keys()[0].decrypt(sealed)
    except InvalidToken:
        return False
    return True


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
    """Return the keys, newest first; none where none was made yet."""
    if settings.SEAL_KEYS:
        return list(settings.SEAL_KEYS)
    try:
        text: str = settings.SEAL_KEYS_FILE.read_text()
    except OSError:
        return []
    return text.split()


def _keys() -> list[Fernet]:
    try:
        found = [Fernet(key) for key in read_keys()]
    except ValueError:
        found = []
    if not found:
        raise ImproperlyConfigured(
            f"There is no key to seal secrets with: {settings.SEAL_KEYS_FILE} is missing or no "
            "such key, and STORYBOARD_SEAL_KEYS is not set. `python manage.py prepare` makes one."
        )
    return found
