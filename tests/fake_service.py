"""A text-to-video service on a real socket that charges a ledger and errs on demand.

In tests: the fixture `fake_service`. As a process: `python -m tests.fake_service --port N
--ledger FILE`. Left alone it accepts what the documents allow, says "processing" twice, and
then serves a real, tiny MP4 (or GIF) with exactly the frames asked for.
"""

from __future__ import annotations

import argparse
import gzip
import json
import secrets
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.documented_shape import violations
from tests.fake_hooks import Webhooks
from tests.films import film, gif

SUBMIT = "/v3/async/txt2video"
RESULT = "/v3/async/task-result"
MODELS = "/v3/model"
BALANCE = "/openapi/v1/billing/balance/detail"
STORAGE = "/storage/"
FILES = "/files/"

HTML = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
EXPIRED = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
)
HUGE = 50 * 1024 * 1024
STATUSES = {
    "queued": "TASK_STATUS_QUEUED",
    "processing": "TASK_STATUS_PROCESSING",
    "succeed": "TASK_STATUS_SUCCEED",
    "failed": "TASK_STATUS_FAILED",
    "no_video": "TASK_STATUS_SUCCEED",
    "null_video": "TASK_STATUS_SUCCEED",
    "two_videos": "TASK_STATUS_SUCCEED",
}


