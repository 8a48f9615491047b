"""The ways a call can fail, sorted by what the caller may do next.

`Refused`: certainly not accepted, and asking again the same way will not help.
`TryLater`: certainly not accepted (or only read), so it may be asked again.
`Unsure`: a submission left and no usable answer came; asking again may pay twice.
"""

from __future__ import annotations


class NovitaError(Exception):
    """`reason` is the API's own word, or one of ours in lower case; never empty."""

    def __init__(self, message: str, *, reason: str, status: int | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.status = status


class Refused(NovitaError):
    pass


class KeyRefused(Refused):
    """The key or the account is the trouble, not this request: an owner must act."""


class TryLater(NovitaError):
    """`after` is the number of seconds the service asks for, or None."""

    def __init__(
        self, message: str, *, reason: str, status: int | None = None, after: float | None = None
    ) -> None:
        super().__init__(message, reason=reason, status=status)
        self.after = after


class Unsure(NovitaError):
    pass


class TaskGone(Refused):
    """The service no longer knows the task (or does not know it yet)."""


class LinkExpired(NovitaError):
    """The signed address of a video no longer answers; task-result may give a fresh one."""
