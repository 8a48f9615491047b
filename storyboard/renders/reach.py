"""Since when an engine has not let itself be reached: one fact for all of its renders."""

from __future__ import annotations

from datetime import datetime

from storyboard.novita.errors import NovitaError
from storyboard.renders.models import Gate

SILENT = ("not_connected", "no_answer")


def heard(account: str, error: NovitaError | None, at: datetime) -> None:
    """Note what came of a call; a wrong answer is an answer too."""
    if error is not None and error.reason in SILENT:
        if error.reason == "not_connected":
            Gate.objects.get_or_create(account=account)
            Gate.objects.filter(account=account, unreached_since=None).update(unreached_since=at)
        return
    silent = Gate.objects.filter(account=account, unreached_since__isnull=False)
    if silent.exists():
        silent.update(unreached_since=None)
