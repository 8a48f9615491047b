"""The engine as a process: it draws, survives any kill, and leaves nothing running behind."""

from __future__ import annotations

import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import av
import pytest
import requests
from engine_at_hand import CHECKPOINT, EngineProcess, body
from waiting import wait_for
from webhook_listener import Listener

from storyboard.novita.client import Client
from storyboard.novita.types import TextToVideo

pytestmark = pytest.mark.process

LONG = tuple((f"a ship at sea, part {number}", 32) for number in range(4))


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """One engine for the tests that leave it running."""
    engine = EngineProcess(tmp_path_factory.mktemp("engine") / "data")
    try:
        yield engine.start()
    finally:
        engine.clear_away()


@pytest.fixture
def engine(tmp_path):
    found = EngineProcess(tmp_path / "data")
    try:
        yield found
    finally:
        found.clear_away()


def film_of(engine: EngineProcess, task_id: str) -> bytes:
    found = engine.finished(task_id)
    assert found["task"]["status"] == "TASK_STATUS_SUCCEED", found
    answer = requests.get(found["videos"][0]["video_url"], timeout=30)
    assert answer.status_code == 200
    return answer.content


def frames_of(film: bytes) -> int:
    with av.open(io.BytesIO(film)) as container:
        return sum(1 for _ in container.decode(video=0))


def gone(pids: list[int]) -> bool:
    def ended(pid: int) -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            return True

    return all(ended(pid) for pid in pids)


@pytest.mark.parametrize("kind", ["mp4", "gif"])
def test_a_submission_becomes_a_film_with_exactly_its_frames(running, kind):
    task_id = running.submit(
        ("a fox in the snow", 8), ("a city at night", 9), extra={"response_video_type": kind}
    )
    found = running.finished(task_id)
    assert found["videos"][0]["video_type"] == kind
    assert found["videos"][0]["video_url"].startswith(running.url)
    assert frames_of(film_of(running, task_id)) == 17


def test_the_same_seed_draws_the_same_bytes(running):
    films = {film_of(running, running.submit(seed=5)) for _ in range(2)}
    assert len(films) == 1
    assert film_of(running, running.submit(seed=6)) not in films


def test_a_part_of_a_film_can_be_read_over_http(running):
    task_id = running.submit()
    film = film_of(running, task_id)
    url = running.result(task_id)["videos"][0]["video_url"]
    answer = requests.get(url, headers={"Range": "bytes=4-11"}, timeout=30)
    assert (answer.status_code, answer.content) == (206, film[4:12])
    assert film[4:8] == b"ftyp"


SDK = """
import json, sys
from novita_client import NovitaClient, Txt2VideoPrompt
client = NovitaClient(sys.argv[1], sys.argv[2])
common = dict(model_name=sys.argv[3], width=256, height=256, guidance_scale=7.5)
prompts = [Txt2VideoPrompt(prompt="a little girl", frames=8) for _ in range(2)]
"""
SDK_MP4 = """
submitted = client.async_txt2video(steps=20, prompts=prompts, **common)
seen = []
result = client.wait_for_task_v3(submitted.task_id, callback=seen.append)
result.download_videos()
print(json.dumps({
    "status": result.task.status.value, "progress": seen[-1].task.progress_percent,
    "eta": result.task.eta, "ttl": result.videos[0].video_url_ttl, "seed": result.extra.seed,
    "times": [result.extra.debug_info.submit_time_ms, result.extra.debug_info.complete_time_ms],
    "film": result.video_bytes[0].hex(),
}))
"""
SDK_GIF = """
result = client.txt2video(
    steps=4, seed=3, negative_prompt="rain", clip_skip=2, closed_loop=True,
    response_video_type="gif", enterprise_plan=False, prompts=prompts, **common,
)
print(json.dumps({"film": result.video_bytes[0].hex()}))
"""
SDK_READS = """
models = client.models_v3()
print(json.dumps({
    "checkpoint": models.get_by_sd_name(sys.argv[3]).status.value,
    "credit": client.user_info().credit_balance,
}))
"""


