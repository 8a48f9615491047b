"""Checking the connection: by script it is followed on the spot; without, by opening it again."""

from __future__ import annotations

import pytest
from person import RENDERED
from playwright.sync_api import Page, expect
from waiting import wait_for


def team_page(person) -> Page:
    page = person.open_sample()
    page.get_by_role("link", name="Share").click()
    page.get_by_role("link", name="Look after the team").click()
    expect(page.get_by_role("heading", name="Connection")).to_be_visible()
    return page


def expect_all_well(page: Page) -> None:
    panel = page.locator("#connection")
    expect(panel.locator(".chip--good")).to_have_count(3, timeout=RENDERED)
    expect(panel).to_contain_text("The service's test event arrived.")
    expect(panel.get_by_role("button", name="Check the connection")).to_be_visible()


def test_an_owner_sees_each_line_come_in(owner):
    page = team_page(owner)
    page.get_by_role("button", name="Check the connection").click()
    expect(page.locator("#connection .chip--wait").first).to_be_visible()
    expect_all_well(page)


@pytest.mark.parametrize("size", [{"width": 390, "height": 844}])
def test_it_works_without_script_and_on_a_telephone(new_person, first_account, size):
    person = new_person(storage_state=first_account, java_script_enabled=False, viewport=size)
    page = person.open("/")
    page.locator("summary", has_text="Teams").click()
    page.get_by_role("link", name="Ada's stories", exact=True).click()
    page.get_by_role("button", name="Check the connection").click()
    see = page.get_by_role("link", name="See how it goes")
    wait_for(lambda: see.count() == 0 or see.click(), seconds=40)
    expect_all_well(page)
