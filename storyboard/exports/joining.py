"""Takes joined as they are: their packets are copied into one MP4, and no picture is made anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from storyboard.exports.cut import Part, pieces

# Ticks a second: every usual frame rate is a whole number of them.
CLOCK = 90_000


class CannotJoin(Exception):
    """These takes cannot be joined without making pictures anew; the message says why."""


@dataclass(frozen=True)
class Piece:
    """Packets of one file that begin at a key frame and need no other; in decoding order."""

    packets: list[Packet]
    time_base: Fraction
    start: int
    end: int


Open = Callable[[str], BinaryIO]


def join(parts: Sequence[Part], open_file: Open, into: Path) -> int:
    """Write the parts one after the other into `into`; return the number of frames.

    Raises CannotJoin, and leaves nothing of use, when a part is a card, when takes differ in how
    they are encoded, or when a part does not begin at a key frame and end before one.
    """
    if not all(part.file for part in parts) or not parts:
        raise CannotJoin("there is a card of words")
    if not all(part.file.endswith(".mp4") for part in parts):
        raise CannotJoin("a take is no MP4")
    with ExitStack() as stack:
        sources: list[tuple[InputContainer, VideoStream, list[Part]]] = []
        for group in pieces(parts):
            file = stack.enter_context(open_file(group[0].file))
            container = stack.enter_context(av.open(file, "r", format="mp4"))
            sources.append((container, container.streams.video[0], group))
        _check_alike([stream for _, stream, _ in sources])
        out = stack.enter_context(
            av.open(str(into), "w", format="mp4", options={"movflags": "+faststart"})
        )
        return _copy(sources, out)


def _check_alike(streams: Sequence[VideoStream]) -> None:
    first, *others = [_make_of(stream) for stream in streams]
    if any(other != first for other in others):
        raise CannotJoin("the takes are not encoded alike")


def _make_of(stream: VideoStream) -> tuple[object, ...]:
    context = stream.codec_context
    return (
        context.name,
        context.width,
        context.height,
        context.pix_fmt,
        bytes(context.extradata or b""),
        stream.sample_aspect_ratio,
    )


def _copy(
    sources: Sequence[tuple[InputContainer, VideoStream, list[Part]]], out: OutputContainer
) -> int:
    stream = out.add_stream_from_template(sources[0][1])
    stream.time_base = Fraction(1, CLOCK)
    frames = 0
    begin = Fraction(0)
    last_dts: int | None = None
    for container, source, group in sources:
        piece = _piece(container, source, group)
        for packet in piece.packets:
            if packet.pts is None or packet.dts is None:
                raise CannotJoin("a take does not say when its frames are shown")
            shift = begin - piece.start * piece.time_base
            pts, dts = (
                round((time * piece.time_base + shift) * CLOCK) for time in (packet.pts, packet.dts)
            )
            if last_dts is not None and dts <= last_dts:
                raise CannotJoin("the takes' frame rates do not go together")
            last_dts = dts
            packet.duration = round((packet.duration or 0) * piece.time_base * CLOCK)
            packet.time_base = Fraction(1, CLOCK)
            packet.pts, packet.dts, packet.stream = pts, dts, stream
            out.mux_one(packet)
            frames += 1
        begin += (piece.end - piece.start) * piece.time_base
    return frames


def _piece(container: InputContainer, stream: VideoStream, group: Sequence[Part]) -> Piece:
    """Return the packets of neighbouring parts of one file."""
    first, frames = group[0].first, sum(part.frames for part in group)
    packets = [packet for packet in container.demux(stream) if packet.size]
    times = sorted(packet.pts for packet in packets if packet.pts is not None)
    if len(times) != len(packets) or len(times) < first + frames or stream.time_base is None:
        raise CannotJoin("a take has fewer frames than it should")
    start = times[first]
    after = times[first + frames] if first + frames < len(times) else None
    wanted = [
        place
        for place, packet in enumerate(packets)
        if packet.pts is not None and packet.pts >= start and (after is None or packet.pts < after)
    ]
    if wanted != list(range(wanted[0], wanted[0] + frames)):
        raise CannotJoin("a part's frames need frames outside it")
    head = packets[wanted[0]]
    if not head.is_keyframe or head.pts != start:
        raise CannotJoin("a part does not begin at a key frame")
    following = packets[wanted[-1] + 1] if wanted[-1] + 1 < len(packets) else None
    if following is not None and not following.is_keyframe:
        raise CannotJoin("a part ends within a group of pictures")
    chosen = [packets[place] for place in wanted]
    end = after if after is not None else times[-1] + (_duration(chosen, times[-1]) or 0)
    return Piece(chosen, stream.time_base, start, end)


def _duration(packets: Sequence[Packet], pts: int) -> int | None:
    return next((packet.duration for packet in packets if packet.pts == pts), None)
