"""The main job, as a writer does it: first account, sample story, Render story, watch."""

from __future__ import annotations

import time

from playwright.sync_api import Page, expect

SCENES = 4
SECONDS_FROM_CLICK_TO_FILM = 20

IN_PLACE = ".poster[data-playing] video"
ON_STAGE = "#screen video:not([hidden])"
# Where the video is, when it moves on and there is a picture in it; else null.
MOVES = """async (selector) => {
    const video = document.querySelector(selector);
    if (!video) return null;
    const from = video.currentTime;
    await new Promise(resolve => setTimeout(resolve, 100));
    const moves = !video.paused && video.videoWidth > 0 && video.currentTime !== from;
    return moves ? video.currentTime : null;
}"""


def moving_at(page: Page, video: str, deadline: float) -> float:
    """Return the second that a video plays, once it plays."""
    while (at := page.evaluate(MOVES, video)) is None:
        assert time.monotonic() < deadline, f"nothing plays: {video}"
    return at


def span_of(page: Page, number: int) -> tuple[float, float]:
    """Return where a scene begins and ends in its take, in seconds."""
    link = page.get_by_role("link", name=f"Play scene {number}")
    start, end = (link.get_attribute(f"data-{which}") for which in ("start", "end"))
    return float(start or "nan"), float(end or "nan")


def test_the_sample_story_plays_within_20_seconds_of_the_click(owner):
    page = owner.open_sample()
    expect(page.get_by_label("Frames", exact=True)).to_have_count(SCENES)

    page.get_by_role("button", name="Render story").click()
    clicked = time.monotonic()
    deadline = clicked + SECONDS_FROM_CLICK_TO_FILM
    for number in range(1, SCENES + 1):
        link = page.get_by_role("link", name=f"Play scene {number}")
        expect(link).to_be_visible(timeout=max(1, deadline - time.monotonic()) * 1000)
        link.click()
        start, end = span_of(page, number)
        while not start - 0.05 <= moving_at(page, IN_PLACE, deadline) <= end + 0.15:
            assert time.monotonic() < deadline, f"scene {number} does not play its own span"

    stage = page.get_by_role("complementary", name="Stage")
    stage.get_by_role("button", name="Play", exact=True).click()
    assert moving_at(page, ON_STAGE, deadline) < SECONDS_FROM_CLICK_TO_FILM
    for number in range(1, SCENES + 1):
        stage.get_by_role("button", name=f"Scene {number},").click()
        start, end = span_of(page, number)
        while not start - 0.05 <= moving_at(page, ON_STAGE, deadline) <= end + 0.15:
            assert time.monotonic() < deadline, f"the film does not reach scene {number}"
    assert time.monotonic() < deadline
