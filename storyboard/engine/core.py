"""What the addresses of the API share: keys, links, pace, progress and the way to the pool."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from storyboard.engine.covers import Covers
from storyboard.engine.keys import kept_key
from storyboard.engine.limiter import Limiter
from storyboard.engine.links import Links
from storyboard.engine.pace import Pace
from storyboard.engine.progress import Progress


def nobody_waits() -> None:
    """Stand in for the pool where none runs."""


@dataclass
class Engine:
    """One engine; `wake` tells the pool, and `wake_teller` the webhooks, that there is work."""

    key: str
    root: Path
    links: Links
    limiter: Limiter
    workers: int = 1
    pace: Pace = field(default_factory=Pace)
    progress: Progress = field(default_factory=Progress)
    covers: Covers = field(default_factory=Covers)
    clock: Callable[[], datetime] = timezone.now
    wake: Callable[[], None] = nobody_waits
    wake_teller: Callable[[], None] = nobody_waits

    @property
    def films(self) -> Path:
        return self.root / "films"

    @property
    def parts(self) -> Path:
        return self.root / "parts"

    @classmethod
    def from_settings(cls, key: str, *, workers: int = 1) -> Engine:
        """Return an engine whose folders and link secret exist; raise OSError when they cannot."""
        root = settings.ENGINE_ROOT
        engine = cls(
            key=key,
            root=root,
            links=Links(b"", settings.ENGINE_LINK_TTL),
            limiter=Limiter(settings.ENGINE_SUBMISSIONS_PER_MINUTE),
            workers=workers,
        )
        for folder in (root, engine.films, engine.parts):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        engine.links = Links(kept_key(root / "link_key").encode(), settings.ENGINE_LINK_TTL)
        return engine
