"""The stage, as a hand on mouse or keyboard finds it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from person import RENDERED, Person
from playwright.sync_api import Page, expect
from waiting import wait_for
from watching import watched

AT = "() => document.querySelector('#screen video:not([hidden])').currentTime"


@pytest.fixture(scope="module")
def address(browser, installation, first_account) -> Iterator[str]:
    """A story of two scenes, rendered once for these tests."""
    with watched(browser, installation.address, storage_state=first_account) as context:
        person = Person(context, context.new_page(), installation.address)
        page = person.begin_two_scenes()
        page.get_by_role("button", name="Render story").click()
        expect(page.get_by_role("link", name="Play scene 2")).to_be_visible(timeout=RENDERED)
        yield page.url


@pytest.fixture
def film(owner, address) -> Page:
    page = owner.open(address)
    expect(page.locator("#timeline li[data-src]")).to_have_count(2)
    return page


def stage(page: Page):
    return page.get_by_role("complementary", name="Stage")


def at(page: Page) -> float:
    return page.evaluate(AT)


def test_space_plays_and_pauses_and_arrows_step_a_frame(film):
    film.locator("#main").focus()
    film.keyboard.press("Space")
    expect(stage(film).get_by_role("button", name="Pause")).to_be_visible()
    wait_for(lambda: at(film) > 0.3)
    film.keyboard.press("Space")
    expect(stage(film).get_by_role("button", name="Play", exact=True)).to_be_visible()
    film.get_by_role("button", name="Scene 2, 2.0 seconds").click(position={"x": 1, "y": 5})
    expect(film.locator("#frame")).to_have_text("frame 17 of 32")
    film.locator("#main").focus()
    film.keyboard.press("ArrowRight")
    expect(film.locator("#frame")).to_have_text("frame 18 of 32")
    film.keyboard.press("ArrowLeft")
    film.keyboard.press("ArrowLeft")
    expect(film.locator("#frame")).to_have_text("frame 16 of 32")


def test_a_click_on_the_strip_jumps_and_lights_the_scene(film):
    film.get_by_role("button", name="Scene 2, 2.0 seconds").click(position={"x": 1, "y": 5})
    expect(film.locator("#timeline li").nth(1)).to_have_attribute("aria-current", "true")
    expect(film.locator("#screen-caption")).to_have_text("Snow falls in the forest")
    wait_for(lambda: abs(at(film) - 2.06) < 0.07)


def test_the_film_plays_from_scene_to_scene_and_ends_at_its_last_frame(film):
    stage(film).get_by_role("button", name="Play", exact=True).click()
    expect(film.locator("li.scene[data-lit]")).to_contain_text("2")
    expect(film.locator("#screen-caption")).to_have_text("Snow falls in the forest")
    expect(stage(film).get_by_role("button", name="Play", exact=True)).to_be_visible()
    expect(film.locator("#frame")).to_have_text("frame 32 of 32")


def test_looping_a_scene_stays_in_it(film):
    stage(film).get_by_role("button", name="Loop scene").click()
    stage(film).get_by_role("button", name="Play", exact=True).click()
    wait_for(lambda: at(film) > 1.6)
    wait_for(lambda: at(film) < 0.8)
    expect(film.locator("#screen-caption")).to_contain_text("lighthouse")


def test_captions_are_switched_off_and_stay_off(film):
    expect(film.locator("#screen-caption")).to_be_visible()
    stage(film).get_by_role("button", name="Captions").click()
    expect(film.locator("#screen-caption")).to_be_hidden()
    film.reload()
    expect(film.locator("#timeline li[data-src]")).to_have_count(2)
    expect(film.locator("#screen-caption")).to_be_hidden()
    stage(film).get_by_role("button", name="Captions").click()
    expect(film.locator("#screen-caption")).to_be_visible()


def test_a_take_is_looked_at_and_the_film_comes_back(film):
    stage(film).get_by_role("link", name="Take 1").click()
    expect(film.locator("#timeline")).to_have_attribute("data-mode", "take-1")
    stage(film).get_by_role("link", name="Film", exact=True).click()
    expect(film.locator("#timeline")).to_have_attribute("data-mode", "film")


def takes(page: Page) -> int:
    """Return the number of the newest take on the stage."""
    return int(page.locator("#timeline").get_attribute("data-newest") or 0)


def test_a_double_click_is_one_render(film):
    number = takes(film)
    film.get_by_role("button", name="Render story").dblclick(delay=150)
    expect(stage(film).get_by_role("link", name=f"Take {number + 1}")).to_be_visible(
        timeout=RENDERED
    )
    expect(film.locator("#live[data-polls]")).to_have_count(0)
    expect(film.get_by_role("button", name="Render story")).to_be_enabled()
    film.reload()
    assert takes(film) == number + 1


def test_a_new_take_disturbs_neither_the_film_that_plays_nor_the_field_in_use(film):
    number = takes(film)
    stage(film).get_by_role("button", name="Loop scene").click()
    stage(film).get_by_role("button", name="Play", exact=True).click()
    wait_for(lambda: at(film) > 0.3)
    shown = film.evaluate(
        "() => { const shown = document.querySelector('#screen video:not([hidden])');"
        " shown.dataset.test = 'same'; return shown.src; }"
    )
    words = film.get_by_label("Prompt of scene 1")
    words.focus()
    film.keyboard.press("Home")
    for _ in range(3):
        film.keyboard.press("ArrowRight")
    film.keyboard.press("Control+Enter")
    watch = film.get_by_role("button", name=f"Take {number + 1} is ready · Watch")
    expect(watch).to_be_visible(timeout=RENDERED)
    expect(words).to_be_focused()
    assert words.evaluate("field => field.selectionStart") == 3
    assert film.locator("video[data-test='same']").evaluate("v => [v.src, v.paused]") == [
        shown,
        False,
    ]
    watch.click()
    expect(watch).to_be_hidden()
    playing = film.locator("#screen video:not([hidden])")
    # The picture before stays until the new one is there.
    wait_for(lambda: playing.evaluate("v => v.src") != shown)
    wait_for(lambda: film.evaluate(AT) > 0.3)
    assert not playing.evaluate("v => v.paused")


def test_a_row_that_plays_keeps_playing_and_shows_the_new_take_afterwards(film):
    row = film.get_by_role("link", name="Play scene 1")
    before = row.get_attribute("data-src")
    row.click()
    playing = film.locator(".poster[data-playing] video")
    playing.evaluate("video => { video.dataset.test = 'same'; }")
    film.get_by_role("button", name="Render story").click()
    expect(film.get_by_role("link", name="Play scene 2")).not_to_have_attribute(
        "data-src", before or "", timeout=RENDERED
    )
    assert playing.evaluate("v => [v.dataset.test, v.paused]") == ["same", False]
    film.keyboard.press("Escape")
    expect(playing).to_have_count(0)
    expect(row).not_to_have_attribute("data-src", before or "")


def test_who_watches_an_older_take_is_offered_the_new_one(film):
    number = takes(film)
    stage(film).get_by_role("link", name="Take 1", exact=True).click()
    expect(film.locator("#timeline")).to_have_attribute("data-mode", "take-1")
    film.get_by_role("button", name="Render story").click()
    watch = film.get_by_role("button", name=f"Take {number + 1} is ready · Watch")
    expect(watch).to_be_visible(timeout=RENDERED)
    expect(film.locator("#timeline")).to_have_attribute("data-mode", "take-1")
    watch.click()
    expect(film.locator("#timeline")).to_have_attribute("data-mode", "film")
    expect(stage(film).get_by_role("button", name="Pause")).to_be_visible()


def test_the_stage_takes_up_a_new_take_in_the_scene_where_it_stands(film):
    number = takes(film)
    film.get_by_role("button", name="Scene 2, 2.0 seconds").click(position={"x": 1, "y": 5})
    before = film.locator("#screen video:not([hidden])").get_attribute("src")
    film.get_by_role("button", name="Render story").click()
    expect(stage(film).get_by_role("link", name=f"Take {number + 1}")).to_be_visible(
        timeout=RENDERED
    )
    expect(film.locator("#screen video:not([hidden])")).not_to_have_attribute("src", before or "")
    expect(film.locator("#timeline li").nth(1)).to_have_attribute("aria-current", "true")


def test_the_film_follows_its_scenes_without_a_reload(film):
    first, second = (
        film.locator("#timeline li").nth(n).get_attribute("data-scene") for n in (0, 1)
    )
    film.get_by_role("button", name="Move scene 2 up").click()
    expect(film.locator("#timeline li").first).to_have_attribute("data-scene", second or "")
    film.get_by_role("button", name="Move scene 2 up").click()
    expect(film.locator("#timeline li").first).to_have_attribute("data-scene", first or "")


def test_reasons_for_not_sending_are_brought_into_sight(film):
    film.get_by_role("button", name="Add scene", exact=True).click()
    expect(film.get_by_label("Prompt of scene 3")).to_be_focused()
    film.keyboard.press("Control+Enter")
    reasons = film.get_by_role("alert").filter(has_text="nothing was spent")
    expect(reasons).to_contain_text("Scene 3 has no words.")
    expect(reasons).to_be_focused()
    expect(reasons).to_be_in_viewport()
    film.get_by_label("More for scene 3").click()
    film.get_by_role("button", name="Delete scene 3").click()
    expect(film.locator("#timeline li")).to_have_count(2)


def test_a_scene_without_a_film_shows_its_words_for_its_length(film):
    film.get_by_role("button", name="Add scene", exact=True).click()
    expect(film.get_by_label("Prompt of scene 3")).to_be_focused()
    film.keyboard.type("And then morning")
    expect(film.locator("[data-dirty]")).to_have_count(0)
    film.reload()
    film.get_by_role("button", name="Scene 3, 2.0 seconds, not rendered").click()
    expect(film.locator("#screen-card")).to_have_text("And then morning")
    expect(film.locator("#time-total")).to_have_text("0:06.0")
