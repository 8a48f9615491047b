"""One scene's picture: sky, light, ground and weather, read from the prompt's own words."""

from __future__ import annotations

import colorsys
import hashlib
import math
import re
from functools import cached_property

import numpy as np

from storyboard.engine.animatic.cast import AFLOAT, Actor, seen_in
from storyboard.engine.animatic.ground import STRIP, Ground
from storyboard.engine.animatic.interior import Interior, kind_of
from storyboard.engine.animatic.languages import in_english
from storyboard.engine.animatic.manner import cut_out
from storyboard.engine.animatic.places import GROUNDS, HOURS, SETTING, WORDS
from storyboard.engine.animatic.plate import Plate
from storyboard.engine.animatic.sky import Sky
from storyboard.engine.animatic.stage import Stage
from storyboard.engine.animatic.travel import Layer, Travel, eased, whole_turns
from storyboard.engine.animatic.treatment import Colour, Treatment, mix
from storyboard.engine.animatic.weather import Weather
from storyboard.engine.animatic.words import (
    camera,
    forms_of,
    moves,
    subjects,
)

SEVERAL = re.compile(r"[^\W\d_]+")
OVERSCAN = 1.06
# Somebody there is indoors, whatever is outside.
AT_WINDOW = re.compile(
    r"\b(?:in|at|by|beside|near) (?:an? |the |her |his |their )?(?:\w+ )?window\b"
)
# How fast the cast sways, in radians a frame.
SWING = 0.45
# How dark each hour is, 0 to 1.
DIM = {"night": 1.0, "fire": 0.7, "dusk": 0.5, "dawn": 0.15}


def words_in(prompt: str) -> set[str]:
    """Return the lower-case words of a prompt, without its emphasis."""
    return set(SEVERAL.findall(prompt.lower()))


def seed_of(*parts: object) -> int:
    """Return a number that depends on the parts alone, on every machine."""
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:8], "big")


