"""The settings of a look in a real browser, where two people hold one page each."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect


def opened(page: Page) -> Locator:
    """Open the settings of the story on this page."""
    look = page.locator("#look")
    look.locator(".look__summary").click()
    return look


def saved(page: Page) -> None:
    expect(page.locator("#saved")).to_have_text("Saved · just now")
    expect(page.locator("[data-dirty]")).to_have_count(0)


@pytest.fixture
def story(owner) -> Page:
    page = owner.open("/")
    page.get_by_label("Begin with a line").fill("A lamp in the fog")
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/projects/*/")
    expect(page.locator("#look")).to_be_visible()
    return page


def test_a_box_is_ticked_and_unticked_and_each_is_saved(story):
    look = opened(story)
    loop = look.get_by_label("Closed loop")
    loop.check()
    expect(look.locator(".look__summary")).to_contain_text("loop")
    saved(story)
    loop.uncheck()
    expect(look.locator(".look__summary")).not_to_contain_text("loop")
    saved(story)
    story.reload()
    expect(loop).not_to_be_checked()


def test_a_field_in_focus_does_not_take_back_what_somebody_else_stored(story, owner):
    other = owner.context.new_page()
    other.goto(story.url)
    mine, theirs = opened(story), opened(other)
    theirs.get_by_label("Steps").fill("31")
    saved(other)
    # Saved while another field has the focus, as by one who tabs from field to field.
    mine.get_by_label("Width").fill("640")
    mine.get_by_label("Steps").focus()
    expect(mine.locator(".look__summary")).to_contain_text("640 × 512")
    mine.get_by_label("Guidance").fill("9")
    saved(story)
    other.reload()
    expect(theirs.locator(".look__summary")).to_contain_text("640 × 512 · 31 steps")


def test_the_focus_stays_with_the_look_once_a_model_is_chosen(story):
    look = story.locator("#look")
    look.get_by_role("link", name="Change the checkpoint").press("Enter")
    expect(look.get_by_role("searchbox")).to_be_focused()
    look.locator("#models-found button:enabled").first.press("Enter")
    expect(look.locator("#models")).to_have_count(0)
    expect(look.get_by_role("link", name="Change the checkpoint")).to_be_focused()


def test_the_picker_closes_with_escape_and_gives_the_focus_back(story):
    look = story.locator("#look")
    add = look.get_by_role("link", name="+ LoRA or embedding")
    add.press("Enter")
    expect(look.get_by_role("searchbox")).to_be_focused()
    story.keyboard.press("Escape")
    expect(look.get_by_role("searchbox")).to_be_hidden()
    expect(add).to_be_focused()
