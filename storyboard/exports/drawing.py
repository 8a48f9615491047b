"""Films whose pictures are made anew: cards, captions in the picture, takes of different makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import av
import numpy as np
from av.video.frame import PictureType, VideoFrame
from PIL import Image

from storyboard.exports.cards import text_card, title_card, with_caption
from storyboard.exports.cut import TITLE_SECONDS, Cut, Part, pieces
from storyboard.exports.joining import CLOCK, Open

# A fixed number of threads: with another, the same frames may become other bytes.
ENCODING = {
    "preset": "veryfast",
    "crf": "18",
    "forced-idr": "1",
    "threads": "2",
    "x264-params": "open-gop=0:sliced-threads=0",
}
# A card has no motion: a few frames a second are enough, and it can still be jumped into.
TITLE_FPS = 8
GIF_SIDE_MAX = 480
GIF_CLOCK = 100
# Browsers show what is faster than this at a tenth of the speed.
GIF_TICKS_MIN = 2
# Pictures that the colours of a GIF are chosen from.
GIF_SAMPLES = 24

Progress = Callable[[int], None]


class Missing(Exception):
    """A part's file ended before its frames did."""


# A picture of the film, how long it is shown, and whether a part begins with it.
Shown = tuple[Image.Image | VideoFrame, Fraction, bool]


def shown(cut: Cut, open_file: Open, *, burnt: bool, titled: bool) -> Iterator[Shown]:
    """Yield every picture of the film in the film's size, with its seconds.

    A take's picture that needs no change is the decoder's own frame.
    """
    size = cut.size
    if titled:
        card = title_card(size, cut.title, cut.byline)
        for number in range(TITLE_SECONDS * TITLE_FPS):
            yield card, Fraction(1, TITLE_FPS), not number
    for group in pieces(cut.parts):
        if group[0].file:
            with open_file(group[0].file) as file:
                yield from _of_take(file, group, size, burnt)
            continue
        part = group[0]
        card = text_card(size, part.words)
        for number in range(part.frames):
            yield card, 1 / part.rate, not number


def _of_take(
    file: BinaryIO, group: Sequence[Part], size: tuple[int, int], burnt: bool
) -> Iterator[Shown]:
    first = group[0].first
    kind = group[0].file.rpartition(".")[2]
    with av.open(file, "r", format=kind) as container:
        frames = container.decode(video=0)
        for _ in range(first):
            next(frames, None)
        for part in group:
            for number in range(part.frames):
                frame = next(frames, None)
                if frame is None:
                    raise Missing(part.file)
                words = part.words if burnt else ""
                yield _placed(frame, size, words), 1 / part.rate, not number


