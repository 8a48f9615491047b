"""How a take is cut into its scenes: by each scene's share of the frames that were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True)
class Cut:
    first_frame: int
    frames: int

    @property
    def middle(self) -> int:
        """The frame that stands for the scene; within the take even when the cut is empty."""
        return max(0, self.first_frame + (self.frames - 1) // 2)


def cut(asked: Sequence[int], frames: int) -> list[Cut]:
    """Tile a take of `frames` real frames by the frames `asked` for each scene.

    Each scene has its share, rounded, and at least one frame while there is one for each.
    """
    total = sum(asked)
    least = 1 if frames >= len(asked) else 0
    cuts: list[Cut] = []
    first = 0
    for order, reached in enumerate(accumulate(asked)):
        ideal = (2 * reached * frames + total) // (2 * total)
        after = frames - least * (len(asked) - order - 1)
        end = min(max(ideal, first + least), after)
        cuts.append(Cut(first, end - first))
        first = end
    return cuts