@dataclass(frozen=True)
class Received:
    """One request as it came in; header names are in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class FakeTask:
    task_id: str
    body: dict[str, Any]
    # What each poll is told, the last of them for ever; None follows the service's default.
    answers: list[str] | None = None
    reason: str = ""
    polls: int = 0
    videos: list[bytes] = field(default_factory=list)


@dataclass(frozen=True)
class Scripted:
    what: str
    options: dict[str, Any]


class FakeService:
    """The service; its lists may be read and its knobs turned while it runs."""

    def __init__(self, *, port: int = 0, ledger: Path | None = None, key: str = "") -> None:
        self.key = key or f"key-{secrets.token_hex(8)}"
        # Good keys of other accounts, which know none of these tasks.
        self.strangers: set[str] = set()
        self.ledger_file = ledger
        # Task ids, in the order in which they were charged.
        self.ledger: list[str] = []
        self.requests: list[Received] = []
        self.violations: list[str] = []
        self.tasks: dict[str, FakeTask] = {}
        self.models: dict[str, list[dict[str, Any]]] = {}
        # What lies at /files/<name>: its bytes and type. Covers, for one.
        self.files: dict[str, tuple[bytes, str]] = {}
        self.balance: Any = {"availableBalance": "125000", "pendingCharges": "900"}
        # Polls that are told "processing" before the film is there.
        self.polls_until_done = 2
        self.eta: float | None = None
        self.video_size = (64, 64)
        # Where the links lead; another address stands for a storage host of its own.
        self.storage_url = ""
        self.link_seconds = 3600.0
        # A cursor handed out again and again.
        self.stuck_cursor = ""
        self.webhooks = Webhooks(self)
        self._answers: list[str] | None = None
        self._reason = ""
        self._scripts: dict[str, deque[Scripted]] = {
            name: deque() for name in ("submit", "poll", "models", "balance", "download")
        }
        self._every: dict[str, Scripted] = {}
        self._links: dict[str, tuple[str, int, float]] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._port = port
        self._server: _Server | None = None
        self.start()

    # Life

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    url = base_url

    def start(self) -> None:
        """Answer, at the same address as before a `stop`."""
        self._closing.clear()
        self._server = _Server(("127.0.0.1", self._port), self)
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Refuse connections, and break off whatever is under way."""
        if self._server is None:
            return
        self._closing.set()
        server, self._server = self._server, None
        server.shutdown()
        server.break_off()
        server.server_close()

    def hang(self, seconds: float = 60) -> None:
        """Keep the asker waiting until the service stops."""
        self._closing.wait(seconds)

    def wait(self, seconds: float) -> bool:
        """Let time pass; True when the service stopped meanwhile."""
        return self._closing.wait(seconds)

    @property
    def stopped(self) -> bool:
        return self._closing.is_set()

    # The script. Each `next_…` counts for one request, in the order in which they were named.

    def next_submit(self, what: str, **options: Any) -> None:
        """refuse (reason, status, message), rate_limit (after), error (status, charge),
        said (status, body), hang, reset, garbage (kind: html, cut, no_task, empty_task, list,
        empty, huge, bomb), redirect (to), drip, drip_head. All but the first two charge
        first, unless `charge=False`."""
        self._scripts["submit"].append(Scripted(what, options))

    def next_poll(self, what: str, **options: Any) -> None:
        """As `next_submit`, for task-result; nothing is charged there."""
        self._scripts["poll"].append(Scripted(what, options))

    def next_models(self, what: str, **options: Any) -> None:
        self._scripts["models"].append(Scripted(what, options))

    def next_balance(self, what: str, **options: Any) -> None:
        self._scripts["balance"].append(Scripted(what, options))

    def next_download(self, what: str, **options: Any) -> None:
        """expired, truncated (share), html, html_as_video, empty, wrong_type, endless,
        dripping, no_length, no_length_cut, no_length_hang, redirect (to), error (status),
        drip_head, hang, reset."""
        self._scripts["download"].append(Scripted(what, options))

    def every(self, kind: str, what: str = "", **options: Any) -> None:
        """Do so for every request of a kind (submit, poll, models, balance, download);
        with no word, go back to answering well."""
        if what:
            self._every[kind] = Scripted(what, options)
        else:
            self._every.pop(kind, None)

    def answers(self, *words: str, task_id: str = "", reason: str = "") -> None:
        """Say what the polls of one task (or of every one to come) are told, the last for ever.

        Words: queued, processing, succeed, failed, no_video, null_video, two_videos, gone, or
        any status of one's own in capitals.
        """
        if task_id:
            self.tasks[task_id].answers = list(words)
            self.tasks[task_id].reason = reason
        else:
            self._answers, self._reason = list(words), reason

    def expire_links(self) -> None:
        """Let every link handed out so far answer as an expired one does."""
        with self._lock:
            self._links.clear()

    @property
    def submissions(self) -> list[Received]:
        return [request for request in self.requests if request.path == SUBMIT]

    @property
    def polls(self) -> list[Received]:
        return [request for request in self.requests if request.path == RESULT]

    @property
    def downloads(self) -> list[Received]:
        return [request for request in self.requests if request.path.startswith(STORAGE)]

    # What it knows

    def scripted(self, kind: str) -> Scripted | None:
        with self._lock:
            waiting = self._scripts[kind]
            return waiting.popleft() if waiting else self._every.get(kind)

    def charge(self, body: Any) -> str:
        """Take a task in and write the charge down, before anything is answered.

        What the test mode asks for is a mock: it is neither charged nor made.
        """
        task_id = secrets.token_hex(12)
        body = body if isinstance(body, dict) else {}
        mode = ((body.get("extra") or {}).get("webhook") or {}).get("test_mode") or {}
        with self._lock:
            task = self.tasks[task_id] = FakeTask(task_id, body, self._answers, self._reason)
            if mode.get("enabled"):
                failed = mode.get("return_task_status") == "TASK_STATUS_FAILED"
                self.webhooks.tested(task, "failed" if failed else "succeed")
                return task_id
            self.ledger.append(task_id)
            if self.ledger_file:
                with self.ledger_file.open("a") as file:
                    file.write(json.dumps({"task_id": task_id, "body": body}) + "\n")
        self.webhooks.charged(task)
        return task_id

    def result(self, task: FakeTask) -> dict[str, Any] | None:
        """Return the answer of one poll; None once the task is gone."""
        with self._lock:
            answers = task.answers or ["processing"] * self.polls_until_done + ["succeed"]
            word = answers[min(task.polls, len(answers) - 1)]
            task.polls += 1
            done = min(100, 100 * task.polls // max(1, len(answers)))
        if word == "gone":
            return None
        status = STATUSES.get(word, word)
        ended = status in ("TASK_STATUS_SUCCEED", "TASK_STATUS_FAILED")
        answer: dict[str, Any] = {
            "task": {
                "task_id": task.task_id,
                "task_type": "TXT_TO_VIDEO",
                "status": status,
                "reason": task.reason,
                "eta": 0 if ended else self.eta or 0,
                # As the samples have it: 0 on success.
                "progress_percent": 0 if ended else done,
            },
            "extra": {"seed": "4711"},
            "images": [],
            "videos": [],
            "audios": [],
        }
        if word == "null_video":
            answer |= {"extra": None, "videos": None}
        elif status == "TASK_STATUS_SUCCEED" and word != "no_video":
            count = 2 if word == "two_videos" else 1
            answer["videos"] = [self._video(task, place) for place in range(count)]
        return answer

    def _video(self, task: FakeTask, place: int) -> dict[str, str]:
        kind = self._kind(task)
        token = secrets.token_hex(16)
        with self._lock:
            self._links[token] = (task.task_id, place, time.monotonic() + self.link_seconds)
        base = self.storage_url or self.base_url
        query = f"X-Amz-Expires={self.link_seconds:g}&X-Amz-Signature={token}"
        return {
            "video_url": f"{base}{STORAGE}{task.task_id}-{place}.{kind}?{query}",
            "video_url_ttl": f"{self.link_seconds:g}",
            "video_type": kind,
        }

    def video_behind(self, signature: str) -> tuple[bytes, str] | None:
        """Return the bytes and type behind a link, None when it is no longer good."""
        with self._lock:
            task_id, place, until = self._links.get(signature, ("", 0, 0.0))
        if time.monotonic() >= until:
            return None
        task = self.tasks[task_id]
        kind = self._kind(task)
        if place < len(task.videos):
            return task.videos[place], kind
        frames = sum(row["frames"] for row in task.body.get("prompts", ())) or 8
        width, height = self.video_size
        if kind == "gif":
            return gif(frames, width=width, height=height), kind
        return film(frames, width=width, height=height), kind

    @staticmethod
    def _kind(task: FakeTask) -> str:
        return str(task.body.get("extra", {}).get("response_video_type", "mp4"))


def _key_of(asked: Received) -> str:
    return asked.headers.get("authorization", "").removeprefix("Bearer ")


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], service: FakeService) -> None:
        self.service = service
        self.open: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def break_off(self) -> None:
        for connection in list(self.open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Askers that hang up are what half of these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.open.add(self.connection)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def finish(self) -> None:
        self.server.open.discard(self.connection)
        super().finish()

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        service = self.server.service
        parts = urlsplit(self.path)
        asked = Received(
            self.command,
            parts.path,
            {name: values[-1] for name, values in parse_qs(parts.query).items()},
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(int(self.headers.get("Content-Length") or 0)),
            time.time(),
        )
        service.requests.append(asked)
        if parts.path.startswith(STORAGE):
            self._storage(asked)
            return
        if parts.path.startswith(FILES):
            missing = 404, EXPIRED, "application/xml"
            found = service.files.get(parts.path.removeprefix(FILES))
            self._send(*((200, *found) if found else missing))
            return
        if _key_of(asked) not in {service.key, *service.strangers}:
            self._refuse(401, "INVALID_API_KEY", "the key is not valid")
        elif (self.command, parts.path) == ("POST", SUBMIT):
            self._submit(asked)
        elif (self.command, parts.path) == ("GET", RESULT) and _key_of(asked) != service.key:
            self._refuse(404, "TASK_NOT_FOUND", "task not found")
        elif (self.command, parts.path) == ("GET", RESULT):
            self._scripted_or("poll", lambda: self._result(asked))
        elif (self.command, parts.path) == ("GET", MODELS):
            self._scripted_or("models", lambda: self._models(asked))
        elif (self.command, parts.path) == ("GET", BALANCE):
            self._scripted_or("balance", lambda: self._json(200, service.balance))
        else:
            self._refuse(404, "API_NOT_FOUND", "no such API")

    # The acts

    def _submit(self, asked: Received) -> None:
        service = self.server.service
        try:
            body = asked.json
        except ValueError:
            body = None
        found = violations(body)
        service.violations.extend(found)
        script = service.scripted("submit")
        if script is not None:
            charged = script.options.get("charge", script.what not in ("refuse", "rate_limit"))
            self._misbehave(script, service.charge(body) if charged else "")
        elif found:
            self._refuse(400, "INVALID_REQUEST_BODY", "; ".join(found)[:300])
        else:
            self._json(200, {"task_id": service.charge(body)})

    def _result(self, asked: Received) -> None:
        service = self.server.service
        task = service.tasks.get(asked.query.get("task_id", ""))
        answer = service.result(task) if task else None
        if answer is None:
            self._refuse(404, "TASK_NOT_FOUND", "task not found")
        else:
            self._json(200, answer)

    def _models(self, asked: Received) -> None:
        service = self.server.service
        limit = int(asked.query.get("pagination.limit", "10"))
        first = int(asked.query.get("pagination.cursor", "c_0").removeprefix("c_"))
        words = asked.query.get("filter.query", "").lower()
        rows = [
            row
            for row in service.models.get(asked.query.get("filter.types", ""), [])
            if words in str(row.get("name", "")).lower()
        ]
        following = f"c_{first + limit}" if first + limit < len(rows) else ""
        page = {"next_cursor": service.stuck_cursor or following}
        self._json(200, {"models": rows[first : first + limit], "pagination": page})

    def _storage(self, asked: Received) -> None:
        service = self.server.service
        script = service.scripted("download")
        found = service.video_behind(asked.query.get("X-Amz-Signature", ""))
        if script is None and found:
            content, kind = found
            self._send(200, content, "image/gif" if kind == "gif" else "video/mp4")
        elif script is None or script.what == "expired":
            self._send(403, EXPIRED, "application/xml")
        else:
            self._misserve(script, found[0] if found else b"")

    # The faults

    def _scripted_or(self, kind: str, answer: Callable[[], None]) -> None:
        script = self.server.service.scripted(kind)
        if script is None:
            answer()
        else:
            self._misbehave(script, "")

    def _misbehave(self, script: Scripted, task_id: str) -> None:
        options = script.options
        match script.what:
            case "refuse":
                reason = options.get("reason", "INVALID_REQUEST_BODY")
                message = options.get("message", "refused by the script")
                self._refuse(options.get("status", 400), reason, message)
            case "rate_limit":
                after = options.get("after")
                headers = {} if after is None else {"Retry-After": str(after)}
                self._refuse(429, "RATE_LIMIT_EXCEEDED", "too many requests", headers)
            case "error":
                status = options.get("status", 500)
                if reason := options.get("reason"):
                    self._refuse(status, reason, "our fault")
                else:
                    self._send(status, HTML, "text/html")
            case "said":
                self._send(options["status"], options["body"], "application/json")
            case "garbage":
                self._garbage(options.get("kind", "html"), task_id)
            case "redirect":
                self._send(options.get("status", 302), b"", "text/plain", Location=options["to"])
            case "drip":
                self._drip(json.dumps({"task_id": task_id}).encode() + b" " * 4096, "text/plain")
            case "drip_head":
                self._drip_head()
            case "hang":
                self.server.service.hang()
                self.close_connection = True
            case "reset":
                self._reset()
            case other:
                raise AssertionError(f"no such fault: {other}")

    def _garbage(self, kind: str, task_id: str) -> None:
        whole = json.dumps({"task_id": task_id}).encode()
        bodies = {
            "html": HTML,
            "cut": whole[:-6],
            "no_task": b'{"code": 0, "message": "ok"}',
            "empty_task": b'{"task_id": ""}',
            "list": b"[]",
            "empty": b"",
        }
        if kind == "bomb":
            bomb = gzip.compress(b" " * HUGE)
            self._send(200, bomb, "application/json", **{"Content-Encoding": "gzip"})
        elif kind == "huge":
            self._head(200, "application/json", HUGE)
            for _ in range(HUGE // 65536):
                self.wfile.write(b" " * 65536)
        else:
            self._send(200, bodies[kind], "text/html" if kind == "html" else "application/json")

    def _misserve(self, script: Scripted, content: bytes) -> None:
        match script.what:
            case "truncated":
                self._head(200, "video/mp4", len(content))
                self.wfile.write(content[: int(len(content) * script.options.get("share", 0.6))])
                self.close_connection = True
            case "html":
                self._send(200, HTML, "text/html")
            case "html_as_video":
                self._send(200, HTML, "video/mp4")
            case "empty":
                self._send(200, b"", "video/mp4")
            case "wrong_type":
                self._send(200, content, "application/json")
            case "endless":
                self._head(200, "video/mp4", None)
                while not self.server.service.stopped:
                    self.wfile.write(b"\0" * 65536)
            case "dripping":
                self._drip(content, "video/mp4")
            case "no_length" | "no_length_cut" as what:
                self._head(200, "video/mp4", None)
                self.wfile.write(content[: len(content) // (2 if what == "no_length_cut" else 1)])
                self.close_connection = True
            case "no_length_hang":
                self._head(200, "video/mp4", None)
                self.wfile.write(content[: len(content) // 2])
                self.server.service.hang()
            case _:
                self._misbehave(script, "")

    def _drip(self, content: bytes, kind: str) -> None:
        self._head(200, kind, len(content))
        for place in range(len(content)):
            if self.server.service.stopped:
                return
            self.wfile.write(content[place : place + 1])
            self.server.service.hang(0.05)

    def _drip_head(self) -> None:
        """Never come to the end of a header."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not self.server.service.stopped:
            self.wfile.write(b"a")
            self.server.service.hang(0.02)

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    # Bytes

    def _refuse(
        self, status: int, reason: str, message: str, headers: dict[str, str] | None = None
    ) -> None:
        body = {"code": status, "reason": reason, "message": message, "metadata": {}}
        self._json(status, body, **(headers or {}))

    def _json(self, status: int, body: Any, **headers: str) -> None:
        self._send(status, json.dumps(body).encode(), "application/json", **headers)

    def _send(self, status: int, content: bytes, kind: str, **headers: str) -> None:
        self._head(status, kind, len(content), **headers)
        self.wfile.write(content)

    def _head(self, status: int, kind: str, length: int | None, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if length is None:
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


@pytest.fixture
def fake_service() -> Iterator[FakeService]:
    service = FakeService()
    yield service
    service.stop()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fake_service")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--ledger", type=Path, default=None)
    parser.add_argument("--key", default="fake-key")
    parser.add_argument("--polls", type=int, default=2)
    parser.add_argument("--hook-after", type=float, default=None, help="seconds; none if unsaid")
    options = parser.parse_args()
    service = FakeService(port=options.port, ledger=options.ledger, key=options.key)
    service.polls_until_done = options.polls
    service.webhooks.after = options.hook_after
    print(service.base_url, flush=True)
    with suppress(KeyboardInterrupt):
        threading.Event().wait()
    service.stop()


if __name__ == "__main__":
    main()
