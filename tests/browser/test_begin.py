"""A beginner's ways, the explanation that is told once, the bin, and many clips on a telephone."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect
from test_pages import findings

TELEPHONE = {"width": 390, "height": 844}
BODIES = "\n".join(
    json.dumps(
        {"prompts": [{"prompt": f"Clip {clip}, scene {row}", "frames": 32} for row in "abc"]}
    )
    for clip in range(1, 13)
)


@pytest.fixture
def empty(owner) -> Page:
    page = owner.open("/")
    page.get_by_role("button", name="New story").click()
    page.wait_for_url("**/projects/*/")
    return page


def fits(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def bring(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="Script").fill(text)
    page.get_by_role("button", name="Show what it becomes").click()
    page.get_by_role("button", name="Import", exact=True).click()
    page.wait_for_url("**/projects/*/?imported=*")


def test_ways_to_begin_go_with_the_first_words_and_come_back_with_none(empty):
    ways = empty.get_by_role("region", name="Ways to begin")
    expect(ways).to_be_visible()
    assert findings(empty) == []
    prompt = empty.get_by_label("Prompt of scene 1")
    prompt.fill("A fox waits")
    expect(ways).to_be_hidden()
    prompt.fill("")
    expect(ways).to_be_visible()


def test_a_script_pasted_into_an_empty_story_becomes_its_scenes(empty):
    bring(empty, "A fox waits by the gate\n\nThe gate opens")
    expect(empty.get_by_label("Prompt of scene 2")).to_have_value("The gate opens")


def test_how_scenes_join_is_told_until_it_is_put_away(empty):
    bring(empty, "A fox waits by the gate\n\nThe gate opens")
    told = empty.get_by_role("complementary", name="How scenes join")
    expect(told).to_be_visible()
    assert findings(empty) == []
    told.get_by_role("button", name="Got it").click()
    expect(told).to_have_count(0)
    empty.reload()
    expect(empty.get_by_label("Prompt of scene 1")).to_be_visible()
    expect(told).to_have_count(0)


def test_a_telephone_shows_the_clip_that_one_writes_in(empty):
    bring(empty, BODIES)
    empty.set_viewport_size(TELEPHONE)
    strip = empty.get_by_role("region", name="Frame budget")
    expect(strip.get_by_text("Clip 1", exact=True)).to_be_in_viewport()
    assert strip.bounding_box()["height"] < 90
    assert fits(empty)
    empty.get_by_label("Prompt of scene 22").focus()
    expect(strip.get_by_text("Clip 8", exact=True)).to_be_in_viewport(ratio=1)
    expect(strip.get_by_text("Clip 1", exact=True)).not_to_be_in_viewport()


@pytest.mark.parametrize("viewport", [TELEPHONE, {"width": 1440, "height": 900}])
def test_a_scene_goes_to_the_bin_and_comes_back(empty, viewport):
    empty.set_viewport_size(viewport)
    bring(empty, "A fox waits by the gate\n\nThe gate opens")
    story = empty.url.split("?")[0]
    empty.get_by_label("More for scene 2").click()
    empty.get_by_role("button", name="Delete scene 2").click()
    expect(empty.get_by_label("Prompt of scene 2")).to_have_count(0)
    empty.get_by_label("More about this story").click()
    empty.get_by_role("link", name="Bin of scenes").click()
    expect(empty.get_by_text("The gate opens")).to_be_visible()
    assert findings(empty) == []
    assert fits(empty)
    empty.get_by_role("button", name="Restore").click()
    expect(empty.get_by_label("Prompt of scene 2")).to_have_value("The gate opens")
    empty.goto(f"{story}request/")
    assert findings(empty) == []
    assert fits(empty)
    empty.goto(story)
    empty.get_by_label("More about this story").click()
    empty.get_by_role("button", name="Delete story").click()
    empty.get_by_role("link", name="Bin: stories deleted").click()
    expect(empty.get_by_role("heading", name="Bin")).to_be_visible()
    assert findings(empty) == []
    assert fits(empty)
    empty.get_by_role("link", name="Delete for good").first.click()
    assert findings(empty) == []
    empty.get_by_role("button", name="Delete it for good").click()
    expect(empty.get_by_text("was deleted for good")).to_be_visible()


def test_a_request_is_copied_with_one_press(empty, installation):
    empty.context.grant_permissions(["clipboard-read", "clipboard-write"])
    bring(empty, "It's dusk!\n\nThe gate opens")
    empty.get_by_label("More about this story").click()
    empty.get_by_role("link", name="Copy as JSON or curl").click()
    empty.get_by_role("button", name="Copy clip 1 as curl").click()
    expect(empty.get_by_text("Copied")).to_be_visible()
    copied = empty.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("curl --request POST")
    assert "It\\u0027s dusk\\u0021" in copied
