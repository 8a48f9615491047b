"""Rooms: a wall with a window to the sky behind it, a floor in perspective, and furniture."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from storyboard.engine.animatic.treatment import Colour, mix

# The height of the floor's far edge, as a share of the picture's.
SKIRTING = 0.68
# Kind of room: the words for it, its wall and its floor.
ROOMS: dict[str, tuple[str, Colour, Colour]] = {
    "library": ("library bookshop bookshelf study archive", (96, 66, 52), (122, 84, 56)),
    "kitchen": ("kitchen bakery pantry cafe", (206, 190, 150), (166, 122, 88)),
    "cellar": ("cellar basement dungeon crypt vault cave", (82, 80, 88), (64, 60, 62)),
    "hall": ("hall ballroom palace throne chapel corridor temple", (158, 132, 112), (120, 92, 84)),
    "carriage": ("carriage compartment wagon cabin", (124, 82, 58), (92, 60, 52)),
    "room": (
        "room bedroom attic parlour office classroom nursery inside indoors interior "
        "bed sofa armchair fireplace workshop lounge hospital",
        (170, 138, 116),
        (132, 94, 66),
    ),
}
WORDS = " ".join(words for words, _, _ in ROOMS.values())


def kind_of(words: set[str]) -> str:
    """Return which room the words speak of; a plain one when they name none."""
    return next((kind for kind, row in ROOMS.items() if words & set(row[0].split())), "room")


class Interior:
    """The wall and the floor of one room, in pixels of a layer; `paint` gives a look's colours."""

    def __init__(
        self,
        kind: str,
        size: tuple[int, int],
        dim: float,
        side: int,
        paint: Callable[[Colour], Colour],
        detail: float,
    ) -> None:
        """`dim` is 0 by day to 1 at night; the window is left of the middle for a `side` of 1.

        `detail` is how much there is on the walls, 1 as usual.
        """
        self.detail = detail
        self.kind, self.size, self.dim, self.side, self.paint = kind, size, dim, side, paint

    def _ink(self, colour: Colour, shade: float = 0) -> Colour:
        """Return a colour of the room: darker at night, and by a shade of 0 to 1."""
        return self.paint(mix(mix(colour, (24, 18, 34), 0.5 * self.dim), (10, 8, 14), shade))

    def wall(self) -> Image.Image:
        """Return the wall with its furniture; the window is a hole."""
        width, height = self.size
        _, colour, _ = ROOMS[self.kind]
        wall = Image.new("RGBA", self.size, (*self._ink(colour), 255))
        draw = ImageDraw.Draw(wall)
        line = height * SKIRTING
        for stripe in range(0, width, max(8, width // 22)):
            draw.rectangle((stripe, 0, stripe + width // 44, line), self._ink(colour, 0.07))
        self._paper(draw, colour)
        draw.rectangle((0, line - height * 0.035, width, line), self._ink(colour, 0.4))
        {
            "library": self._shelves,
            "kitchen": self._kitchen,
            "cellar": self._stones,
            "hall": self._columns,
        }.get(self.kind, lambda _: None)(draw)
        for x, top, wide, tall in self._windows():
            self._window(draw, (x * width, top * height, wide * height, tall * height))
        if self.kind == "carriage":
            self._seats(draw)
        elif self.kind == "room":
            self._picture(draw)
        self._lamp(wall)
        return wall

    def _paper(self, draw: ImageDraw.ImageDraw, colour: Colour) -> None:
        """Dot the wall with a pattern, finer for more detail."""
        width, height = self.size
        step = height / max(3, round(11 * self.detail))
        half = max(1.0, height / 110)
        ink = self._ink(mix(colour, (255, 240, 214), 0.3))
        for row in range(int(height * SKIRTING / step) + 1):
            for place in range(int(width / step) + 1):
                x, y = (place + row % 2 / 2) * step, (row + 0.5) * step
                draw.polygon([(x - half, y), (x, y - half), (x + half, y), (x, y + half)], ink)

    def _windows(self) -> list[tuple[float, float, float, float]]:
        """Return each window's middle, top, width and height."""
        if self.kind == "carriage":
            return [(x, 0.16, 0.34, 0.26) for x in (0.16, 0.5, 0.84)]
        x = 0.5 - self.side * 0.2
        if self.kind == "cellar":
            return [(x, 0.14, 0.16, 0.1)]
        if self.kind == "hall":
            return [(x, 0.1, 0.18, 0.42) for x in (0.26, 0.5, 0.74)]
        return [(x, 0.16, 0.3, 0.34)]

    def _window(self, draw: ImageDraw.ImageDraw, place: tuple[float, float, float, float]) -> None:
        x, top, wide, tall = place
        left, right, low = x - wide / 2, x + wide / 2, top + tall
        rim = max(2, wide * 0.05)
        frame = self._ink((232, 220, 196), 0.1)
        draw.rectangle((left - rim, top - rim, right + rim, low + rim), frame)
        draw.rectangle((left, top, right, low), (0, 0, 0, 0))
        bar = max(1, rim * 0.4)
        draw.rectangle((x - bar, top, x + bar, low), frame)
        if self.kind != "carriage":
            middle = top + tall * 0.45
            draw.rectangle((left, middle - bar, right, middle + bar), frame)
            draw.rectangle((left - 2 * rim, low + rim, right + 2 * rim, low + 2 * rim), frame)
        if self.kind in ("room", "kitchen", "carriage"):
            cloth = self._ink((172, 62, 60))
            for edge, inward in ((left - rim, 1), (right + rim, -1)):
                draw.polygon(
                    [
                        (edge - inward * rim, top - 2 * rim),
                        (edge + inward * wide * 0.3, top - 2 * rim),
                        (edge + inward * wide * 0.08, top + tall * 0.75),
                        (edge + inward * wide * 0.12, low + rim),
                        (edge - inward * rim, low + rim),
                    ],
                    cloth,
                )

    def _shelves(self, draw: ImageDraw.ImageDraw) -> None:
        width, height = self.size
        books = ((168, 58, 50), (52, 92, 112), (198, 154, 72), (74, 104, 70), (120, 70, 110))
        row = height * 0.13
        for shelf in range(5):
            low = height * 0.02 + row * (shelf + 1)
            x, number = 0.0, shelf * 3
            while x < width:
                wide = height * (0.016 + 0.006 * (number * 7 % 4))
                top = low - row * (0.62 + 0.06 * (number * 5 % 4))
                draw.rectangle((x, top, x + wide - 2, low), self._ink(books[number * 3 % 5], 0.1))
                x, number = x + wide, number + 1
                if number % 13 == 0:
                    x += height * 0.03
            draw.rectangle((0, low, width, low + height * 0.014), self._ink((70, 44, 30)))

    def _kitchen(self, draw: ImageDraw.ImageDraw) -> None:
        width, height = self.size
        line, side = height * SKIRTING, self.side
        draw.rectangle((0, line - height * 0.17, width, line), self._ink((128, 148, 138)))
        draw.rectangle(
            (0, line - height * 0.19, width, line - height * 0.16), self._ink((236, 226, 206))
        )
        for x in (0.04 + 0.12 * door for door in range(8)):
            panel = (x * width, line - height * 0.14, (x + 0.1) * width, line - height * 0.02)
            draw.rectangle(panel, outline=self._ink((92, 110, 102)), width=2)
        shelf, start = height * 0.3, 0.5 + side * 0.24
        draw.rectangle(
            (start * width - height * 0.22, shelf, start * width + height * 0.22, shelf + 5),
            self._ink((110, 74, 50)),
        )
        for place, colour in enumerate(
            ((184, 92, 58), (226, 214, 186), (92, 124, 140), (190, 150, 66))
        ):
            x = start * width + (place - 1.5) * height * 0.1
            tall = height * (0.055 + 0.012 * (place % 2))
            draw.rounded_rectangle(
                (x - height * 0.035, shelf - tall, x + height * 0.035, shelf - 1),
                4,
                self._ink(colour),
            )
            draw.line((x, shelf + 5, x, shelf + height * 0.05), self._ink((60, 50, 50)), 2)
            draw.circle(
                (x, shelf + height * 0.085),
                height * 0.034,
                fill=self._ink((150, 92, 60), 0.1 * place),
            )

    def _stones(self, draw: ImageDraw.ImageDraw) -> None:
        width, height = self.size
        course = height * 0.085
        for row in range(8):
            for place in range(-1, 14):
                left = (place + 0.5 * (row % 2)) * course * 1.7
                shade = 0.06 + 0.05 * ((row * 5 + place * 3) % 4)
                box = (left + 2, row * course + 2, left + course * 1.7 - 2, (row + 1) * course - 2)
                draw.rounded_rectangle(box, 5, self._ink((104, 100, 106), shade))
        for x in (0.5 + self.side * 0.3, 0.5 + self.side * 0.2):
            middle, low = x * width, height * (SKIRTING + 0.01)
            half, tall = height * 0.075, height * 0.2
            draw.rounded_rectangle(
                (middle - half, low - tall, middle + half, low),
                half * 0.5,
                self._ink((126, 82, 50)),
            )
            for band in (0.2, 0.75):
                y = low - tall * band
                draw.rectangle((middle - half, y - 4, middle + half, y), self._ink((58, 54, 58)))

    def _columns(self, draw: ImageDraw.ImageDraw) -> None:
        width, height = self.size
        line = height * SKIRTING
        for x in (0.14, 0.38, 0.62, 0.86):
            middle, half = x * width, height * 0.036
            draw.rectangle((middle - half, 0, middle + half, line), self._ink((214, 196, 168)))
            draw.rectangle(
                (middle + half * 0.3, 0, middle + half, line), self._ink((214, 196, 168), 0.2)
            )
            for y in (height * 0.03, line):
                draw.rectangle(
                    (middle - half * 1.5, y - height * 0.035, middle + half * 1.5, y),
                    self._ink((226, 208, 178)),
                )

    def _seats(self, draw: ImageDraw.ImageDraw) -> None:
        width, height = self.size
        for x in (0.06, 0.33, 0.67, 0.94):
            middle, half, low = x * width, height * 0.1, height * (SKIRTING + 0.02)
            draw.rounded_rectangle(
                (middle - half, height * 0.46, middle + half, low), 10, self._ink((58, 98, 92))
            )
            draw.rectangle(
                (middle - half, low - height * 0.09, middle + half, low),
                self._ink((58, 98, 92), 0.3),
            )
        draw.rectangle((0, height * 0.09, width, height * 0.1), self._ink((206, 170, 96)))

    def _picture(self, draw: ImageDraw.ImageDraw) -> None:
        width, height = self.size
        x, top, half = (0.5 + self.side * 0.13) * width, height * 0.2, height * 0.08
        draw.rectangle((x - half, top, x + half, top + half * 1.5), self._ink((186, 146, 76)))
        draw.rectangle(
            (x - half * 0.8, top + half * 0.2, x + half * 0.8, top + half * 1.3),
            self._ink((214, 206, 180)),
        )
        draw.polygon(
            [
                (x - half * 0.8, top + half * 1.3),
                (x - half * 0.1, top + half * 0.6),
                (x + half * 0.8, top + half * 1.3),
            ],
            self._ink((96, 128, 108)),
        )

    def _lamp(self, wall: Image.Image) -> None:
        """Hang a lamp, with its light on the wall; it is lit unless it is day."""
        width, height = self.size
        x, y = (0.5 + self.side * 0.25) * width, height * 0.2
        if self.dim > 0.1:
            glow = Image.new("L", self.size)
            ImageDraw.Draw(glow).circle(
                (x, y), height * 0.17, fill=round(150 * min(1, self.dim + 0.3))
            )
            glow = glow.filter(ImageFilter.GaussianBlur(height * 0.08))
            warm = Image.new("RGB", self.size, self.paint((255, 206, 120)))
            # The window's hole stays one.
            solid = wall.getchannel("A")
            wall.paste(warm, mask=ImageChops.multiply(glow, solid))
            wall.putalpha(solid)
        draw = ImageDraw.Draw(wall)
        draw.line((x, 0, x, y - height * 0.03), self._ink((40, 34, 36)), max(1, height // 160))
        half = height * 0.055
        draw.polygon(
            [(x - half * 0.4, y - half), (x + half * 0.4, y - half), (x + half, y), (x - half, y)],
            self._ink((188, 96, 58)),
        )
        draw.chord(
            (x - half * 0.5, y - half * 0.4, x + half * 0.5, y + half * 0.5),
            0,
            180,
            self.paint((255, 240, 190)),
        )

    def floor(self) -> Image.Image:
        """Return the floor: boards that meet far away, with a rug or stones."""
        width, height = self.size
        _, _, colour = ROOMS[self.kind]
        line = round(height * SKIRTING)
        floor = Image.new("RGBA", self.size, (*self._ink(colour), 0))
        draw = ImageDraw.Draw(floor)
        draw.rectangle((0, line, width, height), self._ink(colour))
        vanish = (width / 2, height * 0.3)
        joint = self._ink(colour, 0.3)
        reach = (line - vanish[1]) / (height - vanish[1])
        for foot in range(-width, 2 * width, max(10, width // 12)):
            draw.line((vanish[0] + (foot - vanish[0]) * reach, line, foot, height), joint, 2)
        if self.kind in ("kitchen", "hall", "cellar"):
            for row in range(1, 5):
                y = line + (height - line) * (row / 5) ** 1.6
                draw.line((0, y, width, y), joint, 2)
        elif self.kind == "room":
            box = (width * 0.28, height * 0.75, width * 0.72, height * 0.93)
            draw.ellipse(box, self._ink((150, 58, 62)), self._ink((222, 190, 130)), 4)
        return floor