def _placed(frame: VideoFrame, size: tuple[int, int], words: str) -> Image.Image | VideoFrame:
    """Return the frame in the film's size, on black where its shape is another."""
    if (frame.width, frame.height) == size and not words:
        return frame
    share = min(size[0] / frame.width, size[1] / frame.height)
    width, height = (max(1, round(side * share)) for side in (frame.width, frame.height))
    drawn = frame.reformat(width=width, height=height, format="rgb24", interpolation="BICUBIC")
    picture = Image.fromarray(drawn.to_ndarray())
    if picture.size != size:
        ground = Image.new("RGB", size)
        ground.paste(picture, ((size[0] - width) // 2, (size[1] - height) // 2))
        picture = ground
    return with_caption(picture, words) if words else picture


def draw_mp4(pictures: Iterator[Shown], into: Path, size: tuple[int, int], told: Progress) -> int:
    """Encode pictures as H.264 for as long as each is shown; return how many there were."""
    with av.open(str(into), "w", format="mp4", options={"movflags": "+faststart"}) as out:
        stream = out.add_stream("libx264", options=ENCODING)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, CLOCK)
        stream.codec_context.framerate = Fraction(25)
        begin = Fraction(0)
        durations: dict[int, int] = {}
        frames = 0
        for picture, seconds, starts in pictures:
            frame = _video_frame(picture)
            frame.pts, frame.time_base = round(begin * CLOCK), Fraction(1, CLOCK)
            begin += seconds
            durations[frame.pts] = round(begin * CLOCK) - frame.pts
            frame.pict_type = PictureType.I if starts else PictureType.NONE
            _mux(out, stream.encode(frame), durations)
            frames += 1
            told(frames)
        _mux(out, stream.encode(None), durations)
    return frames


def _mux(
    out: av.container.OutputContainer, packets: list[av.Packet], durations: dict[int, int]
) -> None:
    for packet in packets:
        # The encoder does not hand durations on, and the last frame's is the film's end.
        if packet.pts is not None:
            packet.duration = durations.pop(packet.pts)
        out.mux_one(packet)


def _video_frame(picture: Image.Image | VideoFrame) -> VideoFrame:
    if isinstance(picture, VideoFrame):
        return picture.reformat(format="yuv420p")
    return VideoFrame.from_ndarray(np.asarray(picture), format="rgb24").reformat(format="yuv420p")


def gif_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return the size within 480 pixels a side."""
    share = min(1.0, GIF_SIDE_MAX / max(size))
    return max(1, round(size[0] * share)), max(1, round(size[1] * share))


def draw_gif(
    pictures: Callable[[], Iterator[Shown]],
    into: Path,
    size: tuple[int, int],
    frames: int,
    told: Progress,
) -> int:
    """Write a GIF of the pictures with colours chosen for the whole film; return their number.

    `pictures` is called twice, and yields `frames` each time. `told` hears of the second.
    """
    small = gif_size(size)
    palette = _palette(_heeding(pictures(), told), small, max(1, frames // GIF_SAMPLES))
    colours = np.array(palette.getpalette("RGB"), np.uint8).reshape(-1, 3)
    table = np.zeros((256, 4), np.uint8)
    # Alpha first, as FFmpeg keeps it.
    table[:, 0] = 255
    table[: len(colours), 1:] = colours
    clock = Fraction(1, GIF_CLOCK)
    with av.open(str(into), "w", format="gif", options={"loop": "0"}) as out:
        stream = out.add_stream("gif", rate=GIF_CLOCK)
        stream.width, stream.height, stream.pix_fmt = *small, "pal8"
        stream.time_base = stream.codec_context.time_base = clock
        begin = Fraction(0)
        at, number = -GIF_TICKS_MIN, 0
        for picture, seconds, _ in pictures():
            number += 1
            ticks = round(begin * GIF_CLOCK)
            begin += seconds
            told(number)
            if ticks - at < GIF_TICKS_MIN:
                continue
            indexes = _scaled(picture, small).quantize(palette=palette)
            # Indexes with their colours: the stubs know plain arrays alone.
            pair: Any = (np.asarray(indexes), table)
            frame = VideoFrame.from_ndarray(pair, format="pal8")
            frame.pts, frame.time_base = ticks, clock
            at = ticks
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return number


def _heeding(pictures: Iterator[Shown], told: Progress) -> Iterator[Shown]:
    """Yield the pictures; `told` may raise at each, and hears that none is written yet."""
    for picture in pictures:
        told(0)
        yield picture


def _palette(pictures: Iterator[Shown], size: tuple[int, int], every: int) -> Image.Image:
    tiles = [
        _scaled(picture, size).resize((96, 96))
        for number, (picture, _, _) in enumerate(pictures)
        if number % every == 0
    ]
    sheet = Image.new("RGB", (96 * len(tiles), 96))
    for place, tile in enumerate(tiles):
        sheet.paste(tile, (96 * place, 0))
    return sheet.quantize(255, method=Image.Quantize.MEDIANCUT)


def _scaled(picture: Image.Image | VideoFrame, size: tuple[int, int]) -> Image.Image:
    if isinstance(picture, VideoFrame):
        picture = Image.fromarray(picture.to_ndarray(format="rgb24"))
    return picture if picture.size == size else picture.resize(size, Image.Resampling.LANCZOS)
