"""What in a look the service would refuse, for a render to name before it is queued."""

from __future__ import annotations

from dataclasses import dataclass

from storyboard.looks.models import Kind
from storyboard.looks.panel import look_of
from storyboard.stories.models import Project

FIELDS = {Kind.CHECKPOINT: "checkpoint", Kind.LORA: "loras", Kind.EMBEDDING: "embeddings"}


@dataclass(frozen=True)
class Problem:
    """One thing that keeps a look from being rendered, and where on the page to mend it."""

    field: str
    message: str
    # The id of the element to jump to.
    anchor: str


def look_problems(project: Project) -> list[Problem]:
    """Return everything in the look that a render would be refused for; empty when it may go.

    Before the service's catalogue was read for the first time nothing is held against it.
    """
    found = [
        Problem(
            FIELDS[card.kind],
            f"The {card.kind.label} “{card.name}” is no longer offered by the service. "
            f"{'Choose another.' if card.row is None else 'Take it out, or choose another.'}",
            "look",
        )
        for card in look_of(project).cards
        if card.vanished
    ]
    if not project.checkpoint:
        found.insert(0, Problem("checkpoint", "The look has no checkpoint. Choose one.", "look"))
    return found
