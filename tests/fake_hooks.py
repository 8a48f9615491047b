"""How the fake service tells of a task's end: by itself when `after` is set, or when told to."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from tests.fake_service import FakeService, FakeTask

EVENT = "ASYNC_TASK_RESULT"


class Webhooks:
    """Events to the address that a submission named; knobs may be turned while it runs."""

    def __init__(self, service: FakeService) -> None:
        self.service = service
        # Seconds from the charge to the task's end, and so to its event; None sends none.
        self.after: float | None = None
        # How often each event is sent, and how often again when it is not answered with 2xx.
        self.copies = 1
        self.retries = 5
        self.pause = 0.3
        # (task id, number of the attempt from 0): whether this one is lost on its way.
        self.lose: Callable[[str, int], bool] = lambda task_id, attempt: False
        # What each attempt came to: the task, and the status or 0.
        self.answers: list[tuple[str, int]] = []

    def event(self, task: FakeTask, word: str = "succeed", **changes: Any) -> dict[str, Any]:
        """Return the documented event for a task's end, its payload changed as said."""
        ended = copy.copy(task)
        ended.answers, ended.polls = [word], 0
        payload = self.service.result(ended) or {}
        webhook = task.body.get("extra", {}).get("webhook")
        payload["extra"] = (payload.get("extra") or {}) | {"webhook": webhook}
        return {"event_type": EVENT, "payload": payload | changes}

    def tell(self, task_id: str, word: str = "succeed", *, url: str = "", **changes: Any) -> int:
        """Send one event now; return the status of its answer, or 0 without one."""
        task = self.service.tasks[task_id]
        return self.post(url or address_in(task.body), self.event(task, word, **changes), task_id)

    def post(self, url: str, event: Any, task_id: str = "") -> int:
        try:
            with requests.Session() as session:
                session.trust_env = False
                status = session.post(url, json=event, timeout=5, allow_redirects=False).status_code
        except requests.RequestException:
            status = 0
        self.answers.append((task_id, status))
        return status

    def charged(self, task: FakeTask) -> None:
        """Let the task end in `after` seconds, and tell of it as the documents say."""
        if self.after is not None and address_in(task.body):
            threading.Thread(target=self._end, args=(task, self.after), daemon=True).start()

    def tested(self, task: FakeTask, word: str) -> None:
        """Send the mock event that the test mode asks for."""
        task.answers = [word]
        threading.Thread(target=self._end, args=(task, 0.1), daemon=True).start()

    def _end(self, task: FakeTask, after: float) -> None:
        if self.service.wait(after):
            return
        task.answers = task.answers or ["succeed"]
        for _ in range(self.copies):
            for attempt in range(1 + self.retries):
                lost = self.lose(task.task_id, attempt)
                if not lost and 200 <= self.tell(task.task_id, task.answers[-1]) < 300:
                    break
                if self.service.wait(self.pause):
                    return


def address_in(body: dict[str, Any]) -> str:
    """Return where a submission wants to be told, or nothing."""
    webhook = (body.get("extra") or {}).get("webhook") or {}
    return str(webhook.get("url") or "")