class Scenery:
    """The layers of one scene, drawn once; `picture` looks at them at a moment of it."""

    def __init__(
        self,
        prompt: str,
        width: int,
        height: int,
        seed: int,
        treatment: Treatment,
        *,
        unwanted: str = "",
        literal: float = 7.5,
        detail: int = 20,
        round_trip: int = 0,
    ) -> None:
        """`unwanted` is the negative prompt, `literal` the guidance scale, `detail` the steps.

        `round_trip` is the number of frames of a film that comes round, 0 for one that does not.
        """
        self.width, self.height = width, height
        self.treatment = treatment
        # Whatever it is written in, it is read in English; its own letters steer by their hash.
        told, unwanted = in_english(prompt), in_english(unwanted)
        self.words = words_in(told) | forms_of(told)
        self.unwanted = words_in(unwanted) | forms_of(unwanted)
        self.random = np.random.default_rng(seed_of(prompt, seed))
        self.hue = float(self.random.random())
        # What the words say against what the prompt's own hue makes of it.
        self.lean = 0.32 / (1 + literal / 6)
        self.prominence = max(0.75, min(1.3, (literal / 7.5) ** 0.2))
        self.detail = math.sqrt(detail / 20)
        self.round_trip = round_trip
        self.beat = whole_turns(SWING, round_trip) / SWING
        self.hour = self._first(("night", "dusk", "fire", "dawn", "day"), "dusk")
        self.ground = self._first(GROUNDS, "hills")
        self.camera = camera(told)
        self.pan = 1 if self.random.random() < 0.5 else -1
        if self.camera & {"left", "right"}:
            self.pan = -1 if "right" in self.camera else 1
        self.zoom = 0.05 + 0.05 * float(self.random.random())
        if self.camera & {"in", "out"}:
            self.zoom = 0.22
        at_window = AT_WINDOW.search(told.lower()) and "window" not in self.unwanted
        self.indoors = self._has("room") or bool(at_window)
        kinds = ("snow", "rain", "fog", "lightning", "leaves", "petals", "wind", "smoke")
        strengths = {
            kind: self._has(kind) * 0.8 * self.prominence + treatment.strength(kind)
            for kind in kinds
            if kind != "fog"
        }
        # The LoRA of that name veils the whole picture.
        strengths["fog"] = self._has("fog") * min(1, 0.8 * self.prominence)
        # Of its own: more of it must not move anything else.
        random = np.random.default_rng(seed_of(prompt, seed, "weather"))
        self.weather = Weather(self.size, strengths, random, treatment)
        self.light_at = (0.24 + 0.5 * float(self.random.random()), 0.3)
        self.stars = int(self.random.integers(2**31))
        self.subjects = subjects(told, unwanted, SETTING) if literal >= 2 else []
        if any(row.picture == "fireflies" for row in self.subjects):
            # Not one picture in one place: many lights, each on its own way.
            self.subjects = [row for row in self.subjects if row.picture != "fireflies"]
            self.weather.strength["fireflies"] = 1.0
        self.moves = moves(told)
        if self.indoors and kind_of(self.words) == "carriage":
            # Seen from inside.
            self.subjects = [row for row in self.subjects if row.word not in ("train", "railway")]
        if self.ground == "hills" and any(row.picture in AFLOAT for row in self.subjects):
            self.ground = "sea"

    def prepare(self) -> None:
        """Draw what the scene is made of; in a thread of its own, before it is looked at."""
        self.prepare_ground()
        self.prepare_sky_and_cast()

    def prepare_ground(self) -> None:
        for layer in self.layers:
            layer.prepare()

    def prepare_sky_and_cast(self) -> None:
        for actor in self.cast:
            actor.poses, actor.shade  # noqa: B018
        self.lit_sky  # noqa: B018
        if self.weather.strength["fog"]:
            self.weather.bank  # noqa: B018

    def forget(self) -> None:
        """Let go of what was drawn; the scene is not looked at again."""
        for drawn in ("sky", "lit_sky", "layers", "cast"):
            vars(self).pop(drawn, None)

    def _has(self, kind: str) -> bool:
        words = set(WORDS[kind].split())
        return bool(self.words & words) and not self.unwanted & words

    def _first(self, kinds: tuple[str, ...], otherwise: str) -> str:
        return next((kind for kind in kinds if self._has(kind)), otherwise)

    def _paint(self, colour: Colour, lean: float | None = None) -> Colour:
        """Lean a colour towards the prompt's own hue, then into the look."""
        red, green, blue = colorsys.hsv_to_rgb(self.hue, 0.55, 0.75)
        own = (round(red * 255), round(green * 255), round(blue * 255))
        return self.treatment.colour(mix(colour, own, self.lean if lean is None else lean))

    @cached_property
    def size(self) -> tuple[int, int]:
        wide, high = self.width * OVERSCAN, self.height * OVERSCAN
        return math.ceil(wide / 2) * 2, math.ceil(high / 2) * 2

    @cached_property
    def sky(self) -> Sky:
        strength = self.weather.strength
        return Sky(
            self.size,
            self.hour,
            HOURS[self.hour],
            self._paint,
            style=self.treatment.style,
            light=self.light,
            cover=max(strength["rain"], strength["lightning"], 0.5 * strength["snow"]),
            crescent="crescent" in self.words,
            detail=self.detail,
            seed=self.stars,
        )

    @cached_property
    def layers(self) -> list[Layer]:
        """The ground or the room, far to near."""
        _, low, _ = HOURS[self.hour]
        if self.indoors:
            return self._room()
        return Ground(
            self.ground,
            self.size,
            self.random,
            self._paint,
            low=low,
            light=self.light,
            light_x=(self.light_at[0] + (STRIP - 1) / 2) / STRIP,
            style=self.treatment.style,
            snowy=self._has("snow"),
            foggy=self.weather.strength["fog"] > 0,
            stormy=self.weather.strength["lightning"] > 0,
            lone_window="window" in self.words and bool(self.words & {"one", "single", "lonely"}),
            peopled=bool(self.subjects) or "fireflies" in self.weather.strength,
            detail=self.detail,
        ).layers()

    def _room(self) -> list[Layer]:
        width, height = self.size
        room = Interior(
            kind_of(self.words),
            (width * 5 // 4, height),
            DIM.get(self.hour, 0.0),
            self.side,
            self._paint,
            self.detail,
        )
        return [
            Layer(cut_out(self.treatment.style, drawn, ground=True, number=depth))
            for depth, drawn in enumerate((room.wall(), room.floor()))
        ]

    @property
    def side(self) -> int:
        """Where the first subject is: right of the middle for 1, left of it for -1.

        The same in every scene it is in: a film's hero must not jump at a border.
        """
        first = self.subjects[0].picture if self.subjects else ""
        return 1 if seed_of(first) % 2 else -1

    @cached_property
    def cast(self) -> list[Actor]:
        """The subjects on their places, the farthest first."""
        top, low, _ = HOURS[self.hour]
        seen = seen_in(top, low, DIM.get(self.hour, 0.0) * (0.4 if self.indoors else 1))
        stage = Stage(
            self.size,
            self.camera,
            self.side,
            at_sea=self.ground == "sea" and not self.indoors,
            frozen=self._has("snow"),
            sand=self._paint(mix((196, 170, 118), low, 0.3)),
            way=-self.pan * self.size[0] * 0.14 if self.moves else 0,
            style=self.treatment.style,
            prominence=self.prominence,
        )
        return stage.cast(
            self.subjects, lambda colour: self._paint(seen(colour), 0.05), self.treatment.colour
        )

    def picture(self, moment: float, frame: int) -> Plate:
        """Return the scene at `moment`, 0 to 1 of its length; `frame` moves the weather."""
        return self.view(self.composed(moment, frame), frame, self.travel(eased(moment)).grow)

    def composed(self, moment: float, frame: int, travel: Travel | None = None) -> Plate:
        """Return the oversize picture that `view` looks at.

        Near a border, `travel` is where light and view are on the way to the neighbour's.
        """
        _, light_at, slide, at = travel or self.travel(eased(moment))
        canvas = self.lit_sky.copy() if travel is None else self.sky.lit(light_at)
        spare = self.layers[0].width - self.size[0]
        beat = round((frame % self.round_trip if self.round_trip else frame) * self.beat)
        self.weather.draw_far(canvas, frame)
        if self.indoors:
            # It rains beyond the window.
            self.weather.draw_near(canvas, frame)
        swimming = [actor.name in AFLOAT and self.ground == "sea" for actor in self.cast]
        cast = list(zip(swimming, reversed(range(len(self.cast))), self.cast, strict=True))
        last = len(self.layers) - 1

        def play(actor: Actor, number: int) -> None:
            # On the way to a neighbour both scenes show who is in both, so neither may hop.
            hops = actor.walks
            actor.walks = hops if travel is None else 0
            actor.draw(canvas, at[actor.name, number] - slide * 0.8 * spare, beat)
            actor.walks = hops

        for depth, layer in enumerate(self.layers):
            if depth == last:
                # Boats lie in the water, so the nearest of it hides their keels.
                for swims, number, actor in cast:
                    if swims and not self.indoors:
                        play(actor, number)
            way = (0.5 + slide * (0.35 + 0.3 * depth)) * spare
            layer.paste_on(canvas, -round(way))
        self.weather.draw_middle(canvas, frame)
        for swims, number, actor in cast:
            if not swims or self.indoors:
                play(actor, number)
        if not self.indoors:
            self.weather.draw_near(canvas, frame)
        self.weather.draw_lights(canvas, frame)
        return canvas

    def view(self, canvas: Plate, frame: int, grow: float) -> Plate:
        """Return what the camera sees of a composed picture: a share `grow` of its middle."""
        width, height = self.size
        sway = self.treatment.strength("hand_held") * self.height * 0.012
        along, across = (whole_turns(speed, self.round_trip) * frame for speed in (0.9, 1.3))
        shake = (math.sin(along) * sway, math.sin(across + 1) * sway)
        half = (width / OVERSCAN * grow / 2, height / OVERSCAN * grow / 2)
        x, y = width / 2 + shake[0], height / 2 + shake[1]
        box = (x - half[0], y - half[1], x + half[0], y + half[1])
        return canvas.seen(box, (self.width, self.height))

    @cached_property
    def lit_sky(self) -> Plate:
        return self.sky.lit(self.light_at)

    @cached_property
    def light(self) -> Colour:
        _, low, light = HOURS[self.hour]
        return self._paint(mix(light, low, min(0.65, 0.8 * self.weather.strength["rain"])))

    def travel(self, ease: float) -> Travel:
        """Return the view and the light at `ease`, 0 to 1 of the scene."""
        zoom = self.zoom + 0.16 * self.treatment.strength("dolly_zoom")
        inward = 1 - ease if "out" in self.camera else ease
        at = {
            (actor.name, number): actor.x + actor.walks * (ease - 0.5)
            for number, actor in enumerate(reversed(self.cast))
        }
        return Travel(1 - zoom * inward, self.light_at, self.pan * (ease - 0.5), at)
