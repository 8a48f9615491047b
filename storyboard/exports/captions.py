"""Captions as files beside a film: WebVTT and SubRip."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from storyboard.exports.cut import Cue


def vtt(cues: Sequence[Cue]) -> str:
    """Return the cues as WebVTT."""
    blocks = [
        f"{_time(cue.start, '.')} --> {_time(cue.end, '.')}\n{_escaped(_plain(cue.words))}\n"
        for cue in cues
    ]
    return "\n".join(["WEBVTT\n", *blocks])


def srt(cues: Sequence[Cue]) -> str:
    """Return the cues as SubRip, numbered from 1."""
    return "\n".join(
        f"{number}\n{_time(cue.start, ',')} --> {_time(cue.end, ',')}\n{_plain(cue.words)}\n"
        for number, cue in enumerate(cues, 1)
    )


def _time(seconds: Fraction, point: str) -> str:
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02d}:{minute:02d}:{second:02d}{point}{milliseconds:03d}"


def _plain(words: str) -> str:
    """Return the words without empty lines, which would end a cue, and without an arrow."""
    lines = (" ".join(line.split()) for line in words.splitlines())
    return "\n".join(line for line in lines if line).replace("-->", "->")


def _escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
