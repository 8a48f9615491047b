"""The state of an installation for the person who runs it: figures, and the same in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.defaultfilters import filesizeformat

from storyboard.keeping.figures import disk_free, figures
from storyboard.renders.models import State
from storyboard.renders.safe_mode import SafeMode

MINUTE, HOUR, DAY = 60, 3600, 86400
ENGINE_FINE = {"reachable": True, "unreachable": False, "unknown": None}


@dataclass(frozen=True)
class Line:
    """One part in words; `fine` is None for what is neither good nor bad."""

    part: str
    words: str
    fine: bool | None = None


def status(at: datetime) -> dict[str, Any]:
    """Return every figure under a stable name; ages are in seconds, sizes in bytes.

    Raises a database error when the database does not answer.
    """
    found = figures(at)
    return {
        "version": settings.VERSION,
        "pollers": found.pollers,
        "poller_beat_age": found.beat_age,
        "renders": found.renders,
        "queue_depth": found.queued,
        "queue_age": found.queue_age,
        "oldest_under_way": None
        if found.oldest_pk is None
        else {"id": found.oldest_pk, "state": found.oldest_state, "age": found.oldest_age},
        "unsure": found.renders[State.UNSURE],
        "engine": found.engine,
        "safe_mode": SafeMode.objects.current() is not None,
        "disk_free": disk_free(settings.DATA),
    }


def in_words(found: dict[str, Any], parts: dict[str, str]) -> list[Line]:
    """Say what `status` and `health` found, a line a part."""
    fine = {name: word == "ok" for name, word in parts.items()}
    free = plain_size(found["disk_free"])
    room = "" if fine["disk"] else ": too little for another take, so none is fetched"
    return [
        Line("database", "answers", fine["database"]),
        Line("poller", _poller(found), fine["poller"]),
        Line("queue", _queue(found)),
        Line("under way", _under_way(found)),
        Line("unsure", _unsure(found)),
        Line(
            "engine",
            _engine(found),
            None if found["engine"] == "unknown" else found["engine"] == "reachable",
        ),
        Line("disk", f"{free} free{room}", fine["disk"]),
    ]


def plain_size(count: int) -> str:
    """Return a size as "1.2 GB", with a plain space for terminals."""
    return filesizeformat(count).replace("\xa0", " ")


def ago(seconds: float) -> str:
    """Return a length of time in its largest whole unit."""
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= unit:
            return f"{int(seconds // unit)} {name}"
    return f"{int(seconds)} s"


def _poller(found: dict[str, Any]) -> str:
    beat, count = found["poller_beat_age"], found["pollers"]
    if beat is None:
        return "none is running; nothing is sent or fetched"
    if not count:
        return f"silent for {ago(beat)}; nothing is sent or fetched"
    return f"{count} running, last sign of life {ago(beat)} ago"


def _queue(found: dict[str, Any]) -> str:
    if not found["queue_depth"]:
        return "empty"
    held = "; safe mode: nothing is sent, see /safe-mode/" if found["safe_mode"] else ""
    waiting = f"{found['queue_depth']} waiting to be sent"
    return f"{waiting}, the first for {ago(found['queue_age'])}{held}"


def _under_way(found: dict[str, Any]) -> str:
    oldest = found["oldest_under_way"]
    if oldest is None:
        return "nothing"
    age = ago(oldest["age"])
    return f"the oldest is render {oldest['id']}, {oldest['state']}, asked for {age} ago"


def _unsure(found: dict[str, Any]) -> str:
    if not found["unsure"]:
        return "none"
    return f"{found['unsure']} may have been charged; a person has to decide on each"


def _engine(found: dict[str, Any]) -> str:
    return {
        "reachable": f"{settings.NOVITA_BASE_URL} answered when last asked",
        "unreachable": f"{settings.NOVITA_BASE_URL} did not answer when last asked; "
        "the poller keeps trying",
        "unknown": f"{settings.NOVITA_BASE_URL} has not been asked for a render under way",
    }[str(found["engine"])]
