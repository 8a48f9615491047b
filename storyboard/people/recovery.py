"""Recovery codes: shown once, kept as slow hashes, and good once each.

A code begins with its place among the ten, so that one hash is computed to check it and not ten.
allauth's own are made of a seed that gives them all away; its row is kept, empty to allauth.
"""

from __future__ import annotations

import secrets

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from storyboard.people.models import User

COUNT = 10
SECRET_DIGITS = 8
LENGTH = 1 + SECRET_DIGITS
HASHES = "hashes"
KIND = Authenticator.Type.RECOVERY_CODES


def make(user: User) -> list[str]:
    """Return ten new codes, of which only hashes are kept; those from before are void."""
    codes = [
        f"{place}{secrets.randbelow(10**SECRET_DIGITS):0{SECRET_DIGITS}}" for place in range(COUNT)
    ]
    # allauth takes a row without a seed, and with no codes of its own, for one that is used up.
    data = {"migrated_codes": [], HASHES: [make_password(code) for code in codes]}
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        Authenticator.objects.filter(user=user.pk, type=KIND).delete()
        Authenticator.objects.create(user=user, type=KIND, data=data)
    return codes


def use(user: User, code: str) -> Authenticator | None:
    """Use a code up; return what it was one of, or None for one that is wrong or was used."""
    row = Authenticator.objects.filter(user=user.pk, type=KIND).first()
    if row is None or not (len(code) == LENGTH and code.isascii() and code.isdecimal()):
        return None
    place = int(code[0])
    found = (*row.data.get(HASHES, ()), *[""] * COUNT)[place]
    if not found or not check_password(code, found):
        return None
    # Hashed outside the transaction, for it takes a while; of two that used it at once, one did.
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().filter(pk=row.pk).first()
        if row is None or row.data[HASHES][place] != found:
            return None
        row.data[HASHES][place] = ""
        row.save(update_fields=("data",))
    row.user = user
    return row


def left(row: Authenticator) -> int:
    return sum(map(bool, row.data.get(HASHES, ())))


def in_groups(code: str) -> str:
    """Return a code as it is read and written down."""
    return " ".join(code[at : at + 3] for at in range(0, LENGTH, 3))
