"""Who did what, when and from where: written beside each change, never changed.

In a team, for its owners; and to the installation, for whoever runs it.
"""

from __future__ import annotations

import ipaddress
import logging
from datetime import timedelta
from typing import Any, cast

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from storyboard.people.models import Act, Activity, KeeperAct, KeeperActivity, Team, User

ABOUT_MAX = 200
AGAIN_AFTER = timedelta(minutes=1)
# On one page; and more digits than any number of a row has.
SHOWN = 60
MANY_DIGITS = 18
COMMAND_LINE = "The command line"

logger = logging.getLogger(__name__)


class Refused(PermissionDenied):
    """Somebody of the team wanted what their role does not let them do."""

    def __init__(self, row: Model, words: str) -> None:
        super().__init__(words)
        self.row = row


def record(
    request: HttpRequest, team: Team, act: Act, about: str = "", *, by: User | None = None
) -> None:
    """Write down that whoever asked did `act`; `about` says in plain words with what. `by` names
    the person where the request does not know them yet.

    Call it inside the transaction of the change, where there is one, so that neither stays
    without the other. The log gets the same without names and words.
    """
    user = by or request.user
    known = user.pk is not None
    address = address_of(request)
    row = Activity.objects.create(
        team=team,
        person_id=user.pk if known else None,
        person_name=str(user)[:80],
        act=act,
        about=" ".join(about.split())[:ABOUT_MAX],
        address=address,
    )
    logger.info("team %s: %s by user %s (row %s)", team.pk, act.value, user.pk or "gone", row.pk)


def record_keeping(
    request: HttpRequest | None, act: KeeperAct, about: str = "", *, whom: User | None = None
) -> None:
    """Write down what whoever runs the installation did, in the transaction of the change.

    `whom` is whose account it was done to. Without a request it was the command line's doing.
    The log gets the same without names and words.
    """
    user = request.user if request else None
    of = f"{whom}, account {whom.pk}" if whom else ""
    row = KeeperActivity.objects.create(
        person_id=user.pk if user else None,
        person_name=str(user)[:80] if user else COMMAND_LINE,
        act=act,
        whom=whom,
        about=" ".join(": ".join(filter(None, (of, about))).split())[:ABOUT_MAX],
        address=address_of(request) if request else None,
    )
    logger.info(
        "installation: %s by user %s, to user %s (row %s)",
        act.value,
        user.pk if user else "none, on the command line",
        whom.pk if whom else "none",
        row.pk,
    )


def record_refusal(request: HttpRequest, refused: Refused) -> None:
    """Write down a refused try, at most once a minute of each kind and person."""
    team = team_of(refused.row)
    about = f"{refused.row._meta.verbose_name} {refused.row.pk}: {refused}"
    since = timezone.now() - AGAIN_AFTER
    same = team.activities.filter(person=request.user.pk, about=about[:ABOUT_MAX], at__gt=since)
    if not same.exists():
        record(request, team, Act.REFUSED, about)


def page_of(rows: QuerySet[Any], before: str) -> dict[str, Any]:
    """Return what a page shows of `rows`, newest first; `before` is the last of the page above.

    Nonsense for `before` is the first page. `older` is what the next page is to begin after.
    """
    rows = rows.order_by("-pk")
    if before.isdecimal() and len(before) < MANY_DIGITS:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: SHOWN + 1])
    older = found[SHOWN - 1].pk if len(found) > SHOWN else None
    return {"activities": found[:SHOWN], "before": before, "older": older}


def team_of(row: Model) -> Team:
    """Follow the row's `TEAM_PATH` to its team."""
    found: Any = row
    for step in filter(None, row.TEAM_PATH.split("__")):  # type: ignore[attr-defined]
        found = getattr(found, step)
    return cast("Team", found)


def address_of(request: HttpRequest) -> str | None:
    """Return the network address of whoever asks, as far as our own proxy vouches for it."""
    try:
        return str(ipaddress.ip_address(get_adapter(request).get_client_ip(request)))
    except (PermissionDenied, ValueError):
        return None
