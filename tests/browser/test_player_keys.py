"""The player by keyboard, by a hand on its strip, and what it remembers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from person import RENDERED, Person
from playwright.sync_api import Page, expect
from test_pages import findings
from waiting import wait_for
from watching import watched

AT = "() => document.querySelector('#screen video:not([hidden])').currentTime"


@pytest.fixture(scope="module")
def address(browser, installation, first_account) -> Iterator[str]:
    """A story of two clips, so that its film goes from file to file."""
    with watched(browser, installation.address, storage_state=first_account) as context:
        person = Person(context, context.new_page(), installation.address)
        page = person.begin_two_scenes()
        page.get_by_role("button", name="Blend before scene 2; press to cut").click()
        page.get_by_role("button", name="Render story").click()
        for number in (1, 2):
            play = page.get_by_role("link", name=f"Play scene {number}")
            expect(play).to_be_visible(timeout=RENDERED)
        yield page.url


@pytest.fixture
def film(owner, address) -> Page:
    page = owner.open(address)
    expect(page.locator("#timeline li[data-src]")).to_have_count(2)
    page.locator("#main").focus()
    return page


def stands_at(page: Page, frame: int) -> None:
    expect(page.locator("#frame")).to_have_text(f"frame {frame} of 32")


def go_to(page: Page, frame: int) -> None:
    """Go to a frame of the film, counted from 1, by the keys alone."""
    page.locator("#timeline button").nth((frame - 1) // 16).press("Enter")
    page.locator("#main").focus()
    for _ in range((frame - 1) % 16):
        page.keyboard.press("ArrowRight")
    stands_at(page, frame)


def test_the_film_plays_from_file_to_file(film):
    film.keyboard.press("k")
    expect(film.locator("#screen-caption")).to_have_text("Snow falls in the forest")
    expect(film.get_by_role("button", name="Play", exact=True)).to_be_visible()
    stands_at(film, 32)
    expect(film.locator("#time")).to_have_text("0:04.0")


def test_steps_cross_from_file_to_file(film):
    go_to(film, 17)
    film.keyboard.press("ArrowLeft")
    stands_at(film, 16)
    film.keyboard.press("ArrowRight")
    film.keyboard.press("ArrowRight")
    stands_at(film, 18)


def test_the_frame_on_the_screen_is_the_frame_that_is_counted(film):
    go_to(film, 21)
    wait_for(lambda: abs(film.evaluate(AT) - 4.5 / 8) < 0.01)


def test_j_plays_backwards_to_the_beginning_and_k_stops(film):
    go_to(film, 19)
    film.keyboard.press("j")
    expect(film.locator("#screen-caption")).to_contain_text("lighthouse")
    stands_at(film, 1)
    expect(film.get_by_role("button", name="Play", exact=True)).to_be_visible()
    film.keyboard.press("l")
    film.keyboard.press("l")
    expect(film.get_by_role("button", name="Pause")).to_be_visible()
    wait_for(lambda: film.evaluate("document.querySelector('#screen video').playbackRate") == 2)
    film.keyboard.press("k")
    expect(film.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_a_range_is_looped_until_it_is_taken_away(film):
    go_to(film, 15)
    film.keyboard.press("i")
    film.keyboard.press("ArrowRight")
    film.keyboard.press("ArrowRight")
    film.keyboard.press("ArrowRight")
    stands_at(film, 18)
    film.keyboard.press("o")
    chip = film.get_by_role("button", name="Loop no more from 0:01.7–0:02.2")
    expect(chip).to_be_visible()
    seen: set[int] = set()
    film.keyboard.press(" ")

    def all_four() -> bool:
        seen.add(int(film.locator("#frame").inner_text().split()[1]))
        return seen >= {15, 16, 17, 18}

    wait_for(all_four)
    # A busy machine may draw one picture too late.
    assert seen <= {15, 16, 17, 18, 19}
    chip.click()
    expect(film.get_by_role("button", name="Loop no more")).to_have_count(0)
    stands_at(film, 32)


def test_shift_l_loops_the_scene(film):
    film.keyboard.press("L")
    expect(film.get_by_role("button", name="Loop scene")).to_have_attribute("aria-pressed", "true")
    film.keyboard.press("L")
    expect(film.get_by_role("button", name="Loop scene")).to_have_attribute("aria-pressed", "false")


def test_the_strip_is_scrubbed_and_shows_the_picture_under_the_hand(film):
    box = film.locator("#timeline").bounding_box()
    film.mouse.move(box["x"] + box["width"] * 0.1, box["y"] + 10)
    peek = film.locator("#peek")
    expect(peek).to_be_visible()
    expect(peek).to_contain_text("0:00.4")
    assert "sprite" in peek.locator("i").evaluate("one => one.style.backgroundImage")
    film.mouse.down()
    film.mouse.move(box["x"] + box["width"] * 0.76, box["y"] + 10, steps=6)
    stands_at(film, 25)
    film.mouse.up()
    stands_at(film, 25)
    film.mouse.move(5, 5)
    expect(peek).to_be_hidden()
    assert findings(film) == []


def test_the_place_is_kept_across_a_reload(film):
    go_to(film, 20)
    film.reload()
    stands_at(film, 20)


def test_captions_have_sizes_that_are_remembered(film):
    size = "one => parseFloat(getComputedStyle(one).fontSize)"
    caption = film.locator("#screen-caption")
    before = caption.evaluate(size)
    film.keyboard.press("C")
    expect(film.get_by_role("button", name="Caption size: large")).to_be_visible()
    assert caption.evaluate(size) > before
    film.reload()
    expect(film.get_by_role("button", name="Caption size: large")).to_be_visible()
    film.get_by_role("button", name="Caption size").click()
    assert caption.evaluate(size) < before
    film.get_by_role("button", name="Caption size").click()


def test_a_broken_take_is_a_word_for_its_length_and_never_a_stop(film):
    first = film.locator("#timeline li").first.get_attribute("data-src")
    film.route(f"**{first}", lambda route: route.fulfill(body=b"no film", content_type="video/mp4"))
    film.reload()
    expect(film.locator("#screen-card")).to_have_text("This take cannot be played.")
    film.locator("#main").focus()
    film.keyboard.press(" ")
    expect(film.locator("#screen-caption")).to_have_text("Snow falls in the forest")
    stands_at(film, 32)


def test_a_row_plays_small_and_silently_under_the_mouse(film):
    film.get_by_role("link", name="Play scene 1").hover()
    video = film.locator(".poster[data-playing='preview'] video")
    expect(video).to_have_count(1)
    assert "/preview/" in video.get_attribute("src")
    assert video.evaluate("one => one.muted")
    film.mouse.move(5, 5)
    expect(video).to_have_count(0)


def test_nothing_plays_by_itself_with_reduced_motion(film):
    film.emulate_media(reduced_motion="reduce")
    link = film.get_by_role("link", name="Play scene 1")
    link.hover()
    link.press("Enter")
    expect(film.locator(".poster[data-playing]")).to_have_attribute("data-playing", "whole")
    film.keyboard.press("Escape")
    expect(film.locator(".poster[data-playing]")).to_have_count(0)
