"""The API's errors, in its own words and shape (novita-api.md, section 5)."""

from __future__ import annotations

from typing import Any

MESSAGE_MAX = 1000


class ApiError(Exception):
    """Answered as `{code, reason, message, metadata}`; `code` is the HTTP status."""

    def __init__(
        self, status: int, reason: str, message: str, *, retry_after: int | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message if len(message) <= MESSAGE_MAX else message[: MESSAGE_MAX - 1] + "…"
        # Seconds, or None.
        self.retry_after = retry_after

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.status,
            "reason": self.reason,
            "message": self.message,
            "metadata": {},
        }


def invalid(message: str) -> ApiError:
    return ApiError(400, "INVALID_REQUEST_BODY", message)


def not_offered(method: str, path: str) -> ApiError:
    return ApiError(404, "API_NOT_FOUND", f"{method} {path[:200]} is not an address of this engine")
