"""The built-in engine for tests: its application at hand, or a whole process of its own."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from wsgiref.validate import validator

import requests

from storyboard.engine.app import Application
from storyboard.engine.core import Engine
from storyboard.engine.limiter import Limiter
from storyboard.engine.links import Links

ROOT = Path(__file__).resolve().parent.parent
KEY = "the-engine-key"
CHECKPOINT = "darkSushiMixMix_225D_64380.safetensors"
SUBMIT = "/v3/async/txt2video"
RESULT = "/v3/async/task-result"


def body(*scenes: tuple[str, int], **changes: Any) -> dict[str, Any]:
    """Return a small, sound submission; a change to None takes the field away."""
    scenes = scenes or (("a lighthouse in a storm", 8),)
    found = {
        "model_name": CHECKPOINT,
        "width": 256,
        "height": 256,
        "steps": 4,
        "prompts": [{"prompt": words, "frames": frames} for words, frames in scenes],
        **changes,
    }
    return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def reason(self) -> str:
        """The error's reason, when the answer has the documented shape of one."""
        found = self.json
        assert set(found) == {"code", "reason", "message", "metadata"}
        assert found["code"] == self.status
        assert found["message"]
        assert isinstance(found["metadata"], dict)
        return found["reason"]


class AtHand:
    """The WSGI application, called directly; nothing draws, so what is queued stays so."""

    def __init__(self, root: Path, *, ttl: int = 3600, per_minute: int = 0) -> None:
        self.engine = Engine(
            key=KEY, root=root, links=Links(b"link secret", ttl), limiter=Limiter(per_minute)
        )
        self.engine.films.mkdir(parents=True)
        self.engine.parts.mkdir()
        self.application = Application(self.engine)
        self.validated = validator(self.application)

    def ask(
        self,
        method: str,
        target: str,
        content: bytes = b"",
        *,
        key: str | None = KEY,
        host: str = "127.0.0.1:8900",
        check: bool = True,
        **headers: str,
    ) -> Answer:
        """Send one request; header names are given as range=…, if_none_match=…"""
        parts = urlsplit(target)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8900",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": host,
            "CONTENT_LENGTH": str(len(content)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(content),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        if key is not None:
            environ["HTTP_AUTHORIZATION"] = f"Bearer {key}"
        environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], info: Any = None) -> Any:
            started.append((int(status[:3]), dict(headers)))
            return lambda data: None

        application = self.validated if check else self.application
        chunks: Iterable[bytes] = application(environ, start_response)
        try:
            content = b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        status, found = started[0]
        return Answer(status, found, content)

    def submit(self, content: Any = None, **changes: Any) -> Answer:
        sent = body(**changes) if content is None else content
        raw = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
        return self.ask("POST", SUBMIT, raw)

    def result(self, task_id: str, **how: Any) -> Answer:
        return self.ask("GET", f"{RESULT}?task_id={task_id}", **how)


class EngineProcess:
    """`manage.py engine` with a data folder of its own, on a port that the system chose."""

    def __init__(self, data: Path, *arguments: str, **variables: str) -> None:
        self.data = data
        self.arguments = arguments
        kept = {"PATH", "HOME", "LANG", "TMPDIR"}
        self.environment = {name: os.environ[name] for name in kept & set(os.environ)} | {
            "STORYBOARD_DATA": str(data),
            "PYTHONUNBUFFERED": "1",
            **variables,
        }
        self.log = data.with_name(f"{data.name}.log")
        self.port = 0

    def start(self, seconds: float = 30) -> EngineProcess:
        said = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "manage.py", "engine"),
                    *("--bind", f"127.0.0.1:{self.port}", *self.arguments),
                ],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        end = time.monotonic() + seconds
        while not (found := re.search(r"http://127\.0\.0\.1:(\d+)", self.words()[said:])):
            assert self.process.poll() is None, self.words()
            assert time.monotonic() < end, self.words()
            time.sleep(0.02)
        self.port = int(found[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.key = (self.data / "engine_key").read_text().strip()
        return self

    def words(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def children(self) -> list[int]:
        path = Path(f"/proc/{self.process.pid}/task")
        return [
            int(pid)
            for thread in path.iterdir()
            for pid in (thread / "children").read_text().split()
        ]

    def stop(self, number: signal.Signals = signal.SIGTERM, seconds: float = 15) -> int:
        self.process.send_signal(number)
        return self.process.wait(seconds)

    def clear_away(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)

    def ask(self, method: str, path: str, **how: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.key}"}
        return requests.request(method, self.url + path, headers=headers, timeout=30, **how)

    def submit(self, *scenes: tuple[str, int], **changes: Any) -> str:
        answer = self.ask("POST", SUBMIT, json=body(*scenes, **changes))
        assert answer.status_code == 200, answer.text
        return answer.json()["task_id"]

    def result(self, task_id: str) -> dict[str, Any]:
        answer = self.ask("GET", f"{RESULT}?task_id={task_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def status(self, task_id: str) -> str:
        return self.result(task_id)["task"]["status"]

    def finished(self, task_id: str, seconds: float = 60) -> dict[str, Any]:
        """Wait for a task's end; return its last answer."""
        end = time.monotonic() + seconds
        while True:
            found = self.result(task_id)
            if found["task"]["status"] in {"TASK_STATUS_SUCCEED", "TASK_STATUS_FAILED"}:
                return found
            assert time.monotonic() < end, f"{found}\n{self.words()}"
            time.sleep(0.05)
