"""From a request to a film: every scene drawn in turn, neighbours blended, encoded as it goes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from pathlib import Path

import av
import numpy as np
from av.video.frame import PictureType
from PIL import Image, ImageDraw, ImageFont

from storyboard.engine.animatic.gif import COLOURS, GifWriter
from storyboard.engine.animatic.grain import Grain, Specks
from storyboard.engine.animatic.manner import GIF_COLOURS, WHITE_PAPER, border
from storyboard.engine.animatic.plate import BLACK, NEUTRAL, Mask, Plate
from storyboard.engine.animatic.scenery import Scenery, seed_of
from storyboard.engine.animatic.travel import eased
from storyboard.engine.animatic.treatment import Treatment
from storyboard.novita.types import TextToVideo

# Frames on either side of a border in which one scene becomes the next.
TRAVEL = 8
# Frames drawn ahead of the encoder.
AHEAD = 4
MARK = "animatic"
SAYS = "animatic: drawn by Storyboard's built-in engine"
ENCODING = {
    "preset": "veryfast",
    "crf": "21",
    "forced-idr": "1",
    # A fixed number: with another, the same frames may become other bytes.
    "threads": "2",
    "x264-params": "scenecut=0:open-gop=0:sliced-threads=0",
}


def draw(
    request: TextToVideo,
    path: Path,
    *,
    seed: int,
    fps: int,
    progress: Callable[[int], None],
) -> None:
    """Draw the film of a request into `path`, an MP4 or a GIF of exactly the frames asked for.

    Odd sides are rounded down to even ones. The same request and seed give the same bytes.
    `progress` is told the number of frames drawn, `fps` is frames a second.
    """
    film = Film(request, seed)
    if request.video_type == "gif":
        palette = film.palette()
        _write_gif(_ahead(film.plates()), palette, path, fps, progress)
    else:
        _write_mp4(_ahead(film.plates()), path, fps, _starts(request), progress)


def _starts(request: TextToVideo) -> set[int]:
    ends = np.cumsum([row.frames for row in request.prompts])
    return {0, *(int(end) for end in ends[:-1])}


class Film:
    def __init__(self, request: TextToVideo, seed: int) -> None:
        self.request = request
        self.width, self.height = request.width // 2 * 2, request.height // 2 * 2
        self.frames = sum(row.frames for row in request.prompts)
        self.treatment = Treatment(request.model_name, request.loras, request.embeddings)
        self.scenes = [
            Scenery(
                row.prompt,
                self.width,
                self.height,
                seed_of(seed, place),
                self.treatment,
                unwanted=request.negative_prompt,
                literal=request.guidance_scale,
                detail=request.steps,
                round_trip=self.frames if request.closed_loop else 0,
            )
            for place, row in enumerate(request.prompts)
        ]
        strength = self.treatment.strength("film_grain")
        random = np.random.default_rng(seed_of("grain", seed))
        kind = Specks if request.video_type == "gif" else Grain
        self.grain = kind((self.width, self.height), strength, random) if strength else None
        self.mark = self._draw_mark()
        self.vignette = self._draw_vignette()
        self.border = border(self.treatment.style, (self.width, self.height))

    def pictures(self) -> Iterator[Image.Image]:
        """Yield every frame in order, as RGB."""
        return (plate.rgb() for plate in self.plates())

    def plates(self) -> Iterator[Plate]:
        """Yield every frame in order; the next scene is made ready meanwhile."""
        count = len(self.scenes)
        loops = self.request.closed_loop
        number = 0
        first = self.scenes[0]
        with ThreadPoolExecutor(2) as pool:
            # The encoder waits for the first scene alone, so two threads make it.
            halves = (first.prepare_ground, first.prepare_sky_and_cast)
            made: dict[int, list[Future[None]]] = {0: [pool.submit(half) for half in halves]}

            def begin(place: int) -> None:
                if place not in made:
                    made[place] = [pool.submit(self.scenes[place].prepare)]

            def ready(place: int) -> Scenery:
                begin(place)
                for part in made[place]:
                    part.result()
                return self.scenes[place]

            for place, row in enumerate(self.request.prompts):
                here = ready(place)
                for frame in range(row.frames):
                    if frame == _reach(row.frames):
                        # Two scenes in memory at most, and the first one if it comes again.
                        if place > (1 if loops else 0):
                            self.scenes[place - 1].forget()
                        if place + 1 < count:
                            begin(place + 1)
                    yield self._finish(self._picture(place, frame, number, here, ready))
                    number += 1

    def _picture(
        self,
        place: int,
        frame: int,
        number: int,
        here: Scenery,
        ready: Callable[[int], Scenery],
    ) -> Plate:
        """Return a frame of the scene at `place`, on the way from or to another near a border.

        A film that comes round goes on at its end as if it had not begun yet, and at its
        beginning as if it went on.
        """
        rows, loops = self.request.prompts, self.request.closed_loop
        frames, last = rows[place].frames, len(rows) - 1
        moment, left = frame / max(1, frames - 1), frames - 1 - frame
        reach = _reach(frames)
        now = (moment, number)
        if (place or loops) and frame < reach:
            share = 0.5 + (frame + 0.5) / (2 * reach)
            ago = number if place else number + self.frames
            return _between(ready((place - 1) % len(rows)), (1, ago), here, now, share)
        if (place < last or loops) and left < reach:
            share = 0.5 - (left + 0.5) / (2 * reach)
            to_come = number if place < last else number - self.frames
            return _between(here, now, ready((place + 1) % len(rows)), (0, to_come), share)
        return here.picture(moment, number)

    def palette(self) -> Image.Image:
        """Return one palette of stacked colours for all frames: far quicker than one for each."""
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(Scenery.prepare, self.scenes))
        looks = [scene.picture(moment, 0) for scene in self.scenes for moment in (0.1, 0.9)]
        sheet = Image.new("RGB", (96 * len(looks), 96))
        for place, picture in enumerate(looks):
            sheet.paste(self._finish(picture).stacked().resize((96, 96)), (96 * place, 0))
        return sheet.quantize(GIF_COLOURS.get(self.treatment.style, COLOURS))

    def _finish(self, picture: Plate) -> Plate:
        fog = self.treatment.strength("fog")
        if fog:
            picture = picture.towards(self.veil, 0.5 * fog)
        if self.vignette is not None:
            picture.y.paste(BLACK, mask=self.vignette.full)
            for plane in (picture.u, picture.v):
                plane.paste(NEUTRAL, mask=self.vignette.half)
        if self.grain is not None:
            picture.y = self.grain.over(picture.y)
        for mask, x, y in self.border:
            picture.tint(WHITE_PAPER, x, y, mask)
        mask, (x, y) = self.mark
        picture.tint((255, 255, 255), x, y, mask)
        return picture

    @cached_property
    def veil(self) -> Plate:
        colour = self.treatment.colour((208, 212, 218))
        return Plate.of(Image.new("RGB", (self.width, self.height), colour))

    def _draw_mark(self) -> tuple[Mask, tuple[int, int]]:
        """Say what it is: a small word in the corner."""
        mask = Image.new("L", (self.width, self.height))
        size = max(9, self.height // 42)
        font = ImageFont.load_default(size)
        at = (self.width - size * 0.8, self.height - size * 0.7)
        ImageDraw.Draw(mask).text(at, MARK, fill=120, font=font, anchor="rs")
        left, top, right, bottom = mask.getbbox() or (0, 0, 2, 2)
        return Mask(mask.crop((left, top, right, bottom))), (left, top)

    def _draw_vignette(self) -> Mask | None:
        strength = self.treatment.strength("vignette")
        if not strength:
            return None
        x = np.linspace(-1, 1, self.width)[None, :]
        y = np.linspace(-1, 1, self.height)[:, None]
        dark = np.clip((x**2 + y**2 - 0.5) / 1.5, 0, 1) * 235 * strength
        return Mask(Image.fromarray(dark.astype(np.uint8)))


def _ahead(pictures: Iterator[Plate]) -> Iterator[Plate]:
    """Yield the same pictures, a few of them drawn while those before are encoded."""
    with ThreadPoolExecutor(1) as pool:
        coming = deque(pool.submit(next, pictures, None) for _ in range(AHEAD))
        while (picture := coming.popleft().result()) is not None:
            coming.append(pool.submit(next, pictures, None))
            yield picture


def _reach(frames: int) -> int:
    """Return how many frames at either end of a scene are on the way to its neighbour."""
    return min(TRAVEL, frames // 2)


def _between(
    one: Scenery, when: tuple[float, int], other: Scenery, when_too: tuple[float, int], share: float
) -> Plate:
    """Return the picture a share of the way from one scene to the next.

    Each has its moment and frame. Both are seen by the same camera under the same light, which
    travel too.
    """
    (moment, number), (moment_too, number_too) = when, when_too
    share = share * share * (3 - 2 * share)
    way = one.travel(eased(moment)).towards(other.travel(eased(moment_too)), share)
    canvas = one.composed(moment, number, way)
    canvas_too = other.composed(moment_too, number_too, way)
    return one.view(canvas.towards(canvas_too, share), number, way.grow)


def _write_mp4(
    pictures: Iterator[Plate],
    path: Path,
    fps: int,
    starts: set[int],
    progress: Callable[[int], None],
) -> None:
    # The format is named: the file's own name ends in whatever its owner chose.
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as out:
        out.metadata["comment"] = SAYS
        stream = out.add_stream("libx264", rate=fps, options=ENCODING)
        stream.pix_fmt = "yuv420p"
        for number, picture in enumerate(pictures):
            if not number:
                stream.width, stream.height = picture.size
            frame = picture.frame()
            frame.pts = number
            frame.pict_type = PictureType.I if number in starts else PictureType.NONE
            out.mux(stream.encode(frame))
            progress(number + 1)
        out.mux(stream.encode(None))


def _write_gif(
    pictures: Iterator[Plate],
    palette: Image.Image,
    path: Path,
    fps: int,
    progress: Callable[[int], None],
) -> None:
    with GifWriter(path, palette, fps=fps, comment=SAYS.encode()) as out:
        for number, picture in enumerate(pictures):
            out.add(picture.stacked())
            progress(number + 1)
