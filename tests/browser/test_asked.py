"""An editor who may not spend asks; an owner chooses what may go, and it is rendered."""

from __future__ import annotations

import re

import pytest
from person import RENDERED, Person
from playwright.sync_api import expect
from test_invited import invitation_link, shared_story
from test_pages import findings


@pytest.fixture
def saver(owner, new_person) -> Person:
    """Somebody in the owner's team who writes, and may not spend."""
    page = owner.open_sample()
    page.get_by_role("link", name="Share").click()
    page.get_by_role("link", name="Look after the team").click()
    page.wait_for_url("**/teams/*/")
    person = new_person()
    person.open(invitation_link(page, "Editor"))
    person.page.get_by_role("button", name="Create account").click()
    person.sign_up("Sparsam")
    expect(person.page.get_by_role("heading", name="Stories")).to_be_visible()
    page.reload()
    row = page.locator("#members .person", has_text="Sparsam").last
    with page.expect_response("**/role/"):
        row.get_by_role("checkbox", name="May render").uncheck()
    return person


def test_what_is_asked_for_is_decided_by_an_owner(owner, saver):
    theirs = shared_story(saver)
    scene = theirs.locator(".panel").first
    theirs.get_by_role("button", name="Ask to render scene 1").click()
    expect(scene).to_contain_text("Asked for")
    expect(scene).to_contain_text("an owner decides; nothing is spent before")
    theirs.get_by_role("button", name="Ask to render scene 2").click()
    expect(theirs.get_by_role("button", name="Ask no more for scene 2")).to_be_visible()
    prompt = theirs.get_by_label("Prompt of scene 2")
    before = prompt.input_value()
    with theirs.expect_response("**/words/"):
        prompt.fill("A lamp is lit by the door")

    page = owner.open("/attention/")
    page.get_by_role("link", name="See and decide").click()
    expect(page.get_by_role("heading", name="Spend requests of Ada's stories")).to_be_visible()
    boxes = page.get_by_role("checkbox")
    expect(boxes).to_have_count(2)
    expect(page.get_by_text("Edited since it was asked")).to_have_count(1)
    assert findings(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(page.locator("[data-count]")).to_have_text("2")
    boxes.first.uncheck()
    expect(page.locator("[data-count]")).to_have_text("1")
    boxes.last.uncheck()
    expect(page.get_by_role("button", name="Approve the chosen")).to_be_disabled()
    boxes.first.check()
    page.get_by_role("button", name="Approve the chosen").click()
    expect(page.get_by_text("1 render will be sent.")).to_be_visible()
    page.get_by_label("If you decline: why").fill("One is enough for now.")
    page.get_by_role("button", name="Decline the chosen").click()
    expect(page.get_by_text("Nothing waits for you.")).to_be_visible()

    # Who asked learns of both without a reload.
    expect(theirs.get_by_role("link", name="Play scene 1")).to_be_visible(timeout=RENDERED)
    second = theirs.locator(".panel").nth(1)
    expect(second).to_contain_text("An owner declined it: nothing was spent")
    expect(second).to_contain_text("One is enough for now.")
    # Others look at the sample after this.
    with theirs.expect_response("**/words/"):
        prompt.fill(before)


def test_a_key_that_is_refused_is_said_beside_it_and_what_was_typed_stays(owner):
    page = owner.open_sample()
    page.get_by_role("link", name="Share").click()
    page.get_by_role("link", name="Look after the team").click()
    panel = page.locator("#api-key")
    panel.get_by_text("Enter a key", exact=True).click()
    panel.get_by_label("Address of the service").fill("http://inside.example")
    panel.get_by_label("API key").fill("sk-typed-with-care-0001")
    panel.get_by_role("button", name="Test and use it").click()
    expect(panel).to_contain_text("Write an address such as https://api.novita.ai.")
    expect(panel.get_by_label("API key")).to_have_value("sk-typed-with-care-0001")

    panel.get_by_label("Address of the service").fill("https://127.0.0.1")
    panel.get_by_role("button", name="Test and use it").click()
    expect(panel).to_contain_text("Testing")
    expect(panel).to_contain_text("leads into a closed network", timeout=40_000)
    expect(panel).to_contain_text("···· 0001")
    panel.get_by_role("button", name="Forget it").click()
    expect(panel).not_to_contain_text("0001")
    assert re.search(r"/teams/\d+/$", page.url)
