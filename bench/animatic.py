"""A whole render of the built-in engine against only encoding the same frames, and its size."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av
from av.video.frame import PictureType

from bench.measure import Figure, Measure, compare
from storyboard.engine.animatic import draw
from storyboard.engine.animatic.catalogue import CHECKPOINTS
from storyboard.engine.animatic.film import ENCODING
from storyboard.novita.types import Lora, ScenePrompt, TextToVideo
from storyboard.stories.sample import PROMPTS

FPS = 8
SEED = 7
FRAMES = 32
# Draws one film as the engine's child does, in a process of its own, and says what it took.
ALONE = """
import json, re, sys, time
from pathlib import Path
from storyboard.engine.child import share_heap
from storyboard.engine import animatic
from storyboard.novita.types import TextToVideo
share_heap()
asked, path = json.loads(sys.argv[1]), Path(sys.argv[2])
start = time.perf_counter()
animatic.draw(TextToVideo.from_json(asked), path, seed=7, fps=8, progress=lambda frames: None)
seconds = time.perf_counter() - start
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
print(json.dumps([seconds, peak, path.stat().st_size / 1e6]))
"""


def film(
    side: int,
    video_type: str = "mp4",
    checkpoint: str = CHECKPOINTS[0].api_name,
    loras: tuple[Lora, ...] = (),
) -> TextToVideo:
    rows = tuple(ScenePrompt(words, FRAMES) for words in PROMPTS)
    return TextToVideo(
        checkpoint,
        side,
        side,
        20,
        rows,
        7.5,
        SEED,
        loras=loras,
        video_type=video_type,
    )


def render() -> Figure:
    """128 frames of 512 x 512, from the request to the file, against their encoding alone."""
    return against_encoding(512, rounds=7)


def render_large() -> Figure:
    return against_encoding(1024, rounds=3)


def against_encoding(side: int, *, rounds: int) -> Figure:
    request = film(side)
    with tempfile.TemporaryDirectory() as folder:
        path, copy = Path(folder) / "film.mp4", Path(folder) / "copy.mp4"

        def whole() -> float:
            start = time.perf_counter()
            draw(request, path, seed=SEED, fps=FPS, progress=lambda frames: None)
            return time.perf_counter() - start

        whole()
        with av.open(str(path)) as container:
            frames = list(container.decode(video=0))

        def encoding() -> float:
            start = time.perf_counter()
            encode(frames, copy)
            return time.perf_counter() - start

        return compare(
            f"128 frames of {side} x {side} drawn and encoded, to their encoding alone",
            whole,
            encoding,
            unit="s",
            rounds=rounds,
        )


def encode(frames: list[av.VideoFrame], path: Path) -> None:
    """Encode frames that are in memory already, as the engine does."""
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as out:
        stream = out.add_stream("libx264", rate=FPS, options=ENCODING)
        stream.width, stream.height = frames[0].width, frames[0].height
        stream.pix_fmt = "yuv420p"
        for number, frame in enumerate(frames):
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            frame.pict_type = PictureType.NONE if number % FRAMES else PictureType.I
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def alone(request: TextToVideo) -> tuple[float, float, float]:
    """Return the seconds, the peak of memory (MB) and the megabytes of a film drawn alone."""
    with tempfile.TemporaryDirectory() as folder:
        asked = json.dumps(request.to_json())
        path = str(Path(folder) / f"film.{request.video_type}")
        command = [sys.executable, "-c", ALONE, asked, path]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    seconds, peak, size = json.loads(said)
    return seconds, peak, size


def memory() -> Measure:
    """Peak memory of the drawing child for films of 1024 x 1024."""
    peaks = ", ".join(f"{alone(film(1024, kind))[1]:.0f} MB ({kind})" for kind in ("mp4", "gif"))
    return Measure("memory of the drawing child at 1024 x 1024, at most 300 MB", peaks)


def gif() -> Measure:
    """The slowest and the largest of all checkpoints, plain and with what a GIF holds worst."""
    worst = tuple(Lora(f"{name}_animatic", 1.0) for name in ("film_grain", "snow", "rain"))
    seconds, sizes = {}, {}
    for entry in CHECKPOINTS:
        for loras in ((), worst):
            name = f"{entry.name}, grain, snow and rain" if loras else entry.name
            request = film(512, "gif", entry.api_name, loras)
            taken = [alone(request) for _ in range(2)]
            seconds[name], sizes[name] = min(row[0] for row in taken), taken[0][2]
    slowest, largest = max(seconds, key=seconds.__getitem__), max(sizes, key=sizes.__getitem__)
    return Measure(
        "a GIF of 128 frames of 512 x 512, at most 1.5 s and 8 MB, the worst of all",
        f"{seconds[slowest]:.2f} s ({slowest}), {sizes[largest]:.1f} MB ({largest})",
    )
