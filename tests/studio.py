"""A poller whose clock is in our hand, a service on a socket, and the render between them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from storyboard.novita.client import Client
from storyboard.novita.types import Task
from storyboard.renders.models import Render
from storyboard.renders.poller import Poller
from storyboard.renders.states import UNDER_WAY
from storyboard.renders.store import TakeStore
from tests.buckets import names_in
from tests.fake_service import FakeService

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Interrupted(Client):
    """The real client, with something that happens between an answer and its reader."""

    def __init__(self, service: FakeService, afterwards: Callable[[], object]) -> None:
        super().__init__(service.url, service.key)
        self.afterwards = afterwards

    def submit_body(self, body: dict[str, Any]) -> str:
        answer = super().submit_body(body)
        self.afterwards()
        return answer

    def task(self, task_id: str) -> Task:
        answer = super().task(task_id)
        self.afterwards()
        return answer


class Studio:
    """Moves one render of a service, tick by tick."""

    def __init__(self, service: FakeService, render: Render, root: Path | TakeStore) -> None:
        self.service = service
        self.render = render
        self.time = NOON
        self.client: Client | None = Client(service.url, service.key, timeout=(2, 2))
        self.store = TakeStore(root) if isinstance(root, Path) else root
        self.poller = Poller(
            lambda render: self.client,
            owner="one:1:a",
            clock=lambda: self.time,
            store=self.store,
        )

    def tick(self, seconds: float = 0) -> str:
        """Let time pass, move what is due one step, and return the render's state."""
        self.time += timedelta(seconds=seconds)
        self.poller.tick()
        return self.state

    def next_tick(self) -> str:
        """Let as much time pass as the render wants to wait."""
        self.render.refresh_from_db()
        assert self.render.next_step_at is not None, f"{self.render.state} waits for nothing"
        self.time = max(self.time, self.render.next_step_at)
        return self.tick()

    def until_end(self, most: int = 40) -> str:
        for _ in range(most):
            if self.next_tick() not in UNDER_WAY:
                return self.state
        raise AssertionError(f"still {self.state} after {most} ticks")

    def make(self, *videos: bytes) -> None:
        """Let the task that was sent end with these videos, at most two."""
        assert self.render.task_id
        self.service.tasks[self.render.task_id].videos = list(videos)
        self.service.answers(
            "two_videos" if len(videos) == 2 else "succeed", task_id=self.render.task_id
        )

    @property
    def state(self) -> str:
        self.render.refresh_from_db()
        return self.render.state

    @property
    def log(self) -> list[str]:
        return [event.to_state for event in self.render.events.all()]

    @property
    def files(self) -> set[str]:
        return names_in(self.store)
