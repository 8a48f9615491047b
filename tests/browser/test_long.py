"""A story of many clips: its rows come as one reads on, and are written like any others."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect
from test_pages import findings

# Six clips of ten scenes, as bodies of the service's own request.
BODIES = "\n".join(
    json.dumps(
        {
            "prompts": [
                {"prompt": f"Clip {clip}, moment {row}", "frames": 10} for row in range(1, 11)
            ]
        }
    )
    for clip in range(1, 7)
)
TELEPHONE = {"width": 390, "height": 844}


@pytest.fixture
def story(owner) -> Page:
    page = owner.open("/")
    page.get_by_role("button", name="New story").click()
    page.wait_for_url("**/projects/*/")
    page.get_by_role("textbox", name="Script").fill(BODIES)
    page.get_by_role("button", name="Show what it becomes").click()
    page.get_by_role("button", name="Import", exact=True).click()
    page.wait_for_url("**/projects/*/?imported=*")
    page.goto(page.url.split("?")[0])
    return page


def prompts(page: Page):
    return page.get_by_label(re.compile(r"^Prompt of scene"))


def prompt(page: Page, number: int):
    return page.get_by_label(f"Prompt of scene {number}", exact=True)


def saved(page: Page) -> None:
    expect(page.locator("[data-dirty]")).to_have_count(0)
    expect(page.locator("#saved")).to_contain_text("Saved")


@pytest.mark.parametrize("viewport", [TELEPHONE, {"width": 1440, "height": 900}])
def test_rows_come_as_one_reads_on(story, viewport):
    story.set_viewport_size(viewport)
    expect(prompts(story)).to_have_count(24)
    assert findings(story) == []
    for count in (48, 60):
        story.locator("#scenes-more").scroll_into_view_if_needed()
        expect(prompts(story)).to_have_count(count)
    expect(story.locator("#scenes-more")).to_have_count(0)
    expect(prompt(story, 60)).to_have_value("Clip 6, moment 10")
    assert story.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_a_clip_far_away_opens_and_is_written_like_the_first(story):
    expect(prompts(story)).to_have_count(24)
    story.get_by_role("region", name="Frame budget").get_by_text("Clip 5", exact=True).click()
    story.wait_for_url(re.compile(r"\?scene=\d+#scene-\d+"))
    expect(prompt(story, 41)).to_be_in_viewport()
    expect(prompt(story, 1)).to_have_count(0)
    expect(story.get_by_text("Clip 5", exact=True)).to_be_in_viewport()
    story.get_by_label("Frames", exact=True).nth(2).fill("16")
    expect(story.locator("#clip-5 [data-used]")).to_have_text("106")
    saved(story)
    # Over the border of what is here.
    prompt(story, 39).focus()
    story.keyboard.press("Alt+ArrowUp")
    expect(prompt(story, 38)).to_have_value("Clip 4, moment 9")
    prompt(story, 41).fill("Written far away")
    saved(story)
    story.get_by_label("More for scene 41").click()
    story.get_by_role("button", name="Duplicate").click()
    expect(prompt(story, 42)).to_have_value("Written far away")
    story.get_by_role("button", name="Undo").first.click()
    expect(prompt(story, 42)).to_have_value("Clip 5, moment 2")
    story.reload()
    expect(prompt(story, 41)).to_have_value("Written far away")


def test_words_kept_for_a_row_that_comes_later_are_taken_up(story):
    expect(prompts(story)).to_have_count(24)
    field = prompt(story, 20)
    kept = field.evaluate(
        """(field) => {
            const key = `draft:${document.body.dataset.person}:${location.pathname}:${field.id}`;
            const base = field.form.elements.version.value;
            localStorage.setItem(key, JSON.stringify({ text: "Kept in this browser", base }));
            return key;
        }"""
    )
    story.reload()
    expect(field).to_have_value("Kept in this browser")
    saved(story)
    assert story.evaluate("(key) => localStorage.getItem(key)", kept) is None
    story.reload()
    expect(field).to_have_value("Kept in this browser")


def test_rows_that_come_while_one_writes_leave_no_gap(story):
    expect(prompts(story)).to_have_count(24)
    prompt(story, 2).focus()
    story.keyboard.press("Control+End")
    story.keyboard.press("Enter")
    story.locator("#scenes-more").scroll_into_view_if_needed()
    expect(prompts(story)).to_have_count(48)
    numbers = story.locator("#scenes .scene__grip b").all_text_contents()
    assert numbers == [str(number) for number in range(1, 49)]
