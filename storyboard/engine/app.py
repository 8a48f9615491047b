"""The engine's WSGI application: which address is answered by what, and for whom."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Iterable
from typing import Any

from django.db import DatabaseError, close_old_connections

from storyboard.engine import account, covers, files, links, model_list, results, submit
from storyboard.engine.core import Engine
from storyboard.engine.errors import ApiError, not_offered
from storyboard.engine.wire import Request, Response, json_response

logger = logging.getLogger(__name__)

Handler = Callable[[Engine, Request], Response]
ROUTES: dict[tuple[str, str], Handler] = {
    ("POST", "/v3/async/txt2video"): submit.txt2video,
    ("GET", "/v3/async/task-result"): results.task_result,
    ("GET", "/v3/model"): model_list.models,
    ("GET", "/v3/user"): account.user,
    ("GET", "/openapi/v1/billing/balance/detail"): account.balance,
}
# What an error of the engine's own is called, by the address that met it.
OWN_ERRORS = {
    "/v3/async/txt2video": "CREATE_TASK_FAILED",
    "/v3/async/task-result": "GET_RESULT_FAILED",
}


class Application:
    """Answers every request in the API's own shape, the engine's own errors included."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        request = Request.from_environ(environ)
        response = self.answer(request)
        start_response(response.status_line, response.all_headers())
        if request.method == "HEAD":
            if isinstance(response.body, files.Slice):
                response.body.close()
            return []
        return response.body

    def answer(self, request: Request) -> Response:
        try:
            return self.route(request)
        except ApiError as exc:
            return error_response(exc)
        except Exception:
            logger.exception("%s %s", request.method, request.path)
            reason = OWN_ERRORS.get(request.path, "INTERNAL_ERROR")
            return error_response(ApiError(500, reason, "the engine met an error of its own"))

    def route(self, request: Request) -> Response:
        if request.method in {"GET", "HEAD"}:
            # Links carry their own proof, and covers are for everybody, as at a storage host.
            if request.path.startswith(links.PREFIX):
                return files.file_read(self.engine, request)
            if request.path.startswith(covers.PREFIX):
                return covers.cover_read(self.engine.covers, request)
        handler = ROUTES.get((request.method, request.path))
        if handler is None:
            raise not_offered(request.method, request.path)
        require_key(self.engine.key, request)
        close_old_connections()
        try:
            return handler(self.engine, request)
        except DatabaseError:
            close_old_connections()
            raise


def require_key(key: str, request: Request) -> None:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    given = given.strip()
    if scheme.lower() != "bearer" or not given:
        raise ApiError(401, "MISSING_API_KEY", "send the key as Authorization: Bearer KEY")
    if not hmac.compare_digest(given.encode(), key.encode()):
        raise ApiError(403, "INVALID_API_KEY", "this key is not the engine's")


def error_response(error: ApiError) -> Response:
    response = json_response(error.to_json(), error.status)
    if error.retry_after is not None:
        response.extra_headers.append(("Retry-After", str(error.retry_after)))
    return response
