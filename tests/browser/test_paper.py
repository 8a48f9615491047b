"""The editor on paper: the story, and none of what it is worked with."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

LONG = "She said: it is so cold tonight, and nobody has bought a single match of me. " * 2


@pytest.fixture
def printed(owner) -> Page:
    """The sample with a long title and caption and a cut, as the printer gets it."""
    page = owner.open_sample()
    page.get_by_label("More about this story").click()
    page.get_by_role("button", name="Duplicate story").click()
    expect(page.get_by_label("Title", exact=True)).to_have_value("The Little Match Girl (copy)")
    page.get_by_label("Title", exact=True).fill("A cold night in winter, " * 5)
    page.get_by_label("Caption of scene 2").fill(LONG)
    page.get_by_role("button", name="Blend before scene 3").click()
    expect(page.get_by_role("button", name="Cut before scene 3")).to_be_visible()
    expect(page.locator("#saved")).to_contain_text("Saved")
    page.set_viewport_size({"width": 794, "height": 1123})
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    return page


def test_what_is_worked_with_stays_off_the_paper(printed):
    buttons = printed.locator("button, summary, video, .menu, progress, input[type=checkbox]")
    # A cut is part of the story, and shown by what makes it one.
    shown = [button.inner_text().strip() for button in buttons.all() if button.is_visible()]
    assert [words.split("\n")[0] for words in shown] == ["Cut"]
    for name in ("Stage", "How scenes join"):
        expect(printed.get_by_role("complementary", name=name)).to_be_hidden()
    expect(printed.locator("#look")).to_be_hidden()


def test_every_word_is_on_the_paper_however_long(printed):
    title = printed.get_by_text("A cold night in winter, " * 4)
    expect(title).to_be_visible()
    caption = printed.get_by_text(LONG.strip())
    expect(caption).to_be_visible()
    assert caption.bounding_box()["height"] > 30
    for prompt in ("In the wintry dusk", "A little girl, barefoot", "In the quiet night"):
        expect(printed.locator("p.on-paper", has_text=prompt)).to_be_visible()
    expect(printed.get_by_text("4.0 s").first).to_be_visible()
    assert printed.evaluate("document.documentElement.scrollWidth") <= 794


def test_the_paper_is_light_on_a_dark_screen_too(printed):
    colour = "getComputedStyle(document.querySelector('.scene__words p.on-paper')).color"
    assert printed.evaluate(colour) == "rgb(0, 0, 0)"
    assert printed.evaluate("getComputedStyle(document.body).backgroundColor") == (
        "rgb(255, 255, 255)"
    )


def test_after_printing_the_fields_are_back(printed):
    printed.evaluate("dispatchEvent(new Event('afterprint'))")
    printed.emulate_media(media="screen")
    expect(printed.locator(".on-paper")).to_have_count(0)
    expect(printed.get_by_label("Caption of scene 2")).to_be_visible()


def test_a_sheet_of_it_is_a_pdf_of_one_page(printed):
    printed.evaluate("dispatchEvent(new Event('afterprint'))")
    printed.emulate_media(media=None)
    assert printed.pdf(format="A4").count(b"/Type /Page\n") == 1
