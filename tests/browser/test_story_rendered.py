"""The main job, as a writer does it: first account, sample story, Render story, watch."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Page, expect

SCENES = 4
SECONDS_FROM_CLICK_TO_FILM = 20


def played(page: Page, video: str) -> float:
    """Play the first video that `video` selects; return where it is after it has moved on."""
    return page.evaluate(
        """async (selector) => {
            const video = document.querySelector(selector);
            video.muted = true;
            await video.play();
            const from = video.currentTime;
            await new Promise((resolve, reject) => {
                const until = performance.now() + 5000;
                const look = () => {
                    if (video.currentTime > from && video.videoWidth > 0) resolve();
                    else if (performance.now() > until) reject(new Error("it does not move"));
                    else requestAnimationFrame(look);
                };
                look();
            });
            return video.currentTime;
        }""",
        video,
    )


def test_the_sample_story_plays_within_20_seconds_of_the_click(owner):
    page = owner.open_sample()
    expect(page.get_by_label("Frames")).to_have_count(SCENES)

    page.get_by_role("button", name="Render story").click()
    clicked = time.monotonic()
    stage = page.locator("#stage video")
    expect(stage).to_be_visible(timeout=SECONDS_FROM_CLICK_TO_FILM * 1000)
    assert played(page, "#stage video") > 0
    for number in range(1, SCENES + 1):
        row = page.locator(".scene").nth(number - 1)
        expect(row.get_by_role("button", name=f"Play scene {number}")).to_be_visible()
    assert time.monotonic() - clicked < SECONDS_FROM_CLICK_TO_FILM


@pytest.fixture
def rendered(owner) -> Page:
    """The sample story's page, with a take."""
    page = owner.open_sample()
    if not page.locator("#stage video").count():
        page.get_by_role("button", name="Render story").click()
        expect(page.locator("#stage video")).to_be_visible(timeout=30_000)
    return page
