"""Fifty submissions to the built-in engine at once, and how quickly it answers meanwhile."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from bench.measure import Measure
from storyboard.novita.client import Client
from storyboard.novita.types import ScenePrompt, TextToVideo

CROWD = 50
KEY = "bench-key"
SECONDS = 300


@contextmanager
def engine() -> Iterator[str]:
    """Run an engine of its own; give its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder) / "key"
        key.write_text(KEY)
        command = [sys.executable, "manage.py", "engine"]
        command += ["--bind", f"127.0.0.1:{port}", "--key-file", str(key)]
        process = subprocess.Popen(
            command,
            env=os.environ | {"STORYBOARD_DATA": folder},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


def median_of_asking(client: Client, task: str, times: int = 40) -> float:
    """Return the median milliseconds of asking how a task stands."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        client.task(task)
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


def crowd() -> Measure:
    """Submit fifty at once, and ask how one stands while they are drawn."""
    with engine() as address:
        client = Client(address, KEY)
        first = submit(address, 0)
        wait_for(client, [first])
        idle = median_of_asking(client, first)
        start = time.perf_counter()
        with ThreadPoolExecutor(CROWD) as pool:
            tasks = list(pool.map(lambda number: submit(address, number), range(CROWD)))
        accepted = time.perf_counter() - start
        loaded = median_of_asking(client, tasks[0])
        wait_for(client, tasks)
    words = (
        f"accepted in {accepted:.2f} s, all drawn, answers meanwhile {loaded / idle:.2f} times "
        f"those of an idle engine ({loaded:.1f} to {idle:.1f} ms)"
    )
    return Measure("fifty submissions at once, at most 2 s and 2 times", words)


def submit(address: str, number: int) -> str:
    rows = (ScenePrompt(f"a boat on the sea, {number}", 8),)
    request = TextToVideo("darkSushiMixMix_225D_64380.safetensors", 256, 256, 4, rows, 7.5, 7)
    return Client(address, KEY).submit_body(request.to_json())


def wait_for(client: Client, tasks: list[str]) -> None:
    """Return once every film is there."""
    end = time.monotonic() + SECONDS
    for task in tasks:
        while not client.task(task).succeeded:
            if time.monotonic() > end:
                raise TimeoutError(f"{task} did not end")
            time.sleep(0.02)
