"""What a file that came from elsewhere really is, found by decoding every frame of it once.

The container's format is forced, so that nothing in the file can name another file to read;
the file is handed over open, never by an address. Everything is bounded before it is decoded.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import BinaryIO

import av
import av.error
from PIL import Image

FRAMES_MAX = 2000
SIDE_MAX = 4096
# All frames together: 2000 of the largest size that the API draws.
PIXELS_MAX = FRAMES_MAX * 1024 * 1024
CODECS = frozenset({"h264", "hevc", "av1", "vp9", "mpeg4", "gif"})
# What every browser plays as it is: codec and the pixels' layout.
PLAYABLE = frozenset({("h264", "yuv420p"), ("av1", "yuv420p"), ("vp9", "yuv420p")})

NO_PICTURES: Mapping[int, Image.Image] = {}


class NotAVideo(Exception):
    """The file is not a whole, plain video; the message says why, in a writer's words."""


@dataclass(frozen=True)
class VideoFacts:
    """Frames a second and in all, pixels, seconds, and `mp4` or `gif`, as the file has them."""

    fps: float
    frames: int
    width: int
    height: int
    duration: float
    video_type: str
    # Whether browsers play the file as it is.
    playable: bool
    # The frames that were asked for, by number.
    pictures: Mapping[int, Image.Image] = field(default_factory=dict, compare=False, repr=False)


def kind_of(file: BinaryIO) -> str:
    """Return `mp4` or `gif` by the file's first bytes; raise NotAVideo for anything else."""
    file.seek(0)
    head = file.read(12)
    file.seek(0)
    if head[4:8] == b"ftyp":
        return "mp4"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if not head:
        raise NotAVideo("The file is empty.")
    if head.lstrip()[:1] == b"<":
        raise NotAVideo("The file is a web page or an error message, not a video.")
    raise NotAVideo("The file does not begin like an MP4 or a GIF.")


def probe(
    file: BinaryIO, wanted: Callable[[int], Collection[int]] = lambda frames: ()
) -> VideoFacts:
    """Decode the whole file and return what it holds; raise NotAVideo when it is not whole.

    `wanted` is told the number of frames and names those whose pictures come back too.
    """
    kind = kind_of(file)
    if kind == "gif":
        _check_gif_end(file)
    try:
        packets, seconds = _count_packets(file, kind)
        return _decode(file, kind, packets, seconds, wanted)
    except (av.error.FFmpegError, IndexError, ValueError) as error:
        raise NotAVideo("The file is damaged: it cannot be decoded.") from error


def _check_gif_end(file: BinaryIO) -> None:
    """A GIF does not say how many frames it has, only where it ends."""
    file.seek(-min(64, file.seek(0, os.SEEK_END)), os.SEEK_END)
    if not file.read().rstrip(b"\0").endswith(b";"):
        raise NotAVideo("The file is cut off.")


def _count_packets(file: BinaryIO, kind: str) -> tuple[int, Fraction]:
    """Return the number of frames that the file holds, and the seconds they last."""
    file.seek(0)
    packets = ticks = 0
    with av.open(file, "r", format=kind) as container:
        if not container.streams.video:
            raise NotAVideo("The file holds no picture.")
        stream = container.streams.video[0]
        context = stream.codec_context
        # There is none when this build cannot decode the codec, whatever the stubs say.
        if not context or context.name not in CODECS:
            raise NotAVideo("The file's codec is not one we know.")
        _check_size(context.width, context.height)
        for packet in container.demux(stream):
            if not packet.size:
                continue
            packets += 1
            ticks += packet.duration or 0
            if packet.is_corrupt:
                raise NotAVideo("The file is cut off.")
            if packets > FRAMES_MAX:
                raise NotAVideo(f"The video has more than {FRAMES_MAX} frames.")
        if stream.frames and stream.frames != packets:
            raise NotAVideo(f"The file is cut off: {packets} of its {stream.frames} frames came.")
        if packets * context.width * context.height > PIXELS_MAX:
            raise NotAVideo("The video is larger than the service can have made it.")
        if not packets:
            raise NotAVideo("The video has no frames.")
        seconds = ticks * (stream.time_base or Fraction(0))
        rate = stream.average_rate or stream.guessed_rate
        return packets, seconds or (packets / rate if rate else Fraction(0))


def _decode(
    file: BinaryIO,
    kind: str,
    packets: int,
    seconds: Fraction,
    wanted: Callable[[int], Collection[int]],
) -> VideoFacts:
    if not 0 < seconds <= FRAMES_MAX:
        raise NotAVideo("The video does not say how long it lasts.")
    file.seek(0)
    numbers = frozenset(wanted(packets))
    pictures: dict[int, Image.Image] = {}
    frames = 0
    with av.open(file, "r", format=kind) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for frame in container.decode(stream):
            _check_size(frame.width, frame.height)
            if frame.is_corrupt:
                raise NotAVideo("The file is damaged: a frame cannot be decoded.")
            if frames in numbers:
                pictures[frames] = Image.fromarray(frame.to_ndarray(format="rgb24"))
            frames += 1
            if frames > packets:
                break
        context = stream.codec_context
        if frames != packets:
            raise NotAVideo(f"The file is damaged: {frames} of its {packets} frames decode.")
        return VideoFacts(
            fps=float(frames / seconds),
            frames=frames,
            width=context.width,
            height=context.height,
            duration=float(seconds),
            video_type=kind,
            playable=(context.name, context.pix_fmt) in PLAYABLE,
            pictures=pictures,
        )


def _check_size(width: int, height: int) -> None:
    if not (0 < width <= SIDE_MAX and 0 < height <= SIDE_MAX):
        raise NotAVideo(f"The picture is {width} by {height} pixels; at most {SIDE_MAX} are borne.")
