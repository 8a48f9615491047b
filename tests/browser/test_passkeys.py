"""A passkey, made and used by a real browser with a device of its own that is drawn in software."""

from __future__ import annotations

import re
import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from person import PASSWORD, Person
from playwright.sync_api import expect
from test_pages import findings


def sign_in(person: Person) -> None:
    page = person.open("/accounts/login/")
    page.get_by_label(re.compile("e-?mail", re.IGNORECASE)).fill("ada@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_passkey_is_made_and_signs_in_alone(at_home):
    page = at_home.page
    sign_in(at_home)
    page.wait_for_url("**/")
    at_home.open("/accounts/second-step/")
    page.get_by_role("link", name="Add a passkey").click()
    page.wait_for_url("**/accounts/reauthenticate/**")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/passkeys/new/")
    assert findings(page) == []
    page.get_by_label("What you call it").fill("My telephone")
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    expect(page.get_by_role("listitem")).to_have_count(10)
    assert findings(page) == []
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("link", name="Rename My telephone")).to_be_visible()
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    at_home.context.clear_cookies()
    at_home.open("/accounts/login/")
    assert findings(page) == []
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Stories")).to_be_visible()

    # The password alone asks for it, too.
    at_home.context.clear_cookies()
    sign_in(at_home)
    page.wait_for_url("**/second-step/sign-in/")
    assert findings(page) == []
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Stories")).to_be_visible()

    at_home.open("/accounts/second-step/")
    page.get_by_role("link", name="Remove My telephone").click()
    page.wait_for_url("**/accounts/reauthenticate/**")
    page.get_by_role("link", name="with a passkey").click()
    page.wait_for_url("**/passkeys/again/**")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/remove/")
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_text("The passkey is removed.")).to_be_visible()


def begin_an_app(person: Person) -> None:
    page = person.page
    sign_in(person)
    page.wait_for_url("**/")
    person.open("/accounts/second-step/")
    page.get_by_role("link", name="Set up an app").click()
    page.wait_for_url("**/accounts/reauthenticate/**")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()


def test_an_app_is_set_up_by_its_picture(at_home):
    page = at_home.page
    begin_an_app(at_home)
    picture = page.get_by_role("img", name="The picture for your app")
    expect(picture).to_be_visible()
    assert picture.evaluate("one => one.naturalWidth") > 0
    assert findings(page) == []
    page.get_by_label("Code", exact=True).fill("12 34")
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_text("This code is not right")).to_be_visible()
    expect(page.get_by_label("Code", exact=True)).to_have_value("12 34")


def test_an_app_is_turned_on_once_and_the_page_from_before_may_be_used_again(at_home):
    page = at_home.page
    begin_an_app(at_home)
    page.get_by_text("No camera?").click()
    secret = page.locator("code.secret").inner_text()
    page.get_by_label("Code", exact=True).fill("123456")
    # An answer that leaves the page where it is, as one that is still awaited does.
    page.route("**/second-step/app/", lambda route: route.fulfill(status=204))
    button = page.get_by_role("button", name="Turn on")
    button.click()
    expect(button).to_be_disabled()
    # As of a page to which one goes back, and which the browser had kept.
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(button).to_be_enabled()
    page.unroute_all()
    # As late as may be, for it ends with its half minute.
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    page.get_by_label("Code", exact=True).fill(code)
    button.click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    expect(page.get_by_role("listitem")).to_have_count(10)
