"""Where the subjects of a scene stand, and how large."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from storyboard.engine.animatic.cast import (
    AFLOAT,
    FLYING,
    GLOWING,
    SMALL,
    STILL,
    TALL,
    VEHICLES,
    Actor,
)
from storyboard.engine.animatic.treatment import Colour
from storyboard.engine.animatic.words import Subject


class Stage(NamedTuple):
    """The scene as its cast needs to know it; sizes are pixels of the oversize picture."""

    size: tuple[int, int]
    camera: frozenset[str]
    # Of the first subject: 1 is right of the middle, -1 left of it.
    side: int
    # On open water; whoever cannot swim has a mound under the feet, unless it is frozen.
    at_sea: bool
    frozen: bool
    sand: Colour
    # How far the first subject goes during the scene, in pixels; 0 when nobody is on the way.
    way: float
    style: str
    # How much of the picture is theirs, 1 as usual.
    prominence: float

    def cast(
        self,
        subjects: Sequence[Subject],
        lit: Callable[[Colour], Colour],
        glowing: Callable[[Colour], Colour],
    ) -> list[Actor]:
        """Put the subjects on their places, the farthest first.

        `lit` gives the scene's colours of what light falls on, `glowing` of what shines itself.
        """
        width, height = self.size
        size = 0.66 if "close" in self.camera else 0.38
        if self.camera & {"wide", "aerial"}:
            size = 0.22
        actors = []
        for place, subject in enumerate(subjects):
            name = subject.picture
            small, tall = name in SMALL, name in TALL
            factor = 1.5 if tall else 0.8 if small and not place else 1.0
            if place:
                factor *= 0.5 if small else 0.72
            factor *= self.prominence * subject.weight**0.9
            x = 0.5 + self.side * (0.13, -0.15, 0.33)[place]
            foot = (0.83, 0.8 if small else 0.78, 0.76)[place]
            if tall and not place:
                x = 0.5 + self.side * 0.05
            if name in FLYING:
                x, foot = 0.5 - self.side * 0.13, 0.46 if not place else 0.4
                factor *= 0.8
            afloat = self.at_sea and name in AFLOAT
            walks = not place and (name not in STILL or name in VEHICLES)
            mound = self.at_sea and not self.frozen and name not in AFLOAT and name not in FLYING
            actors.append(
                Actor(
                    subject,
                    (x * width, (0.87 if afloat else foot) * height),
                    min(0.7 * height, size * factor * min(width, height * 1.2)),
                    glowing if name in GLOWING else lit,
                    walks=self.way if walks else 0,
                    mound=self.sand if mound else None,
                    style=self.style,
                )
            )
        return sorted(actors, key=lambda actor: actor.foot)
