"""A whole render of the built-in engine against only encoding the same frames."""

from __future__ import annotations

import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av
from av.video.frame import PictureType

from bench.measure import Figure, compare
from storyboard.engine.animatic import draw
from storyboard.novita.types import ScenePrompt, TextToVideo
from storyboard.stories.sample import PROMPTS

FPS = 8
SEED = 7
SIDE = 512
FRAMES = 32
ROUNDS = 5
ENCODING = {"preset": "veryfast", "crf": "21", "x264-params": "scenecut=0:open-gop=0"}


def render() -> Figure:
    """128 frames of 512 x 512, from the request to the file, against their encoding alone."""
    rows = tuple(ScenePrompt(words, FRAMES) for words in PROMPTS)
    request = TextToVideo("darkSushiMixMix_225D_64380.safetensors", SIDE, SIDE, 20, rows, 7.5, SEED)
    with tempfile.TemporaryDirectory() as folder:
        film, copy = Path(folder) / "film.mp4", Path(folder) / "copy.mp4"

        def whole() -> float:
            start = time.perf_counter()
            draw(request, film, seed=SEED, fps=FPS, progress=lambda frames: None)
            return time.perf_counter() - start

        whole()
        with av.open(str(film)) as container:
            frames = list(container.decode(video=0))

        def encoding() -> float:
            start = time.perf_counter()
            encode(frames, copy)
            return time.perf_counter() - start

        return compare(
            "128 frames drawn and encoded, to their encoding alone",
            whole,
            encoding,
            unit="s",
            rounds=ROUNDS,
        )


def encode(frames: list[av.VideoFrame], path: Path) -> None:
    """Encode frames that are in memory already, in the encoder's own layout."""
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as out:
        stream = out.add_stream("libx264", rate=FPS, options=ENCODING)
        stream.width = stream.height = SIDE
        stream.pix_fmt = "yuv420p"
        for number, frame in enumerate(frames):
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            frame.pict_type = PictureType.NONE if number % FRAMES else PictureType.I
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
