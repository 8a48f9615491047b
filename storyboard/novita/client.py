"""Talking to a text-to-video service that speaks the Novita API (novita-api.md).

One `Client` is one service and one key. Every call has both time-outs, follows no redirect and
is made once: whether it may be made again is for the caller to judge by the error's class.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, ClassVar
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool
from urllib3.exceptions import HTTPError

from storyboard.novita.answers import Answer, TooMuch, read_capped, refusal_of
from storyboard.novita.causes import never_connected, tell_of_tls
from storyboard.novita.deadline import Deadline, GuardedHttpsPool, HttpPool, HttpsPool
from storyboard.novita.download import VIDEO_TYPES, Download, Downloader
from storyboard.novita.errors import NovitaError, Refused, TryLater, Unsure
from storyboard.novita.types import Balance, Model, Task, TextToVideo

# Seconds to connect, and between two bytes of an answer.
TIMEOUT = (10.0, 60.0)
ANSWER_SECONDS_MAX = 90.0
BODY_MAX = 1024 * 1024
EXCERPT_MAX = 500
PAGE_LIMIT = 100
PAGES_MAX = 1000


class _Bearer(requests.auth.AuthBase):
    """Signs each request itself: a header set on the session would yield to a netrc file."""

    def __init__(self, key: str) -> None:
        self.key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.key}"
        return request


class _Adapter(HTTPAdapter):
    """Connects so that a deadline can cut it off."""

    pools: ClassVar[dict[str, type[HTTPConnectionPool]]] = {"http": HttpPool, "https": HttpsPool}

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = self.pools


class _GuardedAdapter(_Adapter):
    """The same, over TLS alone, and to no host that lies inside."""

    pools: ClassVar[dict[str, type[HTTPConnectionPool]]] = {"https": GuardedHttpsPool}


@dataclass(frozen=True)
class ModelPage:
    models: tuple[Model, ...]
    # Empty on the last page.
    next_cursor: str


class Client:
    """The service at `base_url`, asked in the name of `key`.

    `timeout` is (seconds to connect, seconds between two bytes). With `guarded`, for an address
    that is not the operator's word, it is asked over https alone, and never where it, or a film
    it names, leads inside. May be shared by threads.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        timeout: tuple[float, float] = TIMEOUT,
        guarded: bool = False,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._key = key
        self.timeout = timeout
        self.guarded = guarded
        self._local = threading.local()
        self._downloader = Downloader("" if guarded else self.base_url, timeout=timeout)

    def __repr__(self) -> str:
        return f"Client({self.base_url!r})"

    @property
    def key_mark(self) -> str:
        """A hash that tells one key from another, and not what it is."""
        return hashlib.sha256(f"storyboard:{self.base_url}:{self._key}".encode()).hexdigest()

    def submit(self, request: TextToVideo) -> str:
        """Submit one clip; return the task's id. Errors as of `submit_body`."""
        return self.submit_body(request.to_json())

    def submit_body(self, body: dict[str, Any]) -> str:
        """Submit a documented body once; return the task's id.

        Raises Refused or TryLater when it was certainly not accepted, and Unsure when it may
        have been: no usable answer came, or the service failed while it had the request.
        """
        answer = self._call("POST", "/v3/async/txt2video", json=body)
        task_id = answer.json.get("task_id") if isinstance(answer.json, dict) else None
        if not isinstance(task_id, str) or not task_id.strip():
            raise Unsure(
                f"The service answered without a task: {answer.text[:EXCERPT_MAX]}",
                reason="bad_answer",
            )
        return task_id

    def task(self, task_id: str) -> Task:
        """Return how a task stands. Raises TaskGone, another Refused, or TryLater."""
        answer = self._get("/v3/async/task-result", {"task_id": task_id})
        try:
            return Task.from_json(answer)
        except ValueError as exc:
            raise TryLater(f"The answer cannot be read: {exc}.", reason="bad_answer") from exc

    def models(self, kind: str, *, query: str = "", cursor: str = "") -> ModelPage:
        """Return one page of the models of `kind` (checkpoint, lora, textualinversion)."""
        parameters = {
            "filter.types": kind,
            "filter.is_sdxl": "false",
            "pagination.limit": str(PAGE_LIMIT),
        }
        if query:
            parameters["filter.query"] = query
        if cursor:
            parameters["pagination.cursor"] = cursor
        answer = self._get("/v3/model", parameters)
        # An answer of another shape is no empty list: all that we know would vanish by it.
        if not isinstance(answer, dict) or not isinstance(answer.get("models", ""), list | None):
            raise TryLater("The model list cannot be read.", reason="bad_answer")
        rows = answer["models"]
        models = []
        for row in rows or []:
            try:
                models.append(Model.from_json(row))
            except ValueError:
                # One broken row of the service's list is no reason to lose the others.
                continue
        pagination = answer.get("pagination")
        following = pagination.get("next_cursor") if isinstance(pagination, dict) else None
        return ModelPage(tuple(models), following if isinstance(following, str) else "")

    def all_models(self, kind: str) -> Iterator[Model]:
        """Yield every model of `kind`, page by page; a repeated cursor ends the list.

        Raises TryLater for a list without end, as any page may.
        """
        seen = {""}
        cursor = ""
        while len(seen) <= PAGES_MAX:
            page = self.models(kind, cursor=cursor)
            yield from page.models
            cursor = page.next_cursor
            if cursor in seen or not page.models:
                return
            seen.add(cursor)
        raise TryLater("The model list does not end.", reason="bad_answer")

    def balance(self) -> Balance:
        """Return what the account holds, in USD."""
        answer = self._get("/openapi/v1/billing/balance/detail", {})
        try:
            return Balance.from_json(answer)
        except (ValueError, KeyError, TypeError) as exc:
            raise TryLater("The balance cannot be read.", reason="bad_answer") from exc

    def download(
        self,
        url: str,
        into: BinaryIO,
        *,
        max_bytes: int,
        deadline_seconds: float,
        types: tuple[str, ...] = VIDEO_TYPES,
    ) -> Download:
        """Copy the file at an address that the service named into `into`, without our key.

        Raises LinkExpired, TryLater, or Refused for an address that must not be asked.
        """
        return self._downloader.fetch(
            url, into, max_bytes=max_bytes, deadline_seconds=deadline_seconds, types=types
        )

    def _get(self, path: str, parameters: dict[str, str]) -> Any:
        answer = self._call("GET", path, params=parameters).json
        if answer is None:
            raise TryLater("The service answered with something else.", reason="bad_answer")
        return answer

    def _call(self, method: str, path: str, **arguments: Any) -> Answer:
        """Return what a 200 said; raise what any other answer, or none, stands for."""
        submitting = method == "POST"
        if self.guarded and not self.base_url.startswith("https://"):
            raise Refused("The service's address is not plain https.", reason="address_refused")
        session = self._session
        if submitting:
            # A connection kept open may be one that the service has just closed: a submission
            # lost on it would be unsure for nothing.
            session.close()
        url = f"{self.base_url}{path}"
        try:
            with (
                Deadline(ANSWER_SECONDS_MAX) as deadline,
                session.request(
                    method,
                    url,
                    timeout=self.timeout,
                    allow_redirects=False,
                    stream=True,
                    **arguments,
                ) as response,
            ):
                body = read_capped(response, BODY_MAX, ANSWER_SECONDS_MAX)
                if deadline.passed:
                    raise TooMuch
                said = Answer.read(body, self._key)
                if response.status_code == 200:
                    return said
                after = response.headers.get("Retry-After")
                raise refusal_of(response.status_code, said, submitting=submitting, after=after)
        except TooMuch as exc:
            raise _unusable("The answer is larger or slower than any is.", submitting) from exc
        except (requests.RequestException, HTTPError, OSError) as exc:
            tell_of_tls(exc, urlsplit(url).netloc)
            if never_left(exc):
                raise TryLater("The service cannot be reached.", reason="not_connected") from exc
            raise _unusable("The service did not answer.", submitting) from exc

    @property
    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.trust_env = False
            session.auth = _Bearer(self._key)
            adapter = (_GuardedAdapter if self.guarded else _Adapter)(max_retries=0)
            session.mount("https://", adapter)
            session.mount("http://", adapter)
            self._local.session = session
        return session


def never_left(exc: BaseException) -> bool:
    """Whether the connection was never made, so that no byte of the request can have left."""
    return isinstance(exc, requests.ConnectTimeout) or never_connected(exc)


def _unusable(message: str, submitting: bool) -> NovitaError:
    """Without a usable answer a submission may have been accepted; a question was only read."""
    if submitting:
        return Unsure(message, reason="no_answer")
    return TryLater(message, reason="no_answer")
