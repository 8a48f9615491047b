"""A take is looked at, named, starred, picked, held, binned and restored, in a real browser."""

from __future__ import annotations

import pytest
from person import RENDERED
from playwright.sync_api import Page, expect
from test_pages import findings


@pytest.fixture(params=[1440, 390])
def take(request, new_person, first_account) -> Page:
    """A story of one scene with two takes; the first is on the stage."""
    size = {"width": request.param, "height": 900}
    page = new_person(storage_state=first_account, viewport=size).open("/")
    page.get_by_label("Begin with a line").fill("A fox waits by the gate")
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/projects/*/")
    expect(page.get_by_label("Prompt of scene 1")).to_be_visible()
    for number in (1, 2):
        page.get_by_role("button", name="Render story").click()
        made = page.get_by_role("link", name=f"Take {number}", exact=True)
        expect(made).to_be_visible(timeout=RENDERED)
        expect(page.locator("#live[data-polls]")).to_have_count(0)
    page.get_by_role("link", name="Take 1", exact=True).click()
    expect(page.locator("#take")).to_be_visible()
    return page


def test_a_take_is_picked_held_named_and_starred(take):
    shown = take.locator(".scene .chip")
    expect(shown).to_have_text("Take 2")
    take.get_by_role("button", name="Pick: part 1").click()
    expect(shown).to_have_text("Take 1")
    hold = take.get_by_role("button", name="Hold scene 1 against new takes")
    hold.click()
    expect(hold).to_have_attribute("aria-pressed", "true")
    take.get_by_label("Name of take 1").fill("The first snow")
    take.keyboard.press("Enter")
    expect(take.get_by_role("link", name="Take 1: The first snow")).to_be_visible()
    take.get_by_role("button", name="Star take 1").press("Enter")
    expect(take.get_by_role("link", name="Take 1: The first snow, starred")).to_be_visible()
    assert findings(take) == []
    take.get_by_role("link", name="All takes").click()
    take.get_by_role("link", name="Starred").click()
    expect(take.get_by_role("link", name="Take 1", exact=True)).to_be_visible()
    expect(take.get_by_role("link", name="Take 2", exact=True)).to_have_count(0)
    assert findings(take) == []
    take.get_by_role("link", name="Receipt").click()
    expect(take.get_by_role("heading", name="Receipt of take 1")).to_be_visible()
    assert findings(take) == []
    wide = take.evaluate("document.documentElement.scrollWidth")
    assert wide <= take.viewport_size["width"]


def test_a_take_goes_to_the_bin_and_comes_back(take):
    take.get_by_role("button", name="To the bin").click()
    expect(take.get_by_role("link", name="Take 1", exact=True)).to_have_count(0)
    take.get_by_role("link", name="All takes").click()
    take.get_by_role("button", name="Restore take 1").click()
    expect(take.get_by_role("heading", name="In the bin")).to_have_count(0)
    expect(take.get_by_role("link", name="Take 1", exact=True)).to_be_visible()
