"""Which rows of a story a page holds: the first ones come with it, others as one reads on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from storyboard.people.requests import Request
from storyboard.stories.budget import Budget, Row
from storyboard.stories.order import Placed

# Rows that a page brings along, and how many follow at a time.
FIRST = 4
MORE = 24
# Rows above the one that a page is opened at.
ABOVE = 2


@dataclass(frozen=True)
class Window:
    """The rows from place `first` (0 is the first of all) to before `end`; None is to the last."""

    first: int = 0
    end: int | None = FIRST
    # The id of a scene that is among them, wherever it stands.
    scene: int | None = None
    # Whether the page opens there: then what stands far above it is left out.
    opens: bool = False

    def holding(self, scene: int | None) -> Window:
        """Return a window that holds this scene too."""
        return self if scene is None else Window(self.first, self.end, scene)

    def of(self, budget: Budget, scenes: Sequence[Placed]) -> Shown:
        """Return what a page with this window shows of a story's scenes, in order."""
        first = min(self.first, len(scenes))
        end = len(scenes) if self.end is None else max(first, self.end)
        place = next((at for at, scene in enumerate(scenes) if scene.pk == self.scene), None)
        if place is not None and self.opens:
            first, end = max(0, place - ABOVE), place + FIRST
        elif place is not None:
            first, end = min(first, place), max(end, place + 1)
        held = scenes[first:end]
        return Shown(
            rows=budget.rows[first:end],
            scenes=frozenset(scene.pk for scene in held),
            clips=frozenset(
                clip.number
                for clip in budget.clips
                if not clip.rows
                or (clip.rows[-1].number > first and clip.rows[0].number <= first + len(held))
            ),
            first=first,
            last=held[-1].pk if held else 0,
            total=len(scenes),
        )


@dataclass(frozen=True)
class Shown:
    """The rows that a page holds, from place `first` on, of `total` in its story."""

    rows: Sequence[Row]
    # Their scenes' ids, and the numbers of their clips, whose strips the page draws.
    scenes: frozenset[int]
    clips: frozenset[int]
    first: int
    # The id of the scene that what follows stands behind; 0 before the first.
    last: int
    total: int

    @property
    def end(self) -> int:
        return self.first + len(self.rows)

    @property
    def at_once(self) -> bool:
        """Whether what follows is fetched as soon as the page is there, not when one gets there."""
        return self.end < MORE


WHOLE = Window(end=None)


def further_than(place: int) -> int:
    """Return before which place the next rows end, for a page that has those before `place`."""
    return MORE if place < MORE else place + MORE


def window_of(request: Request) -> Window:
    """Return the rows that the page holds which asks, or those that it asks to be opened with."""
    held = re.fullmatch(r"(\d{1,6})-(\d{0,6})", request.headers.get("X-Rows", ""))
    if held:
        return Window(int(held[1]), int(held[2]) if held[2] else None)
    if request.GET.get("rows") == "all":
        return WHOLE
    for name in ("scene", "menu"):
        pk = request.GET.get(name, "")
        if pk.isdecimal() and len(pk) < 18:
            return Window(scene=int(pk), opens=True)
    return Window()
