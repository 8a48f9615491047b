"""Words outlive a lost connection, a reload and a sign-out; none stay behind on the machine."""

from __future__ import annotations

import re

import pytest
from person import PASSWORD
from playwright.sync_api import Page, expect

# All but the one that sets the theme before anything is drawn.
LATE_SCRIPTS = re.compile(r"/static/(?!js/theme).*\.js$")
pytestmark = pytest.mark.offline


@pytest.fixture
def story(owner) -> Page:
    page = owner.open("/")
    page.get_by_label("Begin with a line").fill("A fox waits by the gate")
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/projects/*/")
    expect(prompt(page)).to_have_count(1)
    return page


def prompt(page: Page):
    return page.get_by_label(re.compile(r"^Prompt of scene"))


def kept(page: Page) -> list[str]:
    return page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('draft:'))")


def saved(page: Page) -> None:
    expect(page.locator("#saved")).to_contain_text("Saved")
    expect(page.locator("[data-dirty]")).to_have_count(0)


def test_words_typed_offline_are_kept_and_stored_once_the_connection_is_back(story):
    story.context.set_offline(True)
    prompt(story).fill("A fox leaves")
    expect(story.locator("#saved")).to_have_text("Not saved: kept here, retrying")
    assert len(kept(story)) == 1
    story.context.set_offline(False)
    saved(story)
    assert kept(story) == []
    story.reload()
    expect(prompt(story)).to_have_value("A fox leaves")


def test_words_that_were_never_stored_are_found_again_on_the_next_visit(story):
    story.context.set_offline(True)
    prompt(story).fill("A fox leaves")
    expect(story.locator("#saved")).to_have_text("Not saved: kept here, retrying")
    address = story.url
    context = story.context
    story.close(run_before_unload=False)
    context.set_offline(False)
    again = context.new_page()
    again.goto(address)
    expect(prompt(again)).to_have_value("A fox leaves")
    saved(again)
    again.reload()
    expect(prompt(again)).to_have_value("A fox leaves")


def test_a_title_typed_before_the_page_has_its_scripts_is_stored_too(story):
    story.route(LATE_SCRIPTS, lambda route: None)
    story.goto(story.url, wait_until="commit")
    story.get_by_label("Title", exact=True).fill("The gate")
    with story.expect_response("**/rename/"):
        story.unroute(LATE_SCRIPTS)
    saved(story)
    story.reload()
    expect(story.get_by_label("Title", exact=True)).to_have_value("The gate")


def test_words_of_an_ended_session_wait_until_their_writer_has_signed_in_again(story):
    story.context.clear_cookies(name="sessionid")
    prompt(story).fill("A fox leaves")
    expect(story.locator("#saved")).to_have_text("Not saved: kept here. Sign in again")
    story.get_by_role("link", name="Sign in again").click()
    story.get_by_label(re.compile("e-?mail", re.IGNORECASE)).fill("ada@example.org")
    story.get_by_label("Password", exact=True).fill(PASSWORD)
    story.get_by_role("button", name="Sign in").click()
    expect(prompt(story)).to_have_value("A fox leaves")
    saved(story)
    assert kept(story) == []
    story.reload()
    expect(prompt(story)).to_have_value("A fox leaves")


def test_kept_words_and_those_written_meanwhile_elsewhere_are_both_shown(story, new_person):
    story.context.set_offline(True)
    prompt(story).fill("A fox leaves")
    expect(story.locator("#saved")).to_have_text("Not saved: kept here, retrying")
    address = story.url
    context = story.context
    story.close(run_before_unload=False)
    context.set_offline(False)
    other = new_person(storage_state=context.storage_state()).open(address)
    other.evaluate("localStorage.clear()")
    other.reload()
    prompt(other).fill("A fox sleeps")
    saved(other)
    other.close()
    again = context.new_page()
    again.goto(address)
    expect(prompt(again)).to_have_value("A fox leaves")
    expect(again.get_by_text("A fox sleeps")).to_be_visible()


def test_words_of_somebody_else_or_of_last_week_do_not_stay(story):
    mine = story.evaluate(
        """() => {
            const { person } = document.body.dataset, day = 24 * 3600 * 1000;
            const keep = (key, ago) => localStorage.setItem(key, JSON.stringify(
                { text: "A secret", base: "", at: Date.now() - ago * day }));
            keep(`draft:${person}0:/projects/1/:x`, 0);
            keep(`draft:${person}:/projects/1/:x`, 8);
            keep(`draft:${person}:/projects/1/:y`, 6);
            localStorage.setItem(`draft:${person}:/projects/1/:z`, "nonsense");
            return person;
        }"""
    )
    story.reload()
    expect(prompt(story)).to_be_visible()
    assert kept(story) == [f"draft:{mine}:/projects/1/:y"]
    # Signed out, nobody is known, but time goes on.
    story.evaluate(
        """key => localStorage.setItem(key, JSON.stringify({ text: "", base: "", at: 0 }))""",
        kept(story)[0],
    )
    address = story.url
    # What an open page still asks for would have it reloaded in the midst of this.
    story.goto("about:blank")
    story.context.clear_cookies()
    story.goto(address)
    expect(story.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    assert kept(story) == []


def test_a_title_typed_offline_is_kept_as_well(story):
    story.context.set_offline(True)
    story.get_by_label("Title").fill("The fox")
    expect(story.locator("#saved")).to_have_text("Not saved: kept here, retrying")
    story.context.set_offline(False)
    saved(story)
    story.reload()
    expect(story.get_by_label("Title")).to_have_value("The fox")


def test_leaving_with_words_that_are_not_stored_warns(story):
    story.context.set_offline(True)
    prompt(story).fill("A fox leaves")
    expect(story.locator("#saved")).to_have_text("Not saved: kept here, retrying")
    asked = []
    story.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    story.close(run_before_unload=True)
    story.wait_for_function("() => true")
    assert asked == ["beforeunload"]
    story.context.set_offline(False)
    saved(story)


def test_signing_out_leaves_no_words_behind(story):
    story.context.set_offline(True)
    prompt(story).fill("A secret")
    expect(story.locator("#saved")).to_have_text("Not saved: kept here, retrying")
    story.evaluate(
        """() => {
            const form = document.querySelector("form[data-signs-out]");
            form.addEventListener("submit", event => event.preventDefault());
            form.requestSubmit();
        }"""
    )
    assert kept(story) == []
    story.context.set_offline(False)
