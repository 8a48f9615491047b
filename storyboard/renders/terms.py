"""At what price, and on whose account, renders are sent: what a page showed, and what holds now.

A form that spends posts the terms of the prices on its page. They are compared where the renders
are queued: an account or a price that came since is said, and charged for at another press alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from decimal import Decimal

from storyboard.people.keys import Account
from storyboard.renders import money


class TermsChanged(Exception):
    """Refused: the page showed another price; nothing was queued. The words are for who pressed."""


def terms_of(account: Account) -> str:
    """Return a word for the account and its rate; with the frames and steps they make a price."""
    each, least = account.rate
    return hashlib.sha256(f"{account.name} {each} {least}".encode()).hexdigest()[:12]


def agree(seen: str | None, account: Account, costs: Sequence[Decimal | None]) -> None:
    """Let what costs this much now be sent by a press whose page showed the terms `seen`.

    Where no page asks, `seen` is None. What is free is free on every page; a form without terms,
    and so without a price, sends nothing else. Raises TermsChanged.
    """
    if seen is None or seen == terms_of(account) or not any(cost != 0 for cost in costs):
        return
    known = [cost for cost in costs if cost is not None]
    total = sum(known, money.ZERO) if len(known) == len(costs) else None
    raise TermsChanged(
        "The price has changed since this page was made, or the account that pays:"
        f" now it is {'unknown' if total is None else money.cost(total)}."
        " Press again if you agree."
    )
