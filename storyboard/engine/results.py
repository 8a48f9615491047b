"""`GET /v3/async/task-result`: a task as it stands, with a fresh link once it is whole."""

from __future__ import annotations

import math
import time
from datetime import datetime
from typing import Any

from storyboard.engine.core import Engine
from storyboard.engine.errors import ApiError, invalid
from storyboard.engine.models import EngineTask, TaskState
from storyboard.engine.progress import Drawing
from storyboard.engine.wire import Request, Response, json_response

# Below this share of its frames a drawing's own speed says little yet.
OWN_PACE_FROM = 0.15


def task_result(engine: Engine, request: Request) -> Response:
    task_id = request.first("task_id")
    if not task_id:
        raise invalid("task_id: is required")
    task = EngineTask.objects.filter(task_id=task_id).first()
    if task is None:
        raise ApiError(404, "TASK_NOT_FOUND", "this engine knows no task of that id")
    return json_response(described(engine, task, request.base_url))


def described(engine: Engine, task: EngineTask, base_url: str) -> dict[str, Any]:
    """Return the documented answer for `task`, its links beginning with `base_url`."""
    drawing = engine.progress.of(task.task_id) if task.state == TaskState.PROCESSING else None
    return {
        "task": {
            "task_id": task.task_id,
            "status": task.state,
            "reason": task.reason,
            "task_type": "TXT_TO_VIDEO",
            "eta": 0 if task.ended else math.ceil(seconds_left(engine, task, drawing)),
            "progress_percent": drawing.percent() if drawing else task.progress,
        },
        "images": [],
        "videos": videos(engine, task, base_url),
        "audios": [],
        "extra": {
            "seed": str(task.seed),
            "debug_info": {
                "request_info": "",
                "submit_time_ms": milliseconds(task.submitted_at),
                "execute_time_ms": milliseconds(task.started_at),
                "complete_time_ms": milliseconds(task.finished_at),
            },
        },
    }


def videos(engine: Engine, task: EngineTask, base_url: str) -> list[dict[str, str]]:
    if task.state != TaskState.SUCCEED or not task.file:
        return []
    return [
        {
            "video_url": engine.links.make(base_url, task.file, engine.clock().timestamp()),
            "video_url_ttl": str(engine.links.ttl),
            "video_type": task.file.rpartition(".")[2],
        }
    ]


def seconds_left(engine: Engine, task: EngineTask, drawing: Drawing | None) -> float:
    """Return the seconds until `task` is whole, as far as past and present pace tell."""
    if drawing is None:
        ahead = EngineTask.objects.work_before(task) + engine.progress.work_left()
        return engine.pace.seconds(ahead / engine.workers + task.work)
    passed = time.monotonic() - drawing.started
    share = drawing.done / drawing.frames
    if share < OWN_PACE_FROM:
        return max(1.0, engine.pace.seconds(drawing.work) - passed)
    return passed / share * (1 - share)


def milliseconds(at: datetime | None) -> str:
    return "" if at is None else str(round(at.timestamp() * 1000))
