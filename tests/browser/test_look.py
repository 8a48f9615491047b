"""Choosing a look in a real browser, from the catalogue that the built-in engine offers."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect
from test_pages import findings
from waiting import wait_for


def look(page: Page) -> Locator:
    return page.locator("#look")


def open_picker(page: Page, link: Locator) -> None:
    """Open the picker, once the poller has read the engine's catalogue."""

    def has_models() -> bool:
        link.click()
        expect(look(page).get_by_role("searchbox")).to_be_focused()
        return look(page).locator("#models-found").get_by_role("button").count() > 0

    wait_for(has_models)


def test_a_lora_is_found_as_one_types_and_its_strength_is_kept(owner):
    page = owner.open_sample()
    open_picker(page, look(page).get_by_role("link", name="+ LoRA or embedding"))
    found = look(page).locator("#models-found")
    page.keyboard.type("candle")
    expect(found.get_by_role("button")).to_have_count(1)
    assert findings(page) == []
    found.get_by_role("button", name="Candle light").click()
    strength = look(page).get_by_role("textbox", name="Strength of Candle light")
    expect(strength).to_have_value("0.70")
    expect(found).to_have_count(0)

    look(page).get_by_role("slider", name="Strength of Candle light").fill("0.25")
    expect(strength).to_have_value("0.25")
    strength.fill("1.5")
    expect(look(page).get_by_text("Write a number, 0 to 1.")).to_be_visible()
    expect(strength).to_have_value("1.5")
    strength.fill("0.9")
    expect(look(page).get_by_text("Write a number, 0 to 1.")).to_have_count(0)
    expect(page.locator("#saved")).to_have_text("Saved · just now")
    page.reload()
    expect(strength).to_have_value("0.90")
    look(page).get_by_role("button", name="Take Candle light out of the look").click()
    expect(strength).to_have_count(0)


def test_a_setting_is_saved_while_it_is_typed_and_the_focus_stays(owner):
    page = owner.open_sample()
    summary = look(page).locator(".look__summary")
    summary.click()
    steps = look(page).get_by_label("Steps")
    steps.fill("")
    steps.press_sequentially("24", delay=60)
    expect(summary).to_contain_text("24 steps")
    expect(steps).to_be_focused()
    assert findings(page) == []
    steps.fill("99")
    expect(look(page).get_by_text("Write a whole number, 1 to 50.")).to_be_visible()
    expect(steps).to_have_value("99")
    steps.fill("20")
    expect(summary).to_contain_text("20 steps")
    expect(page.locator("#saved")).to_have_text(re.compile("^Saved"))


def test_another_checkpoint_is_chosen_with_the_keyboard_alone(owner):
    page = owner.open_sample()
    change = look(page).get_by_role("link", name="Change the checkpoint")
    open_picker(page, change)
    page.keyboard.type("noir")
    choice = look(page).get_by_role("button", name="Noir")
    expect(choice).to_be_visible()
    choice.press("Enter")
    expect(look(page).locator("#look-checkpoint")).to_contain_text("Noir")
    cover = look(page).locator("#look-checkpoint img")
    page.reload()
    wait_for(lambda: page.reload() and cover.count() == 1)
    wait_for(lambda: cover.evaluate("image => image.naturalWidth") == 96)
