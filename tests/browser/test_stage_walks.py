"""The whole of watching, walked twice: by touch on a telephone, and by the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from person import RENDERED
from playwright.sync_api import Page, expect
from test_pages import findings
from test_walks import HANDS, Act, saved
from waiting import wait_for

AT = "() => document.querySelector('#screen video:not([hidden])').currentTime"
PLAYING = "() => !document.querySelector('#screen video:not([hidden])').paused"


@pytest.fixture(params=list(HANDS))
def walk(request, new_person, first_account) -> Iterator[tuple[Page, Act]]:
    """A story of two clips with a film each, and a third scene that has none yet."""
    act, context = HANDS[request.param]
    page = new_person(storage_state=first_account, **context).open("/")
    act(page.get_by_label("Begin with a line"))
    page.keyboard.type("A lighthouse above the sea at night")
    page.keyboard.press("Enter")
    page.wait_for_url("**/projects/*/")
    add(page, act, 2, "Snow falls in the forest")
    act(page.get_by_role("button", name="Blend before scene 2; press to cut"))
    expect(page.get_by_role("button", name="Cut before scene 2")).to_be_visible()
    act(page.get_by_role("button", name="Render story"))
    for number in (1, 2):
        expect(page.get_by_role("link", name=f"Play scene {number}")).to_be_visible(
            timeout=RENDERED
        )
    add(page, act, 3, "And then morning")
    expect(page.locator("#timeline li")).to_have_count(3)
    yield page, act
    assert page.evaluate("document.documentElement.scrollWidth") <= context["viewport"]["width"]
    assert findings(page) == []


def add(page: Page, act: Act, number: int, words: str) -> None:
    act(page.get_by_role("button", name="Add scene", exact=True))
    expect(page.get_by_label(f"Prompt of scene {number}")).to_be_focused()
    page.keyboard.type(words)
    saved(page)


def button(page: Page, name: str):
    stage = page.get_by_role("complementary", name="Stage")
    return stage.get_by_role("button", name=name, exact=True)


def test_the_film_goes_from_file_to_file_to_words_and_ends_at_its_last_frame(walk):
    page, act = walk
    act(button(page, "Scene 1, 2.0 seconds"))
    act(button(page, "Play"))
    expect(page.locator("#screen-caption")).to_have_text("Snow falls in the forest")
    expect(page.locator("#screen-card")).to_have_text("And then morning")
    expect(button(page, "Play")).to_be_visible()
    expect(page.locator("#frame")).to_have_text("frame 48 of 48")


def test_the_row_that_plays_is_lit_and_written_in_while_it_plays(walk):
    page, act = walk
    act(button(page, "Scene 2, 2.0 seconds"))
    act(page.get_by_role("button", name="Loop scene"))
    act(button(page, "Play"))
    row = page.locator("li.scene[data-lit]")
    expect(row).to_contain_text("2")
    words = page.get_by_label("Prompt of scene 2")
    act(words)
    page.keyboard.press("End")
    page.keyboard.type(" and on the frozen lake")
    expect(page.locator("#screen-caption")).to_have_text(
        "Snow falls in the forest and on the frozen lake"
    )
    saved(page)
    expect(words).to_be_focused()
    assert page.evaluate(PLAYING)
    wait_for(lambda: page.evaluate(AT) > 1)
    expect(row).to_contain_text("2")
    act(page.get_by_role("button", name="Loop scene"))
    expect(button(page, "Play")).to_be_visible()
    expect(words).to_have_value("Snow falls in the forest and on the frozen lake")


def test_speed_captions_and_the_whole_screen_are_in_reach(walk):
    page, act = walk
    act(button(page, "Speed 1×"))
    expect(button(page, "Speed 1.5×")).to_be_visible()
    act(button(page, "Captions"))
    expect(page.locator("#screen-caption")).to_be_hidden()
    act(button(page, "Captions"))
    expect(page.locator("#screen-caption")).to_be_visible()
    act(button(page, "Full screen"))
    page.wait_for_function("() => document.fullscreenElement?.id === 'screen'")
    page.evaluate("document.exitFullscreen()")
    page.wait_for_function("() => !document.fullscreenElement")


def test_a_finger_goes_along_the_strip_and_the_film_with_it(walk):
    page, act = walk
    if act is not HANDS["touch"][0]:
        page.locator("#main").focus()
        page.keyboard.press("ArrowRight")
        expect(page.locator("#frame")).to_have_text("frame 2 of 48")
        return
    page.locator("#timeline").scroll_into_view_if_needed()
    strip = page.locator("#timeline").bounding_box()
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, *parts: float) -> None:
        y = strip["y"] + strip["height"] / 2
        points = [{"x": strip["x"] + strip["width"] * part, "y": y} for part in parts]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 0.1)
    for part in (0.2, 0.3, 0.4, 0.5):
        touch("touchMove", part)
    expect(page.locator("#timeline li").nth(1)).to_have_attribute("aria-current", "true")
    expect(page.locator("#screen-caption")).to_have_text("Snow falls in the forest")
    touch("touchEnd")
    assert not page.evaluate(PLAYING)


def test_a_take_is_compared_and_picked_and_the_film_downloaded(walk):
    page, act = walk
    act(page.get_by_label("More for scene 3"))
    act(page.get_by_role("button", name="Delete scene 3"))
    expect(page.locator("#timeline li")).to_have_count(2)
    act(page.get_by_role("button", name="Render scene").first)
    expect(page.get_by_role("link", name="Take 3", exact=True)).to_be_visible(timeout=RENDERED)
    act(page.get_by_role("link", name="Take 1", exact=True))
    act(page.get_by_role("button", name="Pick: part 1"))
    expect(page.locator(".scene .chip").first).to_have_text("Take 1")
    act(page.get_by_role("link", name="Download the film"))
    page.wait_for_url("**/films/")
    act(page.get_by_role("button", name="Make the film"))
    link = page.get_by_role("link", name="Download", exact=True)
    expect(link).to_be_visible(timeout=RENDERED)
    with page.expect_download() as film:
        act(link)
    assert film.value.suggested_filename.endswith(".mp4")