def with_the_sdk(engine: EngineProcess, code: str) -> Any:
    """Run code with the vendor's client in a process of its own; return the JSON it prints."""
    done = subprocess.run(
        [sys.executable, "-c", SDK + code, engine.key, engine.url, CHECKPOINT],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_vendors_own_client_submits_polls_and_downloads(running):
    found = with_the_sdk(running, SDK_MP4)
    assert frames_of(bytes.fromhex(found["film"])) == 16
    assert (found["status"], found["progress"]) == ("TASK_STATUS_SUCCEED", 100)
    assert (found["eta"], found["ttl"]) == (0, 3600)
    assert 0 <= found["seed"] < 2**32
    assert found["times"] == sorted(found["times"])


def test_the_vendors_own_client_runs_a_gif_from_end_to_end(running):
    film = bytes.fromhex(with_the_sdk(running, SDK_GIF)["film"])
    assert film[:6] == b"GIF89a"
    assert frames_of(film) == 16


def test_the_vendors_own_client_reads_models_and_user(running):
    found = with_the_sdk(running, SDK_READS)
    assert found["checkpoint"] == 1
    assert found["credit"] > 0


def test_our_own_client_submits_polls_and_downloads(running, tmp_path):
    client = Client(running.url, running.key)
    task_id = client.submit(TextToVideo.from_json(body(seed=4)))
    task = wait_for(lambda: (found := client.task(task_id)).succeeded and found)
    assert (task.seed, task.videos[0].ttl, task.videos[0].type) == ("4", 3600, "mp4")
    path = tmp_path / "film.mp4"
    with path.open("wb") as file:
        client.download(task.videos[0].url, file, max_bytes=10**7, deadline_seconds=30)
    assert frames_of(path.read_bytes()) == 8
    assert CHECKPOINT in {model.sd_name for model in client.all_models("checkpoint")}
    assert client.balance().available > 0


def test_a_request_that_is_no_http_or_too_large_is_refused_in_the_same_shape(running):
    answer = running.ask("POST", "/v3/async/txt2video", data=b" " * 3_000_000)
    assert answer.status_code == 400
    assert answer.json()["reason"] == "INVALID_REQUEST_BODY"


def test_a_webhook_is_told_as_soon_as_the_film_is_there(tmp_path):
    listener = Listener(500, 200)
    engine = EngineProcess(tmp_path / "data", ENGINE_WEBHOOK_HOSTS=listener.address)
    try:
        engine.start()
        task_id = engine.submit(extra={"webhook": {"url": listener.url}})
        wait_for(lambda: len(listener.heard) == 2, seconds=20)
        for event in listener.heard:
            assert event["payload"]["task"]["task_id"] == task_id
            url = event["payload"]["videos"][0]["video_url"]
            assert requests.get(url, timeout=10).status_code == 200
    finally:
        engine.clear_away()
        listener.stop()


def test_fifty_submissions_at_once_are_taken_and_drawn_in_order(engine):
    engine.start()
    started = time.monotonic()
    with ThreadPoolExecutor(50) as pool:
        ids = list(pool.map(lambda number: engine.submit((f"boat {number}", 8)), range(50)))
    assert time.monotonic() - started < 2
    assert len(set(ids)) == 50
    for task_id in ids:
        engine.finished(task_id)
    with closing(sqlite3.connect(engine.data / "storyboard.sqlite3")) as database:
        rows = database.execute("select finished_at from engine_enginetask order by id").fetchall()
    assert rows == sorted(rows)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_told_to_and_takes_up_its_work_again(engine, number):
    engine.start()
    first, second = engine.submit(*LONG, width=512, height=512), engine.submit()
    wait_for(lambda: engine.result(first)["task"]["progress_percent"] > 0)
    children = engine.children()
    started = time.monotonic()
    assert engine.stop(number) == 0, engine.words()
    assert time.monotonic() - started < 5
    assert children
    assert gone(children)
    assert "Traceback" not in engine.words()
    engine.start()
    assert frames_of(film_of(engine, first)) == 128
    assert frames_of(film_of(engine, second)) == 8


def test_a_killed_engine_draws_again_what_it_was_at(engine):
    engine.start()
    task_id = engine.submit(*LONG, seed=9)
    wait_for(lambda: engine.result(task_id)["task"]["progress_percent"] > 0)
    children = engine.children()
    os.kill(engine.process.pid, signal.SIGKILL)
    engine.process.wait(10)
    # Without their parent the children go by themselves, in the middle of a drawing too.
    wait_for(lambda: gone(children), seconds=5)
    assert children
    engine.start()
    assert frames_of(film_of(engine, task_id)) == 128
    assert list((engine.data / "engine" / "parts").iterdir()) == []


def test_a_killed_drawing_process_is_replaced_and_its_task_drawn_again(engine):
    engine.start()
    task_id = engine.submit(*LONG)
    wait_for(lambda: engine.result(task_id)["task"]["progress_percent"] > 0)
    for pid in engine.children():
        os.kill(pid, signal.SIGKILL)
    assert frames_of(film_of(engine, task_id)) == 128


def test_a_task_that_kills_each_drawing_process_is_given_up(engine):
    engine.start()
    task_id = engine.submit(*LONG, width=1024, height=1024)
    killed = set()

    def kill() -> bool:
        for pid in engine.children():
            if pid not in killed and engine.result(task_id)["task"]["progress_percent"] > 0:
                killed.add(pid)
                os.kill(pid, signal.SIGKILL)
        return engine.status(task_id) == "TASK_STATUS_FAILED"

    wait_for(kill, seconds=40)
    assert len(killed) >= 3
    assert "ended each time" in engine.result(task_id)["task"]["reason"]
    assert frames_of(film_of(engine, engine.submit())) == 8


def test_a_second_engine_in_the_same_folder_does_not_start(running):
    other = EngineProcess(running.data)
    with pytest.raises(AssertionError, match="Another engine already works"):
        other.start()


def test_a_port_that_is_taken_is_said_in_a_sentence(running, engine):
    engine.port = running.port
    with pytest.raises(AssertionError, match=r"The engine cannot start: .*in use"):
        engine.start()
    assert "Traceback" not in engine.words()


def test_its_secrets_are_closed_to_others(running):
    for name in ("engine_key", "engine/link_key", "engine"):
        assert (running.data / name).stat().st_mode & 0o077 == 0


def test_a_key_file_and_a_port_can_be_chosen(tmp_path):
    key = tmp_path / "key"
    key.write_text("a key of our own\n")
    engine = EngineProcess(tmp_path / "data", "--key-file", str(key), "--workers", "2")
    try:
        with pytest.raises(FileNotFoundError):  # It made no other key.
            engine.start()
        engine.key = "a key of our own"
        wait_for(lambda: len(engine.children()) == 2)
        assert frames_of(film_of(engine, engine.submit())) == 8
    finally:
        engine.clear_away()


def test_answers_come_quickly_while_it_draws(engine):
    """Polls under load take at most twice what they take when idle, on the median."""
    engine.start()
    task_id = engine.submit()
    engine.finished(task_id)
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {engine.key}"
    url = f"{engine.url}/v3/async/task-result?task_id={task_id}"

    def median() -> float:
        times = []
        for _ in range(60):
            started = time.perf_counter()
            assert session.get(url, timeout=10).status_code == 200
            times.append(time.perf_counter() - started)
        return sorted(times)[30]

    idle = median()
    engine.submit(*LONG, width=1024, height=1024)
    assert median() < max(2 * idle, 0.05)
