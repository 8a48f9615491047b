"""How many renders a poller asks after, against the same threads that only ask."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import requests
from django.db import connections
from django.db.backends.signals import connection_created
from django.utils import timezone

from bench.measure import Figure, compare
from bench.people import sample, under_way
from storyboard.novita.client import Client
from storyboard.renders.management.commands.poller import make_durable
from storyboard.renders.models import Render
from storyboard.renders.poller import Poller, new_owner
from storyboard.renders.states import State

THREADS = 16
RENDERS = 2000
WARM_UP, MEASURED = 0.7, 2.5


@contextmanager
def slow_service() -> Iterator[str]:
    """Run the slow service; give its address."""
    with subprocess.Popen(
        [sys.executable, "-m", "bench.slow_service"], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            port = process.stdout.readline().strip() if process.stdout else ""
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def asked(address: str) -> int:
    return int(requests.get(f"{address}/asked", timeout=5).text)


def asked_per_second(address: str) -> float:
    """Return how many questions a second reach the service, once those who ask are warm."""
    time.sleep(WARM_UP)
    start, before = time.perf_counter(), asked(address)
    time.sleep(MEASURED)
    return (asked(address) - before) / (time.perf_counter() - start)


def by_requests(address: str) -> float:
    """Ask from as many threads with nothing but requests."""
    stop = threading.Event()

    def ask() -> None:
        with requests.Session() as session:
            while not stop.is_set():
                session.get(
                    f"{address}/v3/async/task-result", params={"task_id": "t"}, timeout=10
                ).json()

    threads = [threading.Thread(target=ask) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    try:
        return asked_per_second(address)
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def by_poller(address: str) -> float:
    """Let a poller ask: it claims, asks, and writes what it heard, render by render."""
    now = timezone.now()
    Render.objects.update(
        state=State.RENDERING, next_step_at=now, submitted_at=now, lease_until=None
    )
    local = threading.local()

    def client_for(render: Render) -> Client:
        if not hasattr(local, "client"):
            local.client = Client(address, "key")
        return local.client

    poller = Poller(client_for, owner=new_owner(), threads=THREADS)

    def work() -> None:
        try:
            poller.run()
        finally:
            connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        return asked_per_second(address)
    finally:
        poller.stop()
        thread.join()


def fill(address: str) -> None:
    """Create as many renders under way as keep every thread busy."""
    project = sample("poller@example.org")[1]
    Render.objects.bulk_create(under_way(project, address, RENDERS, timezone.now()))


def polls() -> Figure:
    connection_created.connect(make_durable)
    try:
        with slow_service() as address:
            fill(address)
            return compare(
                f"polls a second of the poller, to {THREADS} threads calling requests",
                lambda: by_poller(address),
                lambda: by_requests(address),
                unit="polls/s",
                rounds=5,
            )
    finally:
        connection_created.disconnect(make_durable)
