"""The engine's own queue: order, progress, eta, what a killed engine leaves, and pruning."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from engine_at_hand import AtHand

from storyboard.engine.models import EngineTask, EngineWebhook, TaskState
from storyboard.engine.pace import Pace
from storyboard.engine.pruning import drop_parts, prune
from storyboard.engine.server import recover

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def engine(tmp_path) -> AtHand:
    return AtHand(tmp_path / "engine")


def submitted(engine: AtHand, number: int = 1, **changes) -> list[EngineTask]:
    ids = [engine.submit(**changes).json["task_id"] for _ in range(number)]
    return [EngineTask.objects.get(task_id=task_id) for task_id in ids]


def with_film(engine: AtHand, at) -> EngineTask:
    submitted(engine)
    task = EngineTask.objects.claim(at)
    name = f"{task.task_id}.mp4"
    (engine.engine.films / name).write_bytes(b"film")
    task.succeed(name, at)
    return EngineTask.objects.get(pk=task.pk)


def test_a_submission_wakes_the_pool(engine):
    woken = []
    engine.engine.wake = lambda: woken.append("pool")
    engine.submit()
    assert woken == ["pool"]


def test_tasks_are_begun_in_the_order_they_came(engine, now):
    tasks = submitted(engine, 3)
    begun = [EngineTask.objects.claim(now).task_id for _ in range(3)]
    assert begun == [task.task_id for task in tasks]
    assert EngineTask.objects.claim(now) is None


def test_a_task_that_is_put_back_keeps_its_place(engine, now):
    first, second = submitted(engine, 2)
    EngineTask.objects.claim(now).put_back()
    assert EngineTask.objects.claim(now).pk == first.pk
    assert EngineTask.objects.claim(now).pk == second.pk


def test_the_frozen_request_is_what_was_asked_for(engine):
    (task,) = submitted(engine, seed=-1, negative_prompt="rain", closed_loop=True)
    wanted = task.text_to_video()
    assert (wanted.seed, wanted.negative_prompt, wanted.closed_loop) == (-1, "rain", True)
    assert task.work == pytest.approx(8 * 256 * 256 / 1e6)


def test_an_end_is_written_once(engine, now):
    submitted(engine)
    task = EngineTask.objects.claim(now)
    assert task.succeed("a.mp4", now)
    assert not task.fail("too late", now)
    assert EngineTask.objects.get().state == TaskState.SUCCEED


def test_a_task_under_way_tells_its_true_progress(engine, now):
    submitted(engine)
    task = EngineTask.objects.claim(now)
    drawing = engine.engine.progress.begin(task.task_id, 8, task.work)
    for done, percent in ((0, 0), (2, 25), (7, 87), (8, 99)):
        drawing.done = done
        found = engine.result(task.task_id).json["task"]
        assert (found["status"], found["progress_percent"]) == ("TASK_STATUS_PROCESSING", percent)
        assert isinstance(found["eta"], int)


def test_the_eta_is_learned_from_past_renders(engine):
    (task,) = submitted(engine)
    engine.engine.pace.learn(task.work, 40)
    assert engine.result(task.task_id).json["task"]["eta"] == 40


def test_the_eta_counts_what_is_ahead(engine):
    tasks = submitted(engine, 3)
    engine.engine.pace.learn(tasks[0].work, 10)
    etas = [engine.result(task.task_id).json["task"]["eta"] for task in tasks]
    assert etas == [10, 20, 30]


def test_two_drawing_at_once_halve_the_wait(engine):
    tasks = submitted(engine, 3)
    engine.engine.workers = 2
    engine.engine.pace.learn(tasks[0].work, 10)
    assert engine.result(tasks[2].task_id).json["task"]["eta"] == 20


def test_the_pace_is_the_median_so_that_one_bad_minute_is_no_rule():
    pace = Pace([(1, 2), (1, 2), (1, 100)])
    assert pace.seconds(3) == 6


def test_a_new_engine_learns_from_the_tasks_that_the_last_one_drew(engine, now):
    submitted(engine)
    task = EngineTask.objects.claim(now)
    task.succeed("a.mp4", now + timedelta(seconds=30))
    recover(engine.engine)
    assert engine.engine.pace.seconds(task.work) == pytest.approx(30)


def test_what_was_half_drawn_is_queued_again_and_its_parts_go(engine, now):
    submitted(engine, 2)
    EngineTask.objects.claim(now)
    part = engine.engine.parts / "half.mp4"
    part.write_bytes(b"half")
    recover(engine.engine)
    assert set(EngineTask.objects.values_list("state", flat=True)) == {TaskState.QUEUED}
    assert not part.exists()


def test_old_tasks_go_with_their_films_and_webhooks(engine, now):
    old = with_film(engine, now - 3 * DAY)
    EngineWebhook.objects.create(task=old, url="http://127.0.0.1/", next_at=now)
    young = with_film(engine, now - DAY)
    assert prune(engine.engine, now, 2 * DAY) == 1
    assert list(EngineTask.objects.all()) == [young]
    assert {path.name for path in engine.engine.films.iterdir()} == {young.file}
    assert not EngineWebhook.objects.exists()


def test_a_task_that_waits_is_never_pruned(engine, now):
    submitted(engine)
    EngineTask.objects.update(submitted_at=now - 30 * DAY)
    assert prune(engine.engine, now, DAY) == 0
    assert EngineTask.objects.exists()


def test_a_film_without_a_task_goes_too(engine, now):
    lost = engine.engine.films / "lost.mp4"
    lost.write_bytes(b"film")
    kept = with_film(engine, now)
    prune(engine.engine, now, DAY)
    assert lost.exists()
    old = (now - 2 * DAY).timestamp()
    os.utime(lost, (old, old))
    prune(engine.engine, now, DAY)
    assert [path.name for path in engine.engine.films.iterdir()] == [kept.file]


def test_a_pruned_task_is_not_found(engine, now):
    task = with_film(engine, now - 3 * DAY)
    prune(engine.engine, now, DAY)
    assert engine.result(task.task_id).reason == "TASK_NOT_FOUND"


def test_parts_go_when_nothing_is_drawn(engine):
    (engine.engine.parts / "a.mp4").write_bytes(b"x")
    drop_parts(engine.engine)
    assert list(engine.engine.parts.iterdir()) == []
