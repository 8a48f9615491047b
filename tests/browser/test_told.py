"""What tells of renders while one looks elsewhere: the tab's title and icon, and a notice."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from person import RENDERED, Person
from playwright.sync_api import Page, expect
from test_pages import findings
from watching import watched

# Chromium without a window never hides a tab, and has nobody to show a notice to.
ELSEWHERE = """(() => {
  let away = false;
  Object.defineProperty(document, "hidden", { get: () => away });
  window.goAway = (gone) => {
    away = gone;
    document.dispatchEvent(new Event("visibilitychange"));
  };
  window.notices = [];
  window.Notification = class extends EventTarget {
    static permission = "default";
    static async requestPermission() {
      Notification.permission = window.refuses ? "denied" : "granted";
      return Notification.permission;
    }
    constructor(title, options) {
      super();
      window.notices.push({ title, ...options });
    }
    close() {}
  };
})();"""
ICON = "document.querySelector('link[rel=icon]').href"


@pytest.fixture(scope="module")
def address(browser, installation, first_account) -> Iterator[str]:
    with watched(browser, installation.address, storage_state=first_account) as context:
        page = Person(context, context.new_page(), installation.address).open("/")
        page.get_by_label("Begin with a line").fill("A heron in the reeds at dawn")
        page.get_by_role("button", name="Begin").click()
        page.wait_for_url("**/projects/*/")
        yield page.url


@pytest.fixture
def story(owner, address) -> Page:
    owner.page.add_init_script(ELSEWHERE)
    return owner.open(address)


def render(page: Page) -> None:
    page.get_by_role("button", name="Render story").click()
    expect(page.locator("#live[data-polls]")).to_have_count(1)


def ended(page: Page) -> None:
    expect(page.locator("#live[data-polls]")).to_have_count(0, timeout=RENDERED)


def test_title_and_icon_show_that_something_renders_and_that_it_is_ready(story):
    title, icon = story.title(), story.evaluate(ICON)
    story.evaluate("goAway(true)")
    render(story)
    expect(story).to_have_title(f"(1) {title}")
    assert "favicon-going" in story.evaluate(ICON)
    ended(story)
    expect(story).to_have_title(f"Ready: {title}")
    assert "favicon-ready" in story.evaluate(ICON)
    story.evaluate("goAway(false)")
    expect(story).to_have_title(title)
    assert story.evaluate(ICON) == icon


def test_who_looks_on_sees_the_plain_title_again(story):
    title = story.title()
    render(story)
    expect(story).to_have_title(f"(1) {title}")
    ended(story)
    expect(story).to_have_title(title)
    assert "favicon-" not in story.evaluate(ICON)


def test_a_notice_comes_where_it_was_asked_for_and_one_is_elsewhere(story, address):
    story.get_by_role("link", name="Tell me when renders end").click()
    story.wait_for_url("**/telling/")
    ask = story.get_by_role("button", name="Notice in this browser")
    ask.click()
    expect(ask).to_have_attribute("aria-pressed", "true")
    expect(story.locator("#telling-said")).to_contain_text("tells you when renders end")
    story.get_by_label("Where you are").get_by_role("link").click()
    story.wait_for_url(address)
    # Granted, as browsers remember it.
    story.evaluate("Notification.permission = 'granted'")
    render(story)
    story.evaluate("goAway(true)")
    ended(story)
    story.wait_for_function("notices.length === 1")
    notice = story.evaluate("notices[0]")
    assert re.fullmatch("Ready: .+", notice["title"])
    assert "Storyboard" not in notice["title"]
    assert notice["body"] == "Your film is on the stage."
    story.evaluate("goAway(false)")
    render(story)
    ended(story)
    assert story.evaluate("notices.length") == 1


def test_a_notice_can_be_refused_by_the_browser_and_by_its_reader(story):
    story.get_by_label("More about this story").click()
    story.locator(".menu").get_by_role("link", name="Tell me when renders end").click()
    story.wait_for_url("**/telling/")
    assert findings(story) == []
    ask = story.get_by_role("button", name="Notice in this browser")
    story.evaluate("window.refuses = true")
    ask.click()
    expect(story.locator("#telling-said")).to_contain_text("refuses notices from this site")
    expect(ask).to_have_attribute("aria-pressed", "false")
    story.evaluate("window.refuses = false")
    ask.press("Enter")
    expect(ask).to_have_attribute("aria-pressed", "true")
    ask.press("Enter")
    expect(ask).to_have_attribute("aria-pressed", "false")
    expect(story.locator("#telling-said")).to_contain_text("shows no notices now")


def test_the_ways_of_being_told_fit_a_telephone(new_person, first_account, address):
    phone = new_person(storage_state=first_account, viewport={"width": 390, "height": 844})
    page = phone.open(f"{address}telling/")
    expect(page.get_by_role("heading", name="When renders end")).to_be_visible()
    expect(page.get_by_role("button", name="Notice in this browser")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert findings(page) == []
