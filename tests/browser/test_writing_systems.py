"""Stories in scripts that run from the right, or whose words no space divides."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

STORIES = {
    "Arabic": (
        "بائعة الكبريت الصغيرة",
        "في غسق الشتاء، تمسك فتاة صغيرة بأعواد الثقاب.",
        "يسقط نجم فوق المدينة (fog 0.4).",
    ),
    "Hebrew": (
        "מוכרת הגפרורים",
        "בדמדומי החורף, ילדה קטנה מחזיקה גפרורים.",
        "כוכב נופל: 3 גפרורים.",
    ),
    "Chinese": ("卖火柴的小女孩", "冬日黄昏，一个小女孩紧紧握着火柴，" * 8, "一颗星星落下。"),
    "Japanese": (
        "マッチ売りの少女",
        "冬の夕暮れ、小さな女の子がマッチを握りしめている。" * 6,
        "星が流れ落ちる。",
    ),
}
SIZES = [{"width": 390, "height": 844}, {"width": 1440, "height": 900}]


@pytest.fixture(params=list(STORIES))
def told(request, owner) -> tuple[Page, str, str]:
    """A story of two scenes with a title and a caption; its page, direction and title."""
    title, first, second = STORIES[request.param]
    page = owner.open("/")
    page.get_by_label("Begin with a line").fill(first)
    page.get_by_role("button", name="Begin", exact=True).click()
    page.wait_for_url("**/projects/*/")
    page.get_by_role("button", name="Add scene").click()
    # Pressed before the scripts are there it leads to a new page, away from what is typed here.
    expect(page.get_by_label("Prompt of scene 2")).to_be_focused()
    page.get_by_label("Title", exact=True).fill(title)
    page.get_by_label("Prompt of scene 2").fill(second)
    page.get_by_label("Caption of scene 2").fill(second)
    expect(page.locator("[data-dirty]")).to_have_count(0)
    expect(page.locator("#saved")).to_contain_text("Saved")
    return page, "rtl" if request.param in ("Arabic", "Hebrew") else "ltr", title


def direction(page: Page, selector: str) -> str:
    return page.locator(selector).first.evaluate("one => getComputedStyle(one).direction")


def fits(page: Page) -> None:
    for size in SIZES:
        page.set_viewport_size(size)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size["width"], page.url


def test_words_stand_as_they_are_read_on_every_page_and_at_every_width(told):
    page, reads, title = told
    story = page.url.split("?")[0].split("#")[0]
    for selector in ("#title", ".scene__prompt", "#scenes li:last-child .scene__caption"):
        assert direction(page, selector) == reads, selector
    # The page itself, its strip and its buttons keep their direction.
    assert direction(page, ".strip") == direction(page, ".actions") == "ltr"
    fits(page)
    page.goto(f"{story}history/")
    assert direction(page, ".crumbs a") == reads
    assert direction(page, ".history__what") == "ltr"
    fits(page)
    page.locator(".history__entry a").last.click()
    assert direction(page, ".history__scene .serif") == reads
    fits(page)
    for path in ("import/", "request/", "bin/"):
        page.goto(story + path)
        assert direction(page, ".crumbs a") == reads
        fits(page)
    page.goto("/".join(story.split("/")[:3]))
    expect(page.get_by_role("link", name=title)).to_be_visible()
    assert direction(page, ".story__title") == reads
    fits(page)


def test_a_caption_is_not_slanted_by_the_machine(told):
    page, _, _ = told
    style = page.locator("#scenes li:last-child .scene__caption").evaluate(
        "one => getComputedStyle(one).fontStyle"
    )
    assert style == "normal"
