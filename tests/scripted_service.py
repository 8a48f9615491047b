"""A service on a real socket that answers by script, with a ledger of what it was paid for."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Answer:
    """What is sent back; `length` declares another Content-Length than the body has."""

    body: bytes = b""
    status: int = 200
    type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    # Seconds before anything is sent, and whether the connection is cut instead of an answer.
    delay: float = 0
    hang_up: bool = False
    # Seconds between two kilobytes of the body.
    drip: float = 0


def as_json(content: Any, status: int = 200, **more: Any) -> Answer:
    return Answer(json.dumps(content).encode(), status, **more)


def refusal(status: int, reason: str, message: str = "No.", **more: Any) -> Answer:
    body = {"code": status, "reason": reason, "message": message, "metadata": {}}
    return as_json(body, status, **more)


def task(status: str, *, videos: Any = (), reason: str = "", **fields: Any) -> Answer:
    """Return an answer of task-result; `videos` are addresses, or None for a missing list."""
    rows = videos and [
        {"video_url": url, "video_url_ttl": "3600", "video_type": "mp4"} for url in videos
    ]
    return as_json(
        {
            "task": {"task_id": "t", "status": status, "reason": reason, **fields},
            "videos": rows,
            "extra": {"seed": "4711"},
        }
    )


class ScriptedService:
    """Answers submissions, polls and downloads from lists; the last of each list repeats."""

    def __init__(self) -> None:
        self.key = "scripted-key"
        # Each accepted submission gets a task id of its own, unless the script says otherwise.
        self.submits: list[Answer | None] = [None]
        self.results: list[Answer] = [task("TASK_STATUS_QUEUED")]
        self.files: dict[str, list[Answer]] = {}
        # The ledger: bodies of the submissions that came, in order; polls and downloads.
        self.submitted: list[dict[str, Any]] = []
        self.polled: list[str] = []
        self.downloaded: list[str] = []
        self.download_headers: list[dict[str, str]] = []
        # Called in the middle of a submission, poll or download.
        self.meanwhile: Callable[[str], None] = lambda what: None
        self.lock = threading.Lock()
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                self.send(service.on_submit(json.loads(self.rfile.read(length))))

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                if parts.path == "/v3/async/task-result":
                    self.send(service.on_poll(parse_qs(parts.query)["task_id"][0]))
                elif parts.path in service.files:
                    service.download_headers.append(dict(self.headers))
                    self.send(service.on_download(parts.path))
                else:
                    self.send(refusal(404, "API_NOT_FOUND"))

            def send(self, answer: Answer) -> None:
                time.sleep(answer.delay)
                if answer.hang_up:
                    self.close_connection = True
                    return
                length = len(answer.body) if answer.length is None else answer.length
                try:
                    self.send_response(answer.status)
                    self.send_header("Content-Type", answer.type)
                    self.send_header("Content-Length", str(length))
                    for name, value in answer.headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    for start in range(0, len(answer.body), 1024 if answer.drip else 2**30):
                        time.sleep(answer.drip)
                        self.wfile.write(
                            answer.body[start : start + (1024 if answer.drip else 2**30)]
                        )
                        self.wfile.flush()
                except OSError:
                    return
                finally:
                    self.close_connection = True

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def serve(self, content: bytes | Answer, *more: bytes | Answer) -> str:
        """Serve a file; return its address. More than one is given out one a request."""
        with self.lock:
            path = f"/files/{len(self.files)}"
            self.files[path] = [
                part if isinstance(part, Answer) else Answer(part, type="video/mp4")
                for part in (content, *more)
            ]
        return self.url + path

    def finish_with(self, *contents: bytes | Answer) -> None:
        """Let every poll answer that the task is done, with these videos."""
        self.results = [task("TASK_STATUS_SUCCEED", videos=[self.serve(one) for one in contents])]

    def on_submit(self, body: dict[str, Any]) -> Answer:
        with self.lock:
            self.submitted.append(body)
            number = len(self.submitted)
            answer = self.submits.pop(0) if len(self.submits) > 1 else self.submits[0]
        self.meanwhile("submit")
        return answer or as_json({"task_id": f"task-{number}"})

    def on_poll(self, task_id: str) -> Answer:
        with self.lock:
            self.polled.append(task_id)
            answer = self.results.pop(0) if len(self.results) > 1 else self.results[0]
        self.meanwhile("poll")
        return answer

    def on_download(self, path: str) -> Answer:
        with self.lock:
            self.downloaded.append(path)
            script = self.files[path]
            answer = script.pop(0) if len(script) > 1 else script[0]
        self.meanwhile("download")
        return answer
