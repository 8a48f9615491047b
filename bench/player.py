"""The film player in a real Chromium: news of a take, jumps, going from pick to pick, frames."""

from __future__ import annotations

import io
import random
import statistics
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

import av
import numpy as np
from django.test import Client
from playwright.sync_api import Page

from bench.browser import page_of, running
from bench.measure import Measure
from bench.web import writer
from storyboard.renders.models import Render
from storyboard.stories.models import Project, Scene

# Ten scenes in six clips, so that six takes come of them.
CLIPS = (2, 1, 2, 2, 1, 2)
FRAMES = 16
RENDERED = 120_000
SIDE = 128
PLACES = [
    "A lighthouse above the sea at night",
    "A fox in the snow of a forest",
    "An old street in the rain",
    "A boat on a calm lake at dawn",
    "A castle on a green hill",
    "A train crosses the desert",
    "A girl reads in a warm room",
    "A whale under the waves",
    "A city of lights seen from above",
    "Balloons rise over the mountains",
]
# Each picture that comes on the screen: of which file, which time of it, and when.
SEEN = """() => {
  const seen = window.seen = [];
  const add = (video, media, at) => seen.push({ src: video.dataset.src, media, at });
  for (const video of document.querySelectorAll("#screen video")) {
    if (!video.hidden) add(video, video.currentTime, performance.now());
    const each = (now, frame) => {
      if (!video.hidden) add(video, frame.mediaTime, frame.expectedDisplayTime);
      video.requestVideoFrameCallback(each);
    };
    video.requestVideoFrameCallback(each);
    new MutationObserver(() => {
      if (!video.hidden) requestAnimationFrame((now) => add(video, video.currentTime, now));
    }).observe(video, { attributeFilter: ["hidden"] });
  }
}"""
SEGMENTS = """() => [...document.querySelectorAll("#timeline > li")].map(({ dataset }) => ({
  src: dataset.src, start: Number(dataset.start), seconds: Number(dataset.seconds),
  fps: Number(dataset.fps), frames: Number(dataset.frames),
}))"""
# From the press on a scene of the strip to its first picture, ready and one drawing later.
JUMP = """(index) => new Promise((done) => {
  const item = document.querySelectorAll("#timeline > li")[index];
  const { src, start, fps } = item.dataset;
  const aim = Number(start) + 0.5 / Number(fps);
  const begun = performance.now();
  item.querySelector("[data-segment-jump]").click();
  const look = () => {
    const video = document.querySelector("#screen video:not([hidden])");
    const there = video?.dataset.src === src && video.readyState >= 2 && !video.seeking
      && Math.abs(video.currentTime - aim) < 0.01;
    requestAnimationFrame(there ? () => done(performance.now() - begun) : look);
  };
  look();
})"""
# The film of the scene that the strip marks is on the screen, where it was asked to stand.
STANDS = """() => {
  const video = document.querySelector("#screen video:not([hidden])");
  const { src } = document.querySelector("#timeline > li[aria-current]").dataset;
  return video.dataset.src === src && video.readyState >= 2 && !video.seeking;
}"""
PICTURE = """(side) => {
  const video = document.querySelector("#screen video:not([hidden])");
  const canvas = new OffscreenCanvas(side, side).getContext("2d");
  canvas.drawImage(video, 0, 0, side, side);
  return { src: video.dataset.src, grey: [...canvas.getImageData(0, 0, side, side).data]
    .filter((_, at) => at % 4 === 1) };
}"""


def story() -> tuple[Client, Project]:
    client, project = writer()
    project.scenes.all().delete()
    firsts = {sum(CLIPS[:clip]) for clip in range(1, len(CLIPS))}
    Scene.objects.bulk_create(
        Scene(
            project=project,
            position=place,
            prompt=words,
            frames=FRAMES,
            cut=place in firsts,
        )
        for place, words in enumerate(PLACES)
    )
    return client, project


def player() -> str:
    """Watch a story of ten scenes and six takes; return four measures, a line each."""
    return "\n".join(str(measure) for measure in _player())


def _player() -> Iterator[Measure]:
    client, project = story()
    with running() as address, page_of(address, client) as page:
        page.goto(f"{address}/projects/{project.pk}/")
        page.get_by_role("button", name="Render story").click()
        filmed = page.locator("#timeline li[data-src]")
        filmed.nth(len(PLACES) - 1).wait_for(timeout=RENDERED, state="attached")
        yield jumps(page)
        yield gaps(page)
        yield counter(page)
        yield news(page)


def jumps(page: Page) -> Measure:
    """Jump to every scene twice, in any order, on a page that has just been opened."""
    page.reload()
    page.locator("#screen video:not([hidden])").wait_for()
    places = [*range(len(PLACES))] * 2
    random.Random(6).shuffle(places)
    taken = [page.evaluate(JUMP, place) for place in places]
    return Measure(
        "a press on a scene of the strip to its first picture (at most 150 ms)",
        f"{statistics.median(taken):.0f} ms in the median, {max(taken):.0f} at most "
        f"of {len(taken)}",
    )


