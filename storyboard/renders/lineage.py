"""Where a take's look came from: the earlier take that was asked for most alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from storyboard.renders.comparing import Difference, changed_settings, settings_of
from storyboard.renders.models import Take
from storyboard.stories.models import Project

# Changes that a line names.
SHOWN = 2


@dataclass(frozen=True)
class Origin:
    """The take that another's look came from, and what was changed in it since."""

    take: Take
    changes: tuple[Difference, ...]

    @property
    def words(self) -> str:
        """Say it in a line: where from, and the first of what was changed."""
        line = f"Look of take {self.take.number}"
        told = [f"{one.name} {one.left} → {one.right}" for one in self.changes[:SHOWN]]
        more = len(self.changes) - len(told)
        return ", ".join([line, *told] + ([f"{more} more changed"] if more else []))


def origins(takes: Sequence[Take]) -> dict[int, Origin]:
    """Return the origin of each take but the first, by number.

    It is the earlier take whose settings differ in the fewest things, and of those the newest:
    so the look of an old take that is used again leads back to it.
    """
    found: dict[int, Origin] = {}
    earlier: list[tuple[Take, dict[str, str]]] = []
    for take in sorted(takes, key=lambda take: take.number):
        settings = _asked(take)
        if earlier:
            found[take.number] = min(
                (_origin(before, was, take, settings) for before, was in reversed(earlier)),
                key=lambda origin: len(origin.changes),
            )
        earlier.append((take, settings))
    return found


def takes_of(project: Project) -> list[Take]:
    """Return every take of a story with its request and who asked, the oldest first."""
    return list(project.takes.select_related("render__asked_by").order_by("number"))


def _asked(take: Take) -> dict[str, str]:
    request = take.render.request
    return settings_of(take) | {
        "Negative prompt": str(request.get("negative_prompt") or "none"),
        "Size": f"{request.get('width', take.width)} × {request.get('height', take.height)}",
    }


def _origin(before: Take, was: dict[str, str], take: Take, settings: dict[str, str]) -> Origin:
    changes = list(changed_settings(was, settings))
    asked, asked_before = (one.render.request.get("seed") for one in (take, before))
    # A seed that is asked for may be the one that came out of an earlier take.
    if asked != asked_before and str(asked) != before.seed:
        changes.append(Difference("Seed", _seed(asked_before), _seed(asked)))
    return Origin(before, tuple(changes))


def _seed(asked: object) -> str:
    return "random" if asked in (None, -1) else str(asked)
