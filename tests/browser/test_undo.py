"""Undo and redo by keyboard and by button, with what one types kept safe."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect


@pytest.fixture
def story(owner) -> Page:
    page = owner.open("/")
    page.get_by_label("Begin with a line").fill("A fox waits by the gate")
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/projects/*/")
    expect(prompts(page)).to_have_count(1)
    return page


def prompts(page: Page):
    return page.get_by_label(re.compile(r"^Prompt of scene"))


def saved(page: Page) -> None:
    expect(page.locator("#saved")).to_contain_text("Saved")
    expect(page.locator("[data-dirty]")).to_have_count(0)


def test_words_just_typed_are_taken_back_by_keyboard_and_the_cursor_stays(story):
    prompts(story).first.fill("A fox waits by the river")
    story.keyboard.press("Control+z")
    expect(prompts(story).first).to_have_value("A fox waits by the gate")
    expect(prompts(story).first).to_be_focused()
    story.keyboard.press("Control+Shift+z")
    expect(prompts(story).first).to_have_value("A fox waits by the river")
    saved(story)


def test_frames_and_look_are_taken_back_by_button(story):
    story.get_by_role("button", name="4 frames more in scene 1").click()
    expect(story.get_by_label("Frames", exact=True)).to_have_value("20")
    saved(story)
    story.get_by_role("button", name="Undo").first.click()
    expect(story.get_by_label("Frames", exact=True)).to_have_value("16")
    expect(story.locator("#story-notice")).to_contain_text("Undone: frames of")
    expect(story.locator("[data-segment-frames]")).to_have_text("16")
    story.locator("#story-notice").get_by_role("button", name="Redo").click()
    expect(story.get_by_label("Frames", exact=True)).to_have_value("20")


def test_a_version_is_read_and_restored(story):
    prompts(story).first.fill("A fox waits by the river")
    saved(story)
    story.get_by_label("More about this story").click()
    story.get_by_role("link", name="History").click()
    story.get_by_role("link", name=re.compile("added")).click()
    expect(story.locator(".history__scene ins")).to_have_text("river")
    story.get_by_role("button", name="Restore this version").click()
    expect(prompts(story).first).to_have_value("A fox waits by the gate")
    expect(story.locator("#story-notice")).to_contain_text("Restored")
