"""The keeper's pages: walked by keyboard, on a telephone, light and dark, and for a reader."""

from __future__ import annotations

import re

import pytest
from person import PASSWORD
from playwright.sync_api import Page, expect
from test_invited import invitation_link
from test_pages import findings
from test_passkeys import sign_in

PAGES = {
    "Overview": "Installation",
    "Users": "Users",
    "Teams": "Teams",
    "Activity": "Activity of the installation",
    "Letters": "Letters",
}
ROWS = ("Users", "Teams", "Memberships", "Activities", "Projects", "Renders", "Takes")


@pytest.fixture(params=["light", "dark"])
def scheme(request) -> str:
    return request.param


@pytest.fixture
def somebody(new_person, first_account, owner) -> str:
    """Somebody else, who joined by an invitation and forgot the password; their address."""
    page = owner.open("/")
    page.locator("summary", has_text="Teams").click()
    page.get_by_role("link", name="Ada's stories", exact=True).click()
    link = invitation_link(page, "Viewer")
    other = new_person()
    other.open(link)
    other.page.get_by_role("button", name="Create account").click()
    other.sign_up("Grace")
    expect(other.page.get_by_role("heading", name="Stories")).to_be_visible()
    other.page.get_by_label("Your account").click()
    address = other.page.locator(".menu__who .muted").inner_text()
    other.page.get_by_role("button", name="Sign out").click()
    expect(other.page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    other.open("/accounts/password/reset/")
    other.page.get_by_label(re.compile("e-?mail", re.IGNORECASE)).fill(address)
    other.page.get_by_role("button", name="Send the link").click()
    expect(other.page.get_by_role("heading", name="Look for the link")).to_be_visible()
    return address


def tab(page: Page, name: str) -> None:
    """Go to one of the pages by the keyboard."""
    page.get_by_role("navigation", name="Installation").get_by_role("link", name=name).press(
        "Enter"
    )
    expect(page.get_by_role("heading", level=1)).to_have_text(PAGES[name])


def test_the_pages_fit_a_telephone_and_have_no_serious_fault(new_person, first_account, scheme):
    person = new_person(
        storage_state=first_account, viewport={"width": 390, "height": 844}, color_scheme=scheme
    )
    page = person.open("/")
    page.get_by_label("Your account").press("Enter")
    page.get_by_role("link", name="Installation").press("Enter")
    for name in PAGES:
        tab(page, name)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
        assert findings(page) == [], name


def test_an_account_is_found_and_helped_by_the_keyboard_alone(owner, new_person, somebody):
    page = owner.open("/installation/users/")
    page.get_by_role("searchbox").focus()
    page.keyboard.type(somebody)
    expect(page.get_by_role("status").filter(has_text="1 found for")).to_be_visible()
    page.get_by_role("link", name="Grace").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Grace")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Make a link").press("Enter")
    link = page.get_by_label("Link for Grace").input_value()
    assert "/accounts/password/reset/key/" in link
    assert findings(page) == []
    page.get_by_role("button", name="Switch off").press("Enter")
    expect(page.get_by_text("is signed out everywhere and cannot come in")).to_be_visible()
    late = new_person()
    late.open("/accounts/login/")
    late.page.get_by_label(re.compile("e-?mail", re.IGNORECASE)).fill(somebody)
    late.page.get_by_label("Password", exact=True).fill(PASSWORD)
    late.page.get_by_role("button", name="Sign in", exact=True).click()
    expect(late.page.get_by_text("switched off")).to_be_visible()
    page.get_by_role("button", name="Switch on again").press("Enter")
    expect(page.get_by_text("can sign in again")).to_be_visible()
    tab(page, "Activity")
    expect(page.get_by_text("switched an account off").first).to_be_visible()


def test_a_letter_is_shown_at_a_press_without_leaving_the_page(owner, somebody):
    page = owner.open("/installation/letters/")
    page.get_by_role("button", name=f"Show the letter to {somebody}").first.press("Enter")
    password = page.get_by_label("Your password")
    expect(password).to_be_focused()
    password.fill(PASSWORD)
    password.press("Enter")
    link = page.get_by_label("The link in it")
    expect(link).to_be_visible()
    assert f"{owner.address}/accounts/password/reset/key/" in link.input_value()
    assert findings(page) == []


def test_the_rows_work_under_the_policy_once_a_second_step_let_one_in(at_home):
    """Whatever the policy refuses would be a fault in the console."""
    page = at_home.page
    sign_in(at_home)
    page.wait_for_url("**/")
    at_home.open("/admin/")
    assert findings(page) == []
    page.get_by_role("link", name="Set one up").click()
    page.get_by_role("link", name="Add a passkey").click()
    page.wait_for_url("**/accounts/reauthenticate/**")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    at_home.open("/admin/")
    assert findings(page) == []
    page.get_by_role("link", name="Use your passkey").click()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Rows, for support")).to_be_visible()
    for name in ROWS:
        at_home.open("/admin/")
        page.get_by_role("link", name=name, exact=True).last.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Select")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
        assert findings(page) == [], name
    page.get_by_role("link", name="Home").click()
    page.get_by_role("link", name="Teams", exact=True).click()
    page.get_by_role("link", name="Ada's stories").click()
    assert findings(page) == []
    page.get_by_label("Monthly limit").fill("12.50")
    page.get_by_role("button", name="Save", exact=True).press("Enter")
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    at_home.open("/installation/activity/")
    expect(page.get_by_text("monthly_limit of team").first).to_be_visible()
