"""Rows at speed: by keys, by mouse, by paste, and by their borders."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect


@pytest.fixture
def story(owner) -> Page:
    """A new story of one scene, begun with a line."""
    page = owner.open("/")
    page.get_by_label("Begin with a line").fill("A fox waits by the gate")
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/projects/*/")
    expect(prompts(page)).to_have_count(1)
    return page


def prompts(page: Page):
    return page.get_by_label(re.compile(r"^Prompt of scene"))


def frames(page: Page):
    return page.get_by_label("Frames", exact=True)


def saved(page: Page) -> None:
    expect(page.locator("#saved")).to_contain_text("Saved")
    expect(page.locator("[data-dirty]")).to_have_count(0)


def write(page: Page, *lines: str) -> None:
    """Write on below the last scene, by keyboard alone."""
    prompts(page).last.focus()
    page.keyboard.press("Control+End")
    for line in lines:
        count = prompts(page).count()
        page.keyboard.press("Enter")
        expect(prompts(page)).to_have_count(count + 1)
        expect(prompts(page).last).to_be_focused()
        page.keyboard.type(line)
    saved(page)


def test_a_story_is_written_split_and_shortened_by_keys(story):
    write(story, "The gate opens. Nobody is there", "It goes in")
    prompts(story).nth(1).focus()
    story.keyboard.press("Control+Home")
    for _ in range(len("The gate opens. ")):
        story.keyboard.press("ArrowRight")
    story.keyboard.press("Alt+Enter")
    expect(prompts(story)).to_have_count(4)
    expect(prompts(story).nth(1)).to_have_value("The gate opens.")
    expect(prompts(story).nth(2)).to_have_value("Nobody is there")
    prompts(story).nth(3).fill("")
    saved(story)
    story.keyboard.press("Backspace")
    expect(prompts(story)).to_have_count(3)
    expect(prompts(story).nth(2)).to_be_focused()


def test_a_cut_gives_a_second_strip_and_a_blend_takes_it_away(story):
    write(story, "The gate opens")
    joint = story.get_by_role("button", name=re.compile("before scene 2"))
    joint.click()
    expect(story.locator(".budget__clip")).to_have_count(2)
    expect(joint).to_contain_text("Cut")
    joint.click()
    expect(story.locator(".budget__clip")).to_have_count(1)
    expect(joint).to_contain_text("Blend")


def test_a_row_is_dragged_to_another_place(story):
    write(story, "The gate opens", "It goes in")
    grips = story.locator("[data-grip]")
    story.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    start = grips.nth(1).bounding_box()
    above = story.locator("#scenes > li").nth(0).bounding_box()
    story.mouse.move(start["x"] + 8, start["y"] + 8)
    story.mouse.down()
    story.mouse.move(start["x"] + 8, start["y"] - 20, steps=4)
    story.mouse.move(start["x"] + 8, above["y"] + 0.2 * above["height"], steps=12)
    expect(story.locator("#scenes > li").first).to_have_class(re.compile("sortable-ghost"))
    story.mouse.up()
    expect(prompts(story).nth(1)).to_have_value("A fox waits by the gate")
    saved(story)
    story.reload()
    expect(prompts(story).nth(1)).to_have_value("A fox waits by the gate")


def test_a_border_of_the_strip_is_dragged_and_moved_by_keys(story):
    write(story, "The gate opens")
    border = story.get_by_role("slider", name=re.compile("behind scene 1"))
    box = border.bounding_box()
    story.mouse.move(box["x"] + 5, box["y"] + 8)
    story.mouse.down()
    story.mouse.move(box["x"] - 45, box["y"] + 8, steps=5)
    story.mouse.up()
    expect(frames(story).first).not_to_have_value("16")
    saved(story)
    total = sum(int(frames(story).nth(place).input_value()) for place in (0, 1))
    assert total == 32
    before = int(frames(story).first.input_value())
    expect(frames(story).first).to_have_attribute("data-stored", str(before))
    border.focus()
    story.keyboard.press("ArrowRight")
    expect(frames(story).first).to_have_value(str(before + 1))
    expect(story.locator("[data-segment-frames]").first).to_have_text(str(before + 1))


def test_several_rows_are_chosen_and_deleted_in_one_step(story):
    write(story, "The gate opens", "It goes in")
    story.get_by_label("Choose scene 1").check()
    story.get_by_label("Choose scene 3").check()
    expect(story.locator("#selection")).to_contain_text("2 scenes chosen")
    story.locator("#selection").get_by_role("button", name="Delete").click()
    expect(prompts(story)).to_have_count(1)
    story.locator("#story-notice").get_by_role("button", name="Undo").click()
    expect(prompts(story)).to_have_count(3)


def test_pasted_lines_are_shown_before_they_become_rows(story):
    story.evaluate(
        """() => {
            const field = document.querySelector("textarea.scene__prompt");
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", "The gate opens\\n\\nIt goes in");
            const options = { clipboardData, bubbles: true, cancelable: true };
            field.dispatchEvent(new ClipboardEvent("paste", options));
        }"""
    )
    expect(story.locator("#pasted")).to_contain_text("2 scenes will be added")
    story.get_by_role("button", name="Add these scenes").click()
    expect(prompts(story)).to_have_count(3)
    expect(prompts(story).nth(1)).to_have_value("The gate opens")
    expect(story.get_by_label("Lines, each a scene")).to_be_hidden()


def test_the_sheet_of_keys_opens_and_closes(story):
    story.get_by_role("heading", name="Look").click()
    story.keyboard.press("?")
    expect(story.get_by_role("dialog", name="Keys")).to_be_visible()
    story.keyboard.press("Escape")
    expect(story.get_by_role("dialog", name="Keys")).to_be_hidden()
