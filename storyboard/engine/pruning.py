"""Old tasks and their films go after a set time; parts that nobody draws go at once."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from storyboard.engine.core import Engine
from storyboard.engine.models import EngineTask

logger = logging.getLogger(__name__)

BATCH = 200


def prune(engine: Engine, at: datetime, keep: timedelta) -> int:
    """Forget the tasks that ended before `at - keep`, files first; return how many."""
    old = EngineTask.objects.filter(finished_at__lt=at - keep).order_by("pk")
    gone = 0
    while batch := list(old.values_list("pk", "file")[:BATCH]):
        for _, file in batch:
            if file:
                (engine.films / file).unlink(missing_ok=True)
        EngineTask.objects.filter(pk__in=[pk for pk, _ in batch]).delete()
        gone += len(batch)
    sweep(engine, at, keep)
    if gone:
        logger.info("%s old tasks were pruned", gone)
    return gone


def sweep(engine: Engine, at: datetime, keep: timedelta) -> None:
    """Delete films without a task, left by a kill between a row's end and its file's."""
    for path in engine.films.iterdir():
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        if changed < at - keep and not EngineTask.objects.filter(file=path.name).exists():
            path.unlink(missing_ok=True)


def drop_parts(engine: Engine) -> None:
    """Delete half-drawn films; only when nothing is being drawn."""
    for path in engine.parts.iterdir():
        path.unlink(missing_ok=True)
