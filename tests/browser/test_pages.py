"""What holds on every page: it fits a telephone, and a screen reader finds its way."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

AXE = Path(__file__).parent / "vendor" / "axe" / "axe-4.14.1.min.js"
PAGES = ["stories", "editor", "share", "team", "attention", "account"]


@pytest.fixture(params=["light", "dark"])
def scheme(request) -> str:
    return request.param


def show(person, name: str) -> Page:
    """Open one of the pages by its name."""
    if name == "editor":
        return person.open_sample()
    if name == "share":
        page = person.open_sample()
        # By its address: on a telephone the link is in a menu.
        page.goto(f"{page.url}share/")
        expect(page.get_by_role("heading", name="Share", exact=True)).to_be_visible()
        return page
    page = person.open({"attention": "/attention/", "account": "/accounts/"}.get(name, "/"))
    if name == "account":
        expect(page.get_by_role("heading", name="Your account", exact=True)).to_be_visible()
    if name == "attention":
        expect(page.get_by_role("heading", name="Needs you", exact=True)).to_be_visible()
    if name == "team":
        page.locator("summary", has_text="Teams").click()
        page.get_by_role("link", name="Ada's stories", exact=True).click()
        expect(page.get_by_role("heading", name="Invite by link")).to_be_visible()
    return page


def findings(page: Page) -> list[str]:
    """Return what axe finds serious or critical, with the elements it means."""
    # Evaluated by the debugger, which the page's own security policy does not bind.
    page.evaluate(AXE.read_text())
    # What is fading in has not its colour yet.
    page.wait_for_function(
        "() => !document.getAnimations().some((one) => one instanceof CSSTransition)"
    )
    # What it would load beforehand, the policy refuses; no rule of these needs it.
    result = page.evaluate("axe.run(document, {resultTypes: ['violations'], preload: false})")
    return [
        f"{found['id']}: {' '.join(found['nodes'][0]['target'])} ({len(found['nodes'])} places)"
        for found in result["violations"]
        if found["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_telephone_without_scrolling_sideways(new_person, first_account, name):
    person = new_person(storage_state=first_account, viewport={"width": 390, "height": 844})
    page = show(person, name)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_serious_fault_for_a_screen_reader(new_person, first_account, name, scheme):
    person = new_person(storage_state=first_account, color_scheme=scheme)
    assert findings(show(person, name)) == []


def test_the_sign_in_page_has_no_serious_fault_and_fits(new_person, first_account):
    person = new_person(viewport={"width": 390, "height": 844})
    page = person.open("/")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_every_answer_forbids_scripts_and_styles_from_elsewhere(owner):
    answer = owner.page.goto(f"{owner.address}/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
