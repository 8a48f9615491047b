"""The render pool: what each way in which a drawing can go wrong leads to."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import pytest
from engine_at_hand import AtHand

from storyboard.engine.models import EngineTask, TaskState
from storyboard.engine.pool import Child, ChildEnded, Pool, Stopped

pytestmark = [pytest.mark.django_db, pytest.mark.process]

HUGE = {"width": 1024, "height": 1024, "prompts": [{"prompt": "the sea", "frames": 32}] * 4}


@pytest.fixture
def engine(tmp_path) -> AtHand:
    return AtHand(tmp_path / "engine")


@pytest.fixture
def child_with():
    """Return a function that starts a drawing process with so many megabytes."""
    started: list[Child] = []

    def start(megabytes: int = 2048) -> Child:
        child = Child(megabytes)
        started.append(child)
        assert child.receive(20) == {"ready": True}
        return child

    yield start
    for child in started:
        child.end()


@pytest.fixture
def begun(engine, now):
    """Return a function that submits and begins a task."""

    def begin(**changes) -> EngineTask:
        engine.submit(**changes)
        return EngineTask.objects.claim(now)

    return begin


def idle_megabytes(child: Child) -> int:
    """What a drawing process holds before it draws."""
    status = Path(f"/proc/{child.process.pid}/status").read_text()
    return int(re.search(r"VmData:\s+(\d+) kB", status)[1]) // 1024


def left_behind(engine: AtHand) -> list[str]:
    return [path.name for path in engine.engine.parts.iterdir()]


def test_a_drawn_film_is_kept_and_teaches_the_pace(engine, child_with, begun):
    told = []
    engine.engine.wake_teller = lambda: told.append("ended")
    task = begun()
    assert Pool(engine.engine).render(child_with(), task)
    task.refresh_from_db()
    assert (task.state, task.progress, task.file) == (
        TaskState.SUCCEED,
        100,
        f"{task.task_id}.mp4",
    )
    assert (engine.engine.films / task.file).stat().st_size > 500
    assert engine.engine.pace.seconds(task.work) != engine.engine.pace.seconds(0)
    assert (told, left_behind(engine)) == (["ended"], [])
    assert engine.engine.progress.of(task.task_id) is None


def test_one_child_draws_one_film_after_another(engine, child_with, begun):
    child = child_with()
    for _ in range(3):
        assert Pool(engine.engine).render(child, begun())
    assert EngineTask.objects.filter(state=TaskState.SUCCEED).count() == 3


def test_a_drawing_that_takes_too_long_fails(engine, child_with, begun):
    task = begun(**HUGE)
    assert not Pool(engine.engine, seconds=0.2).render(child_with(), task)
    task.refresh_from_db()
    assert task.state == TaskState.FAILED
    assert task.reason == "Drawing took longer than 0.2 seconds."


def test_a_drawing_that_needs_too_much_memory_fails(engine, child_with, begun):
    task = begun(**HUGE)
    pool = Pool(engine.engine)
    # Where memory runs out decides whether Python can say so or the process ends.
    task.attempts = 3
    assert not pool.render(child_with(idle_megabytes(child_with()) + 16), task)
    task.refresh_from_db()
    assert task.state == TaskState.FAILED
    assert left_behind(engine) == []


def test_a_film_that_cannot_be_kept_fails_with_the_reason(engine, child_with, begun):
    task = begun()
    engine.engine.films.rmdir()
    assert not Pool(engine.engine).render(child_with(), task)
    task.refresh_from_db()
    assert (task.state, task.reason) == (
        TaskState.FAILED,
        "The film could not be kept: No such file or directory.",
    )
    assert left_behind(engine) == []


def test_a_film_that_cannot_be_written_fails_with_the_reason(engine, child_with, begun):
    task = begun()
    engine.engine.parts.rmdir()
    assert not Pool(engine.engine).render(child_with(), task)
    task.refresh_from_db()
    assert task.state == TaskState.FAILED
    assert "could not be written" in task.reason


def test_a_request_that_can_no_longer_be_read_fails(engine, child_with, begun):
    task = begun()
    task.request["width"] = 5000
    assert not Pool(engine.engine).render(child_with(), task)
    task.refresh_from_db()
    assert task.state == TaskState.FAILED
    assert "InvalidRequest" in task.reason


def test_a_drawing_whose_process_ends_is_queued_again(engine, child_with, begun):
    task = begun()
    child = child_with()
    os.kill(child.process.pid, signal.SIGKILL)
    assert not Pool(engine.engine).render(child, task)
    task.refresh_from_db()
    assert (task.state, task.attempts) == (TaskState.QUEUED, 1)


def test_one_whose_process_ended_three_times_fails(engine, child_with, begun):
    task = begun()
    task.attempts = 3
    child = child_with()
    os.kill(child.process.pid, signal.SIGKILL)
    assert not Pool(engine.engine).render(child, task)
    task.refresh_from_db()
    assert task.state == TaskState.FAILED
    assert "ended each time" in task.reason


def test_a_stop_in_the_middle_leaves_the_task_for_the_next_engine(engine, child_with, begun):
    task = begun(**HUGE)
    pool = Pool(engine.engine)
    pool.stopping = True
    with pytest.raises(Stopped):
        pool.render(child_with(), task)
    task.refresh_from_db()
    assert task.state == TaskState.QUEUED


def test_an_ended_child_says_so(child_with):
    child = child_with()
    child.process.kill()
    with pytest.raises(ChildEnded):
        child.receive(5)


def test_a_child_ends_when_nobody_is_at_the_other_end(child_with):
    child = child_with()
    child.line.close()
    assert child.process.wait(5) == 0
