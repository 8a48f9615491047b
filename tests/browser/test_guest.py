"""A guest from end to end: let in to one story by a link, writes in it, and is taken out of it."""

from __future__ import annotations

import re

from person import Person
from playwright.sync_api import Page, expect


def shared_panel(owner: Person) -> Page:
    page = owner.open_sample()
    page.get_by_role("link", name="Share", exact=True).click()
    expect(page.get_by_role("heading", name="Share", exact=True)).to_be_visible()
    return page


def row_of(page: Page, name: str) -> str:
    """Return what the panel says of a person, its four columns last."""
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name))
    return " ".join(row.inner_text().split())


def is_missing(person: Person, address: str) -> bool:
    """Whether the next request of this browser finds nothing there; asked beside its pages, for
    they print what is missing as a fault."""
    answer = person.page.request.get(address)
    return answer.status == 404 and "There is nothing here" in answer.text()


def test_a_guest_comes_writes_sees_no_team_and_goes(owner, new_person):
    panel = shared_panel(owner)
    story = panel.url.removesuffix("share/")
    panel.get_by_label("Joins as").select_option(label="Editor")
    panel.get_by_role("button", name="Make a link").click()
    link = panel.locator("#issued-link").input_value()

    guest = new_person(viewport={"width": 1440, "height": 900})
    guest.open(link)
    expect(guest.page.get_by_text("Nothing else of the team is shown to you.")).to_be_visible()
    guest.page.get_by_role("button", name="Create account").click()
    guest.sign_up("Gil")
    guest.page.wait_for_url(story)
    expect(guest.page.get_by_text("You are in “The Little Match Girl” as editor.")).to_be_visible()

    frames = guest.page.get_by_label("Frames", exact=True).first
    was = frames.input_value()
    frames.fill("24")
    expect(guest.page.locator("#saved")).to_contain_text("Saved")
    guest.page.reload()
    expect(guest.page.get_by_label("Frames", exact=True).first).to_have_value("24")
    guest.page.get_by_label("Frames", exact=True).first.fill(was)
    expect(guest.page.locator("#saved")).to_contain_text("Saved")
    # The team is a name to them, its page is not there, and its money is not offered.
    expect(guest.page.locator("header").get_by_text("Ada's stories").first).to_be_visible()
    for name in ("Ada's stories", "Share"):
        expect(guest.page.get_by_role("link", name=name, exact=True)).to_have_count(0)
    expect(guest.page.get_by_role("button", name="Render story")).to_have_count(0)
    guest.page.get_by_label("More about this story").click()
    expect(guest.page.get_by_text("You are a guest here")).to_be_visible()
    expect(guest.page.get_by_role("button", name="Delete story")).to_have_count(0)
    panel.get_by_role("link", name="Look after the team").click()
    panel.wait_for_url("**/teams/*/")
    assert is_missing(guest, panel.url)

    guest.open("/")
    expect(guest.page.get_by_role("heading", name="Shared with you")).to_be_visible()
    guest.page.get_by_role("link", name=re.compile("Ada's stories")).click()
    guest.page.wait_for_url(story)
    # Where nothing beats: what an open story is refused would be in the browser's console.
    guest.open("/")

    panel.goto(f"{story}share/")
    assert row_of(panel, "Gil").endswith("Yes Yes Yes No")
    panel.get_by_label("May render: Gil").check()
    expect(panel.get_by_role("row").filter(has_text="Gil")).to_have_text(
        re.compile(r"(Yes\s*){4}$")
    )
    panel.get_by_label("Remove Gil from this story").click()
    panel.get_by_role("button", name="Remove from this story").click()
    expect(panel.get_by_text("Gil is no longer a guest of this story.")).to_be_visible()

    assert is_missing(guest, story)
    guest.open("/")
    expect(guest.page.get_by_role("heading", name="Shared with you")).to_have_count(0)
