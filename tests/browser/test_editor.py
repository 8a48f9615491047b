"""Writing a story as a writer does: by keystroke, by keyboard alone, and without script."""

from __future__ import annotations

import re

import pytest
from person import RENDERED
from playwright.sync_api import Page, expect

PLAYS_ON = """async () => {
    const video = document.querySelector("#screen video:not([hidden])");
    const from = video.currentTime;
    await new Promise(resolve => setTimeout(resolve, 300));
    return !video.paused && video.currentTime !== from;
}"""


@pytest.fixture
def story(owner) -> Page:
    """A new story of one scene, begun with a line."""
    page = owner.open("/")
    page.get_by_label("Begin with a line").fill("A fox waits by the gate")
    page.get_by_role("button", name="Begin").click()
    # A key pressed before the script listens would be lost.
    page.wait_for_url("**/projects/*/")
    expect(prompts(page)).to_have_count(1)
    return page


def prompts(page: Page):
    return page.get_by_label(re.compile(r"^Prompt of scene"))


def frames(page: Page):
    return page.get_by_label("Frames", exact=True)


def saved(page: Page) -> None:
    expect(page.locator("#saved")).to_contain_text("Saved")
    expect(page.locator("[data-dirty]")).to_have_count(0)


def add_scenes(page: Page, *lines: str) -> None:
    for line in lines:
        page.get_by_role("button", name="Add scene", exact=True).click()
        expect(prompts(page).last).to_be_focused()
        page.keyboard.type(line)
        saved(page)


def test_each_keystroke_moves_the_strip_and_the_answer_says_what_fits(story):
    frames(story).fill("40")
    expect(story.locator("[data-used]")).to_have_text("40")
    expect(story.locator("[data-left]")).to_have_text("88 frames left")
    expect(story.locator(".place")).to_contain_text("5.0 s")
    saved(story)
    story.reload()
    expect(frames(story)).to_have_value("40")


def test_the_line_before_the_click_follows_the_frames(story):
    expect(story.locator("#cost")).to_contain_text("16 frames")
    frames(story).fill("24")
    expect(story.locator("#cost")).to_contain_text("24 frames · 3.0 s")


def test_an_overdraft_is_refused_in_red_and_what_was_typed_stays(story):
    add_scenes(story, "It snows", "It still snows")
    for place in (0, 1):
        frames(story).nth(place).fill("56")
        saved(story)
    frames(story).nth(2).fill("30")
    expect(story.locator("[data-left]")).to_have_text("14 too many")
    expect(story.get_by_role("alert").filter(has_text="16 would fit")).to_be_visible()
    expect(frames(story).nth(2)).to_have_value("30")
    expect(frames(story).nth(2)).to_have_attribute("aria-invalid", "true")
    # Room made elsewhere lets it in by itself.
    frames(story).nth(0).fill("40")
    saved(story)
    expect(frames(story).nth(2)).not_to_have_attribute("aria-invalid", "true")
    story.reload()
    expect(frames(story).nth(2)).to_have_value("30")


def test_arrow_keys_and_buttons_step_the_frames(story):
    frames(story).focus()
    story.keyboard.press("ArrowUp")
    expect(frames(story)).to_have_value("17")
    story.get_by_role("button", name="4 frames fewer in scene 1").click()
    expect(frames(story)).to_have_value("13")
    saved(story)
    story.reload()
    expect(frames(story)).to_have_value("13")


def test_a_story_is_written_by_keyboard_alone(story):
    add_scenes(story, "The gate opens", "The fox goes in")
    story.keyboard.press("Alt+ArrowUp")
    expect(prompts(story).nth(1)).to_have_value("The fox goes in")
    expect(prompts(story).nth(1)).to_be_focused()
    story.keyboard.type(", slowly")
    saved(story)
    story.reload()
    expect(prompts(story).nth(1)).to_have_value("The fox goes in, slowly")


