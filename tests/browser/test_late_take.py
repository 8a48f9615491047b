"""A take that arrived after its render was given up: it offers itself, and is used or left."""

from __future__ import annotations

import re

import pytest
from person import RENDERED
from playwright.sync_api import Page, expect
from test_pages import findings

OFFER = "Take 1 arrived late: its render had been given up."


@pytest.fixture(params=[1440, 390])
def late(request, new_person, first_account, installation) -> Page:
    """A story whose only take came late and stands for no scene."""
    person = new_person(
        storage_state=first_account, viewport={"width": request.param, "height": 844}
    )
    page = person.open("/")
    page.get_by_label("Begin with a line").fill("A fox waits by the gate")
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/projects/*/")
    page.get_by_role("button", name="Render story").click()
    expect(page.get_by_role("link", name="Take 1")).to_be_visible(timeout=RENDERED)
    [project] = re.findall(r"/projects/(\d+)/", page.url)
    installation.write("UPDATE renders_render SET late = 1 WHERE project_id = ?", project)
    installation.write("UPDATE stories_scene SET pick_id = NULL WHERE project_id = ?", project)
    page.reload()
    return page


def test_a_late_take_is_looked_at_and_used(late):
    expect(late.get_by_text(OFFER)).to_be_visible()
    assert findings(late) == []
    width = late.viewport_size["width"]
    assert late.evaluate("document.documentElement.scrollWidth") <= width
    late.get_by_role("button", name="Use it: take 1").click()
    expect(late.get_by_text("it stands for its scenes now")).to_be_visible()
    expect(late.get_by_text(OFFER)).to_have_count(0)
    expect(late.locator(".scene .chip", has_text="Take 1")).to_be_visible()


def test_a_late_take_is_left_among_the_takes_by_keyboard(late):
    leave = late.get_by_role("button", name="Leave it: take 1")
    leave.press("Enter")
    expect(late.get_by_text("It stays among the takes.")).to_be_visible()
    expect(late.get_by_text(OFFER)).to_have_count(0)
    expect(late.get_by_role("link", name="Take 1")).to_be_visible()
    expect(late.locator(".scene .chip", has_text="Not rendered yet")).to_be_visible()
