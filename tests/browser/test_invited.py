"""Joining by link: an editor and a viewer find each able to do just what the role allows."""

from __future__ import annotations

import re

import pytest
from person import RENDERED
from playwright.sync_api import Page, expect


def invitation_link(page: Page, role: str) -> str:
    """Make a link for a role, as an owner on the team's page."""
    page.get_by_label("Joins as").select_option(label=role)
    page.get_by_role("button", name="Make a link").click()
    issued = page.locator("#issued-link")
    expect(page.locator("#invitations")).to_contain_text(f"join as {role.lower()}")
    return issued.input_value()


@pytest.fixture
def join(owner, new_person):
    """Return a function by which somebody new joins the owner's team with a role."""

    def by_link(role: str, name: str):
        page = owner.open_sample()
        page.get_by_role("link", name="Share").click()
        page.get_by_role("link", name="Look after the team").click()
        page.wait_for_url("**/teams/*/")
        link = invitation_link(page, role)
        assert link.startswith(owner.address)
        person = new_person()
        person.open(link)
        person.page.get_by_role("button", name="Create account").click()
        person.sign_up(name)
        expect(person.page.get_by_role("heading", name="Stories")).to_be_visible()
        return person

    return by_link


def shared_story(person) -> Page:
    """Open the owner's sample story, not the one that the new account got itself."""
    page = person.open("/")
    page.get_by_role("link", name=re.compile("The Little Match Girl.*Ada's stories")).click()
    page.wait_for_url("**/projects/*/")
    expect(page.get_by_role("heading", name="Scenes")).to_be_attached()
    return page


def forged(page: Page, path: str, **fields: str) -> int:
    """Send a form that the page does not show, with this browser's session and token."""
    token = next(
        cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken"
    )
    return page.request.post(
        page.url.split("/projects/")[0] + path,
        form={"csrfmiddlewaretoken": token, **fields},
        headers={"Referer": page.url},
        max_redirects=0,
    ).status


def test_an_editor_who_joined_by_link_writes_and_renders(join):
    page = shared_story(join("Editor", "Emil"))
    frames = page.get_by_label("Frames", exact=True).first
    was = frames.input_value()
    frames.fill("24")
    expect(page.locator("#saved")).to_contain_text("Saved")
    page.reload()
    expect(page.get_by_label("Frames", exact=True).first).to_have_value("24")
    page.get_by_label("Frames", exact=True).first.fill(was)
    expect(page.get_by_role("button", name="Render story")).to_be_enabled()

    page.get_by_role("button", name="Render story").click()
    expect(page.get_by_role("link", name="Play scene 4")).to_be_visible(timeout=RENDERED)


def test_a_viewer_who_joined_by_link_watches_and_changes_nothing(join):
    page = shared_story(join("Viewer", "Vera"))
    expect(page.get_by_text("You can read this story, not change it")).to_be_visible()
    for name in ("Render story", "Add a scene", "Duplicate story", "Delete story"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    expect(page.get_by_role("textbox")).to_have_count(0)

    project = re.search(r"/projects/(\d+)/", page.url)
    scene = page.locator("[data-scene]").first.get_attribute("data-scene")
    assert project
    assert scene
    assert forged(page, f"/scenes/{scene}/frames/", frames="8") == 403
    assert forged(page, f"/scenes/{scene}/words/", prompt="Mine", caption="", version="1") == 403
    assert forged(page, f"/projects/{project[1]}/render/", nonce="forged") == 403
    assert forged(page, f"/projects/{project[1]}/delete/") == 403
    page.reload()
    expect(page.locator(".scene__prompt").first).not_to_contain_text("Mine")
    expect(page.locator(".frames .number").first).not_to_have_text("8")