def test_a_deleted_scene_comes_back_with_undo(story):
    add_scenes(story, "The gate opens")
    story.get_by_label("More for scene 1").click()
    story.get_by_role("button", name="Delete scene 1").click()
    expect(prompts(story)).to_have_count(1)
    story.locator("#story-notice").get_by_role("button", name="Undo").click()
    expect(prompts(story)).to_have_count(2)
    expect(prompts(story).first).to_have_value("A fox waits by the gate")


def test_words_not_yet_saved_survive_a_change_of_the_list(story):
    add_scenes(story, "The gate opens")
    prompts(story).first.press_sequentially(" tonight")
    story.get_by_role("button", name="Move scene 2 up").click()
    expect(prompts(story).nth(1)).to_have_value(re.compile("tonight"))
    saved(story)
    story.reload()
    expect(prompts(story).nth(1)).to_have_value(re.compile("tonight"))


def test_two_hands_on_one_scene_get_both_texts(story, owner):
    other = owner.context.new_page()
    other.goto(story.url)
    prompts(story).fill("Mine")
    saved(story)
    prompts(other).fill("Theirs")
    expect(other.get_by_text("Someone saved other words")).to_be_visible()
    expect(prompts(other)).to_have_value("Theirs")
    other.get_by_role("button", name="Keep both").click()
    expect(prompts(other)).to_have_value("Mine\nTheirs")
    other.close()


def test_a_full_clip_offers_to_make_room(story):
    add_scenes(story, "Two", "Three")
    for place, number in enumerate(("64", "40", "24")):
        frames(story).nth(place).fill(number)
        saved(story)
    story.get_by_role("button", name="Add scene", exact=True).click()
    story.get_by_role("button", name="Make room").click()
    expect(prompts(story)).to_have_count(4)
    expect(story.locator("[data-left]")).to_have_text("No frames left")


def test_what_is_missing_is_listed_with_a_link_to_its_row(story):
    story.get_by_role("button", name="Add scene", exact=True).click()
    expect(prompts(story)).to_have_count(2)
    story.get_by_role("button", name="Render story").click()
    link = story.get_by_role("link", name="Scene 2 has no words.")
    link.click()
    expect(story.locator("li.scene:target")).to_contain_text("")


def test_a_playing_film_and_a_field_in_use_are_not_disturbed(story):
    story.get_by_role("button", name="Render story").click()
    expect(story.get_by_role("link", name="Play scene 1")).to_be_visible(timeout=RENDERED)
    story.get_by_role("button", name="Loop scene").click()
    story.get_by_role("complementary", name="Stage").get_by_role(
        "button", name="Play", exact=True
    ).click()
    story.get_by_role("button", name="Render story").click()
    prompts(story).focus()
    story.keyboard.press("End")
    for _ in range(4):
        assert story.evaluate(PLAYS_ON)
        story.keyboard.type(" and waits")
        expect(prompts(story)).to_be_focused()
    expect(prompts(story)).to_have_value("A fox waits by the gate" + " and waits" * 4)
    expect(story.get_by_role("link", name="Take 2")).to_be_visible(timeout=RENDERED)
    assert story.evaluate(PLAYS_ON)
    saved(story)


def test_the_page_works_without_script(new_person, first_account):
    person = new_person(storage_state=first_account, java_script_enabled=False)
    page = person.open("/")
    page.get_by_label("Begin with a line").fill("A fox waits")
    page.get_by_role("button", name="Begin").click()
    frames(page).fill("30")
    page.get_by_role("button", name="Save frames").click()
    expect(frames(page)).to_have_value("30")
    prompts(page).fill("A fox leaves")
    page.get_by_role("button", name="Save words").click()
    expect(prompts(page)).to_have_value("A fox leaves")
    page.get_by_role("button", name="Add scene", exact=True).click()
    expect(frames(page)).to_have_count(2)
    expect(prompts(page).nth(1)).to_be_focused()
    frames(page).nth(1).fill("99")
    page.get_by_role("button", name="Save frames").nth(1).click()
    expect(frames(page).nth(1)).to_have_value("99")
    expect(page.get_by_text("at most 64 frames")).to_be_visible()
