"""`POST /v3/async/txt2video`: a checked request becomes a queued task."""

from __future__ import annotations

import secrets
import threading
import uuid
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from storyboard.engine.animatic import catalogue
from storyboard.engine.core import Engine
from storyboard.engine.errors import invalid
from storyboard.engine.mock import mock_film
from storyboard.engine.models import EngineTask, TaskState
from storyboard.engine.strict_json import read_object
from storyboard.engine.wire import Request, Response, json_response
from storyboard.novita import limits
from storyboard.novita.types import FAILED, SUCCEED, InvalidRequest, Problem, TextToVideo

PROBLEMS_SHOWN = 10
ROWS_READ = 100
WEBHOOK_URL_MAX = 2000
# A mock event waits so long, for the answer that names its task to arrive first.
MOCK_DELAY = timedelta(seconds=0.3)
MOCK_FAILED = "a mock failure, as extra.webhook.test_mode asked"

# SQLite lets one write at a time: waiting for a lock is quicker than for the busy handler.
writing = threading.Lock()


def txt2video(engine: Engine, request: Request) -> Response:
    wanted = checked(read_object(request.read()))
    engine.limiter.take()
    with writing:
        task = create_task(engine, wanted, request.base_url)
    (engine.wake_teller if task.ended else engine.wake)()
    return json_response({"task_id": task.task_id})


def checked(body: dict[str, Any]) -> TextToVideo:
    """Return the request in `body`; raise ApiError (400) that names every field at fault."""
    if too_long := list(endless_lists(body)):
        raise invalid(said(too_long))
    try:
        found = TextToVideo.from_json(body)
    except InvalidRequest as exc:
        raise invalid(said(exc.problems)) from None
    problems = [*unknown_models(found), *webhook_problems(found, body)]
    if problems:
        raise invalid(said(problems))
    return found


def endless_lists(body: dict[str, Any]) -> Iterator[Problem]:
    """Name lists so long that naming what is wrong in each row would keep everybody waiting."""
    for name in ("prompts", "loras", "embeddings"):
        rows = body.get(name)
        if isinstance(rows, list) and len(rows) > ROWS_READ:
            yield Problem(name, f"has {len(rows)} rows, far more than fit")


def said(problems: list[Problem]) -> str:
    text = "; ".join(str(problem) for problem in problems[:PROBLEMS_SHOWN])
    more = len(problems) - PROBLEMS_SHOWN
    return f"{text}; and {more} more" if more > 0 else text


def unknown_models(wanted: TextToVideo) -> Iterator[Problem]:
    def missing(kind: str, names: Iterable[tuple[str, str]]) -> Iterator[Problem]:
        known = {
            name
            for entry in catalogue.ENTRIES
            if entry.kind == kind
            for name in (entry.sd_name, entry.api_name)
        }
        for field, name in names:
            if name not in known:
                yield Problem(field, f"{name[:100]!r} is not in the catalogue")

    yield from missing("checkpoint", [("model_name", wanted.model_name)])
    yield from missing(
        "lora",
        [(f"loras[{n}].model_name", lora.model_name) for n, lora in enumerate(wanted.loras)],
    )
    yield from missing(
        "textualinversion",
        [
            (f"embeddings[{n}].model_name", embedding.model_name)
            for n, embedding in enumerate(wanted.embeddings)
        ],
    )


def webhook_problems(wanted: TextToVideo, body: dict[str, Any]) -> Iterator[Problem]:
    url = wanted.webhook_url
    if url and not sound_url(url):
        yield Problem("extra.webhook.url", "must be an http or https address")
    test_mode = ((body.get("extra") or {}).get("webhook") or {}).get("test_mode") or {}
    if test_mode.get("enabled"):
        if not url:
            yield Problem("extra.webhook.url", "is required in test mode")
        if wanted.webhook_test_status not in {SUCCEED, FAILED}:
            yield Problem(
                "extra.webhook.test_mode.return_task_status", f"must be {SUCCEED} or {FAILED}"
            )


def sound_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https"}
        and bool(parts.hostname)
        and port != 0
        and not parts.username
        and len(url) <= WEBHOOK_URL_MAX
        and url.isprintable()
        and " " not in url
    )


def megapixel_frames(wanted: TextToVideo) -> float:
    return wanted.frames * wanted.width * wanted.height / 1e6


def create_task(engine: Engine, wanted: TextToVideo, base_url: str) -> EngineTask:
    now = engine.clock()
    task = EngineTask(
        task_id=str(uuid.uuid4()),
        request=wanted.to_json(),
        seed=secrets.randbelow(2**32) if wanted.seed == limits.SEED_RANDOM else wanted.seed,
        # A mock says nothing about the pace.
        work=0 if wanted.webhook_test_status else megapixel_frames(wanted),
        base_url=base_url,
        submitted_at=now,
    )
    if not wanted.webhook_test_status:
        task.save(force_insert=True)
        return task
    task.state = TaskState(wanted.webhook_test_status)
    task.reason = MOCK_FAILED if task.state == TaskState.FAILED else ""
    task.started_at = task.finished_at = now
    if task.state == TaskState.SUCCEED:
        task.file = f"{task.task_id}.{wanted.video_type}"
        task.progress = 100
        (engine.films / task.file).write_bytes(mock_film(wanted.video_type, settings.ENGINE_FPS))
    with transaction.atomic():
        task.save(force_insert=True)
        task.announce(now + MOCK_DELAY)
    return task
