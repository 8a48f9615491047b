"""The main job, as a writer does it: first account, sample story, Render story, watch."""

from __future__ import annotations

import time

from playwright.sync_api import Page, expect

SCENES = 4
SECONDS_FROM_CLICK_TO_FILM = 20

# The video that is on the screen moves on, with a picture in it; null until it does.
MOVES = """async () => {
    const video = document.querySelector("#screen video:not([hidden])");
    const from = video.currentTime;
    await new Promise(resolve => setTimeout(resolve, 120));
    const moves = !video.paused && video.videoWidth > 0 && video.currentTime !== from;
    return moves ? video.currentTime : null;
}"""


def moving_at(page: Page, deadline: float) -> float:
    """Return the second that the video on the screen plays, once it plays."""
    while (at := page.evaluate(MOVES)) is None:
        assert time.monotonic() < deadline, "nothing plays on the stage"
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
        while not start - 0.05 <= moving_at(page, deadline) <= end + 0.15:
            assert time.monotonic() < deadline, f"scene {number} does not play its own span"

    stage = page.get_by_role("complementary", name="Stage")
    for number in range(1, SCENES + 1):
        stage.get_by_role("button", name=f"Scene {number},").click()
        if page.locator("#play").get_attribute("aria-label") == "Play":
            page.locator("#play").click()
        assert moving_at(page, deadline) >= 0
    assert time.monotonic() < deadline
