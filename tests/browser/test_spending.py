"""Render pressed while words are being stored: they are stored first, or nothing is sent."""

from __future__ import annotations

import json

import pytest
from person import RENDERED
from playwright.sync_api import Page, expect


@pytest.fixture
def story(new_person, first_account) -> Page:
    page = new_person(storage_state=first_account, viewport={"width": 1440, "height": 900})
    page = page.open("/")
    page.get_by_label("Begin with a line").fill("A fox waits by the gate")
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/projects/*/")
    expect(page.get_by_label("Prompt of scene 1")).to_be_visible()
    return page


def asked_for(installation, page: Page) -> list[str]:
    """Return the words of every render of the story on the page."""
    project = int(page.url.rstrip("/").rpartition("/")[2])
    sql = f"select request from renders_render where project_id = {project}"  # noqa: S608 (a number)
    rows = installation.rows(sql)
    return [json.loads(row[0])["prompts"][0]["prompt"] for row in rows]


@pytest.mark.parametrize("way", ["keys", "story", "scene"])
def test_what_was_just_written_is_what_is_rendered(story, installation, way):
    prompt = story.get_by_label("Prompt of scene 1")
    prompt.fill("A wolf runs from the gate")
    with story.expect_request("**/render/") as pressed:
        if way == "keys":
            prompt.press("Control+Enter")
        else:
            name = "Render story" if way == "story" else "Render scene 1"
            story.get_by_role("button", name=name).click()
    # What is not free is sent at the terms of the price that was shown alone.
    terms = story.locator('input[name="terms"]').first.input_value()
    assert f"terms={terms}" in (pressed.value.post_data or "").split("&")
    expect(story.get_by_role("link", name="Take 1", exact=True)).to_be_visible(timeout=RENDERED)
    assert asked_for(installation, story) == ["A wolf runs from the gate"]


def test_where_something_cannot_be_stored_nothing_is_sent(story, installation):
    story.get_by_label("Frames", exact=True).fill("999")
    story.get_by_role("button", name="Render story").click()
    expect(story.locator("#notices")).to_contain_text("Nothing was sent")
    expect(story.get_by_label("Frames", exact=True)).to_have_value("999")
    assert asked_for(installation, story) == []

    story.get_by_label("Frames", exact=True).fill("16")
    story.get_by_role("button", name="Render story").click()
    expect(story.get_by_role("link", name="Take 1", exact=True)).to_be_visible(timeout=RENDERED)
    assert len(asked_for(installation, story)) == 1
