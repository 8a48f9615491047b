"""Tells addresses on the allow-list of a task's end: once, and up to five times again."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
from django.db import DatabaseError, close_old_connections, connections

from storyboard.engine.core import Engine
from storyboard.engine.models import EngineWebhook
from storyboard.engine.results import described

logger = logging.getLogger(__name__)

TIMEOUT = 5.0
# Seconds before each repetition: five, then the engine gives up.
BACK_OFF = (2.0, 10.0, 30.0, 120.0, 600.0)
# An event that a killed engine was at is due again after so long.
LEASE = timedelta(seconds=30)
PORTS = {"http": 80, "https": 443}


def allowed(url: str, hosts: Iterable[str]) -> bool:
    """True when `hosts` names this address's host: `host:port`, or `host` for 80 and 443."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        return False
    name = parts.hostname or ""
    name = f"[{name}]" if ":" in name else name
    names = {f"{name}:{port}"} | ({name} if port in PORTS.values() else set())
    return bool(name) and parts.scheme in PORTS and not names.isdisjoint(h.lower() for h in hosts)


def event(engine: Engine, webhook: EngineWebhook) -> dict[str, Any]:
    task = webhook.task
    payload = described(engine, task, task.base_url)
    payload["extra"]["webhook"] = task.request["extra"]["webhook"]
    return {"event_type": "ASYNC_TASK_RESULT", "payload": payload}


class Teller:
    """Delivers what is due; `tick` is the whole work and needs no threads."""

    def __init__(
        self,
        engine: Engine,
        hosts: Iterable[str],
        *,
        back_off: tuple[float, ...] = BACK_OFF,
        timeout: float = TIMEOUT,
        threads: int = 2,
    ) -> None:
        self.engine = engine
        self.hosts = tuple(hosts)
        self.back_off = back_off
        self.timeout = timeout
        self.stopping = False
        self._news = threading.Condition()
        self._threads = [
            threading.Thread(target=self._work, name=f"teller-{number}", daemon=True)
            for number in range(threads)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Tell idle threads that a task has ended."""
        with self._news:
            self._news.notify_all()

    def stop(self) -> None:
        """Let no further event begin; one on its way is given up or told again later."""
        self.stopping = True
        self.wake()

    def tick(self) -> bool:
        """Send one event that is due; False when none is."""
        webhook = EngineWebhook.objects.claim(self.engine.clock(), LEASE)
        if webhook is None:
            return False
        if not allowed(webhook.url, self.hosts):
            logger.warning(
                "task %s: %s is not in ENGINE_WEBHOOK_HOSTS, so it was not told",
                webhook.task.task_id,
                urlsplit(webhook.url).netloc[:200],
            )
            webhook.settle("not on the allow-list", self.engine.clock())
            return True
        outcome = self._send(webhook)
        if not outcome:
            webhook.settle("delivered", self.engine.clock())
        elif webhook.attempts > len(self.back_off):
            logger.warning("task %s: webhook given up, %s", webhook.task.task_id, outcome)
            webhook.settle(f"given up: {outcome}", self.engine.clock())
        else:
            wait = timedelta(seconds=self.back_off[webhook.attempts - 1])
            webhook.postpone(outcome, self.engine.clock() + wait)
        return True

    def _send(self, webhook: EngineWebhook) -> str:
        """Send one event; return why it did not arrive, or nothing."""
        with requests.Session() as session:
            # No proxy and no password from this machine's environment.
            session.trust_env = False
            try:
                with session.post(
                    webhook.url,
                    json=event(self.engine, webhook),
                    timeout=(self.timeout, self.timeout),
                    allow_redirects=False,
                    # The answer's body is nobody's business, however long it is.
                    stream=True,
                ) as answer:
                    return "" if 200 <= answer.status_code < 300 else f"HTTP {answer.status_code}"
            except requests.RequestException as exc:
                return type(exc).__name__

    def _work(self) -> None:
        try:
            while not self.stopping:
                if not self._guarded(self.tick):
                    self._rest()
        finally:
            connections.close_all()

    def _rest(self) -> None:
        close_old_connections()
        due = self._guarded(EngineWebhook.objects.next_due)
        with self._news:
            if not self.stopping:
                self._news.wait(seconds_until(due, self.engine.clock()))

    def _guarded(self, work: Callable[[], Any]) -> Any:
        """Do it; an error is logged and answered with None, for the loop must go on."""
        try:
            return work()
        except DatabaseError as exc:
            logger.warning("the database could not answer: %s", exc)
            close_old_connections()
        except Exception:
            logger.exception("the teller's own error")
        return None


def seconds_until(due: datetime | None, now: datetime) -> float:
    """Return how long to rest: never so short as to spin, never so long as to miss news."""
    return 5.0 if due is None else min(5.0, max(0.05, (due - now).total_seconds()))
