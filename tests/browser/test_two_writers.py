"""Two people in one story: their faces, the row that one writes in, and what each saves."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from test_pages import findings

PROMPTS = re.compile(r"^Prompt of scene")
# What a colleague saved is there within three seconds.
SOON = 3_000


def prompts(page: Page):
    return page.get_by_label(PROMPTS)


def saved(page: Page) -> None:
    expect(page.locator("#saved")).to_contain_text("Saved")
    expect(page.locator("[data-dirty]")).to_have_count(0)


@pytest.fixture
def pair(owner, new_person) -> tuple[Page, Page]:
    """Ada and a colleague who just joined, each with the same story of three scenes open."""
    page = owner.open("/")
    page.get_by_label("Begin with a line").fill("A fox waits")
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/projects/*/")
    for line in ("It snows", "A star falls"):
        page.get_by_role("button", name="Add scene", exact=True).click()
        expect(prompts(page).last).to_be_focused()
        page.keyboard.type(line)
        saved(page)
    story = page.url
    page.get_by_role("link", name="Share").click()
    page.get_by_role("link", name="Look after the team").click()
    page.wait_for_url("**/teams/*/")
    page.get_by_label("Joins as").select_option(label="Editor")
    page.get_by_role("button", name="Make a link").click()
    link = page.locator("#issued-link").input_value()
    other = new_person(viewport={"width": 1440, "height": 900})
    other.open(link)
    other.page.get_by_role("button", name="Create account").click()
    other.sign_up(f"Bo{abs(hash(story)) % 10**9}")
    expect(other.page.get_by_role("heading", name="Stories")).to_be_visible()
    page.goto(story)
    other.page.goto(story)
    expect(other.page.get_by_role("img", name=re.compile("^Ada is"))).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("^Bo.* is"))).to_be_visible()
    return page, other.page


def test_faces_the_row_being_written_and_a_page_that_closes(pair):
    ada, bo = pair
    prompts(ada).nth(1).focus()
    expect(bo.get_by_role("img", name="Ada is writing scene 2")).to_be_visible()
    expect(bo.locator(".scene").nth(1).locator(".scene__who")).to_have_text("Ada")
    expect(bo.locator("#together-said")).to_have_text("Ada is writing scene 2")
    assert findings(bo) == []
    ada.goto("about:blank")
    expect(bo.locator(".together__face")).to_have_count(0, timeout=15_000)
    expect(bo.locator(".scene__who")).to_have_count(0)


def test_what_a_colleague_saves_comes_without_moving_focus_or_cursor(pair):
    ada, bo = pair
    prompts(ada).nth(1).focus()
    ada.evaluate("document.activeElement.setSelectionRange(3, 3)")
    prompts(bo).nth(0).fill("A fox runs")
    saved(bo)
    expect(prompts(ada).nth(0)).to_have_value("A fox runs", timeout=SOON)
    expect(prompts(ada).nth(1)).to_be_focused()
    assert ada.evaluate("document.activeElement.selectionStart") == 3
    # In the very row that has the focus, with nothing unsaved in it, as well.
    prompts(bo).nth(1).fill("Softly, it snows")
    saved(bo)
    expect(prompts(ada).nth(1)).to_have_value(re.compile("Softly"), timeout=SOON)
    expect(prompts(ada).nth(1)).to_be_focused()
    bo.get_by_role("button", name="Move scene 3 up").click()
    expect(prompts(ada).nth(1)).to_have_value("A star falls", timeout=SOON)
    bo.locator(".scene").nth(0).get_by_label("More for scene").click()
    bo.get_by_role("button", name="Delete scene 1").click()
    expect(prompts(ada)).to_have_count(2, timeout=SOON)


def test_why_a_value_was_refused_stands_while_others_save(pair):
    ada, bo = pair
    ada.get_by_label("Frames", exact=True).nth(1).fill("4")
    ada.locator(".look__summary").click()
    ada.get_by_label("Steps").fill("99")
    refusals = ada.locator(".place .field__error, .look__form .field__error")
    expect(refusals).to_have_count(2)
    prompts(bo).nth(0).fill("A fox runs")
    saved(bo)
    expect(prompts(ada).nth(0)).to_have_value("A fox runs", timeout=SOON)
    expect(refusals).to_have_count(2)
    expect(ada.get_by_label("Frames", exact=True).nth(1)).to_have_value("4")
    expect(ada.get_by_label("Steps")).to_have_value("99")


def test_a_row_deleted_under_the_writers_hands_keeps_the_words(pair):
    ada, bo = pair
    prompts(ada).nth(2).focus()
    bo.locator(".scene").nth(2).get_by_label("More for scene").click()
    bo.get_by_role("button", name="Delete scene 3").click()
    expect(ada.get_by_text("Somebody deleted this scene while you wrote in it")).to_be_visible()
    ada.keyboard.press("End")
    ada.keyboard.type(", and mine")
    ada.get_by_role("button", name="Bring the scene back").click()
    expect(prompts(bo)).to_have_count(3)
    expect(prompts(bo).nth(2)).to_have_value("A star falls, and mine")


@pytest.mark.parametrize(
    ("button", "kept"),
    [("Keep mine", "Mine"), ("Take theirs", "Theirs"), ("Keep both", "Theirs\nMine")],
)
def test_two_who_write_at_once_choose(pair, button, kept):
    ada, bo = pair
    # As typed an instant ago, and not sent yet.
    ada.evaluate(
        """() => { const field = document.querySelector('.scene__prompt');
        field.value = 'Mine'; field.dataset.dirty = ''; }"""
    )
    prompts(bo).nth(0).fill("Theirs")
    saved(bo)
    prompts(bo).nth(1).fill("It snows still")
    saved(bo)
    expect(prompts(ada).nth(1)).to_have_value("It snows still")
    expect(prompts(ada).nth(0)).to_have_value("Mine")
    ada.evaluate("document.querySelector('.scene__words form').requestSubmit()")
    clash = ada.locator(".clash")
    expect(clash.get_by_role("heading", name="Mine")).to_be_visible()
    expect(clash).to_contain_text("Theirs")
    clash.get_by_role("button", name=button).click()
    expect(clash).to_have_count(0)
    expect(prompts(ada).nth(0)).to_have_value(kept)
    expect(prompts(bo).nth(0)).to_have_value(kept)


def test_nothing_runs_over_the_edge_of_a_phone(pair):
    ada, bo = pair
    bo.set_viewport_size({"width": 390, "height": 800})
    prompts(ada).nth(0).focus()
    expect(bo.locator(".scene__who")).to_be_visible()
    width = bo.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    ends = bo.evaluate(
        "[...document.querySelectorAll('.topbar > *')].map(e => e.getBoundingClientRect().right)"
    )
    assert max(ends) <= 390


def test_a_page_on_its_way_out_asks_after_its_story_no_more(owner):
    page = owner.page
    page.clock.install()
    owner.open("/")
    page.get_by_label("Begin with a line").fill("A fox waits")
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/projects/*/")
    with page.expect_response("**/together/"):
        page.clock.run_for(3_000)
    beats = []
    page.on("request", lambda request: beats.append(request.url))
    # Pressed, while the answer that takes the page away is still to come.
    page.locator("form[action$='/delete/']").dispatch_event("submit")
    page.clock.run_for(6_000)
    assert beats == []
    # It stays after all: the answer was a file, or nothing.
    with page.expect_response("**/together/"):
        page.clock.run_for(6_000)