def gaps(page: Page) -> Measure:
    """Play the film from its beginning; say how long a picture stood too long between picks."""
    page.reload()
    page.locator("#screen video:not([hidden])").wait_for()
    page.evaluate(JUMP, 0)
    page.evaluate(SEEN)
    page.locator("#main").focus()
    page.keyboard.press("k")
    page.get_by_role("button", name="Pause").wait_for()
    page.get_by_role("button", name="Play", exact=True).wait_for(timeout=60_000)
    last = page.locator("#frame").inner_text()
    segments = page.evaluate(SEGMENTS)
    times = _times(page, segments)
    late = [
        begins - ended - 1000 / segment["fps"]
        for segment, (_, ended), (begins, _) in zip(segments, times, times[1:], strict=False)
    ]
    return Measure(
        "from the last picture of a pick to the first of the next, over its due (at most 50 ms)",
        f"{max(late):.0f} ms at most of {len(late)}, {statistics.median(late):.0f} in the median; "
        f"the film of {len(PLACES)} picks of {len(CLIPS)} takes ended at {last}",
    )


def _times(page: Page, segments: list[dict[str, Any]]) -> list[tuple[float, float]]:
    """Return when each segment's first and last picture came on the screen, in milliseconds."""
    seen = page.evaluate("window.seen")
    found = []
    for segment in segments:
        frames: dict[int, float] = {}
        for one in seen:
            frame = int((one["media"] - segment["start"]) * segment["fps"] + 0.01)
            inside = one["media"] >= segment["start"] - 0.001 and frame < segment["frames"]
            if one["src"] == segment["src"] and inside:
                frames.setdefault(frame, one["at"])
        if 0 not in frames:
            raise RuntimeError(f"the first picture of {segment['src']} was not seen: {frames}")
        found.append((frames[0], frames[max(frames)]))
    return found


def counter(page: Page) -> Measure:
    """Stand at twenty places; say how often the picture is the frame that the counter says."""
    segments = page.evaluate(SEGMENTS)
    takes = {src: _decoded(page, src) for src in {segment["src"] for segment in segments}}
    strip = page.locator("#timeline").bounding_box()
    if strip is None:
        raise RuntimeError("the strip cannot be seen")
    places = random.Random(20)
    right = 0
    for _ in range(20):
        x = strip["x"] + strip["width"] * places.uniform(0.005, 0.995)
        page.mouse.click(x, strip["y"] + 8)
        page.wait_for_function(STANDS)
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        said = int(page.locator("#frame").inner_text().split()[1]) - 1
        shown = page.evaluate(PICTURE, SIDE)
        index, inside = divmod(said, FRAMES)
        first = round(segments[index]["start"] * segments[index]["fps"])
        film = takes[shown["src"]]
        grey = np.asarray(shown["grey"], np.float32).reshape(SIDE, SIDE)
        nearest = int(np.abs(film - grey).mean(axis=(1, 2)).argmin())
        right += shown["src"] == segments[index]["src"] and nearest == first + inside
    return Measure(
        "the frame that the counter says, beside the frames that PyAV decodes (wanted: all)",
        f"{right} of 20 places exact",
    )


def _decoded(page: Page, src: str) -> Any:
    """Return every frame of a take's film, as small green channels."""
    with av.open(io.BytesIO(page.request.get(urljoin(page.url, src)).body())) as film:
        return np.stack(
            [
                frame.reformat(SIDE, SIDE, "rgb24").to_ndarray()[:, :, 1].astype(np.float32)
                for frame in film.decode(video=0)
            ]
        )


def news(page: Page) -> Measure:
    """Render again and again; say how long after *ready* the open page shows a picture of it."""
    page.evaluate(SEEN)
    waited = []
    for _ in range(7):
        known = set(page.evaluate("window.seen.map((one) => one.src)")) | {
            segment["src"] for segment in page.evaluate(SEGMENTS)
        }
        page.get_by_role("button", name="Render story").click()
        page.wait_for_function(
            "(known) => window.seen.some((one) => !known.includes(one.src))",
            arg=list(known),
            timeout=RENDERED,
        )
        painted, src = page.evaluate(
            "(known) => { const one = window.seen.find((one) => !known.includes(one.src));"
            " return [performance.timeOrigin + one.at, one.src]; }",
            list(known),
        )
        waited.append((datetime.fromtimestamp(painted / 1000, UTC) - _ready(src)).total_seconds())
        page.locator("#live:not([data-polls])").wait_for(state="attached", timeout=RENDERED)
    return Measure(
        "from ready in the database to its first picture on the open page (under 3 s, median)",
        f"{statistics.median(waited):.2f} s, {max(waited):.2f} at most of {len(waited)}",
    )


def _ready(src: str) -> datetime:
    """Return when the render of that film was ready, as the database has it."""
    # Playwright holds an event loop in this thread, where Django's models may not be asked.
    with ThreadPoolExecutor(1) as other:
        render = other.submit(Render.objects.get, takes__pk=src.split("/")[2]).result()
    if render.finished_at is None:
        raise RuntimeError("the render is not ready")
    return render.finished_at
