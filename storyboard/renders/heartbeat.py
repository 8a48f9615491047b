"""Signs of life, by which a page can say that rendering is paused."""

from __future__ import annotations

from datetime import datetime, timedelta

from storyboard.renders.models import Heartbeat

# A poller beats every few seconds; silent for this long, it is taken for dead.
SILENCE = timedelta(seconds=30)
FORGET_AFTER = timedelta(days=1)


def beat(name: str, at: datetime) -> None:
    """Note that the poller `name` is alive, and forget those silent for a day."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": at})
    Heartbeat.objects.filter(at__lt=at - FORGET_AFTER).delete()


def stop(name: str) -> None:
    """Note that the poller `name` has stopped on purpose."""
    Heartbeat.objects.filter(name=name).delete()


def poller_alive(at: datetime) -> bool:
    """Whether any poller gave a sign of life in the 30 seconds before `at`."""
    return Heartbeat.objects.filter(at__gt=at - SILENCE).exists()
