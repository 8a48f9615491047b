"""What is known after a scenario: what people did, what was charged, and what Storyboard holds.

A *story* here is one clip that is asked for; its name stands in its prompt, so that a charge
tells which story it was for even when its task id was lost on the way.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Charge:
    """One line of the service's ledger."""

    task_id: str
    story: str
    # The service's own verdict, and whether it lost every webhook of this task on purpose.
    failed: bool = False
    hook_lost: bool = False


@dataclass(frozen=True)
class Event:
    """One line of a render's log."""

    from_state: str
    to_state: str


@dataclass(frozen=True)
class SeenRender:
    pk: int
    story: str
    state: str
    task_id: str | None = None
    reason: str = ""
    message: str = ""
    leased: bool = False
    events: tuple[Event, ...] = ()


@dataclass(frozen=True)
class SeenTake:
    """A take's row, and what its file came to when it was read again."""

    render: int
    story: str
    file: str
    bytes: int
    sha256: str
    # None where the file is missing.
    bytes_found: int | None
    sha256_found: str | None
    # Posters and the like that are named and not there.
    missing: tuple[str, ...] = ()


@dataclass
class Evidence:
    # How often each story was asked for: distinct presses that may have reached the web.
    attempted: dict[str, int] = field(default_factory=dict)
    # Stories of which the page said that they are on their way.
    acknowledged: set[str] = field(default_factory=set)
    charges: list[Charge] = field(default_factory=list)
    renders: list[SeenRender] = field(default_factory=list)
    takes: list[SeenTake] = field(default_factory=list)
    # Files below the takes' folder that no row names.
    strays: list[str] = field(default_factory=list)
    # What the database's own checks found.
    damage: list[str] = field(default_factory=list)
    # The last lines of tracebacks in the logs of web and pollers.
    tracebacks: list[str] = field(default_factory=list)
    # Whether the service could tell us of its tasks.
    hooks: bool = False


def story_of(prompt: str) -> str:
    """Return the story that a prompt belongs to: what stands before its colon."""
    return prompt.partition(":")[0]
