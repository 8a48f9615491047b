"""The whole of writing, walked twice: by touch on a telephone, and by the keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from person import RENDERED
from playwright.sync_api import Locator, Page, expect
from test_pages import findings
from waiting import wait_for

# One act on a control: a tap, or the focus and Enter.
Act = Callable[[Locator], None]


def tap(control: Locator) -> None:
    # A box hides under the words that are its label.
    label = control.locator("xpath=ancestor::label")
    (label if label.count() else control).tap()


def press(control: Locator) -> None:
    control.focus()
    if not control.evaluate("one => one.matches('textarea, input:not([type=checkbox])')"):
        control.press("Space" if control.evaluate("one => one.type === 'checkbox'") else "Enter")


HANDS: dict[str, tuple[Act, dict]] = {
    "touch": (tap, {"has_touch": True, "viewport": {"width": 390, "height": 844}}),
    "keyboard": (press, {"viewport": {"width": 1440, "height": 900}}),
}


@pytest.fixture(params=list(HANDS))
def walk(request, new_person, first_account) -> Iterator[tuple[Page, Act]]:
    """A new story of three scenes, and the hand that goes on; no page is wider than the screen."""
    act, context = HANDS[request.param]
    page = new_person(storage_state=first_account, **context).open("/")
    act(page.get_by_label("Begin with a line"))
    page.keyboard.type("A fox waits by the gate")
    page.keyboard.press("Enter")
    page.wait_for_url("**/projects/*/")
    for line in ("Rain falls on the river. A boat passes", "The moon rises"):
        count = prompts(page).count()
        act(page.get_by_role("button", name="Add scene", exact=True))
        expect(prompts(page)).to_have_count(count + 1)
        expect(prompts(page).last).to_be_focused()
        page.keyboard.type(line)
        saved(page)
    yield page, act
    assert page.evaluate("document.documentElement.scrollWidth") <= context["viewport"]["width"]
    assert findings(page) == []


def prompts(page: Page) -> Locator:
    return page.get_by_label(re.compile(r"^Prompt of scene"))


def frames(page: Page) -> Locator:
    return page.get_by_label("Frames", exact=True)


def saved(page: Page) -> None:
    expect(page.locator("#saved")).to_contain_text("Saved")
    expect(page.locator("[data-dirty]")).to_have_count(0)


def words(page: Page) -> list[str]:
    return [one.input_value() for one in prompts(page).all()]


def menu_of(walk: tuple[Page, Act], scene: int, choice: str) -> None:
    page, act = walk
    act(page.get_by_label(f"More for scene {scene}"))
    act(page.get_by_role("button", name=choice))


def test_rows_are_moved_doubled_split_merged_and_removed(walk):
    page, act = walk
    act(page.get_by_role("button", name="Move scene 3 up"))
    expect(prompts(page).nth(1)).to_have_value("The moon rises")
    act(page.get_by_role("button", name="Move scene 2 down"))
    expect(prompts(page).nth(2)).to_have_value("The moon rises")
    menu_of(walk, 3, "Duplicate")
    expect(prompts(page)).to_have_count(4)
    assert words(page)[2:] == ["The moon rises"] * 2
    act(prompts(page).nth(1))
    prompts(page).nth(1).evaluate("one => one.setSelectionRange(25, 25)")
    menu_of(walk, 2, "Split")
    expect(prompts(page)).to_have_count(5)
    assert words(page)[1:3] == ["Rain falls on the river.", "A boat passes"]
    menu_of(walk, 2, "Merge with the next")
    expect(prompts(page)).to_have_count(4)
    menu_of(walk, 4, "Delete scene 4")
    expect(prompts(page)).to_have_count(3)
    act(page.get_by_role("button", name="Undo").first)
    expect(prompts(page)).to_have_count(4)


def test_frames_are_stepped_shared_out_and_locked(walk):
    page, act = walk
    act(page.get_by_role("button", name="4 frames more in scene 1"))
    expect(frames(page).first).to_have_value("20")
    saved(page)
    menu_of(walk, 1, "Lock")
    expect(page.get_by_role("img", name="locked")).to_be_visible()
    act(page.locator(".budget__menu summary"))
    act(page.get_by_role("button", name="Evenly"))
    expect(frames(page).nth(1)).to_have_value("54")
    assert [one.input_value() for one in frames(page).all()] == ["20", "54", "54"]
    act(frames(page).nth(1))
    page.keyboard.press("Control+a")
    page.keyboard.type("64")
    expect(page.locator(".place .field__error")).to_be_visible()
    expect(frames(page).nth(1)).to_have_value("64")
    page.keyboard.press("Control+a")
    page.keyboard.type("30")
    expect(page.locator(".place .field__error")).to_have_count(0)
    saved(page)


def test_a_cut_begins_a_clip_and_several_scenes_are_changed_at_once(walk):
    page, act = walk
    joint = page.get_by_role("button", name=re.compile("before scene 2"))
    act(joint)
    expect(page.locator(".budget__clip")).to_have_count(2)
    act(joint)
    expect(page.locator(".budget__clip")).to_have_count(1)
    for scene in (1, 2):
        act(page.get_by_label(f"Choose scene {scene}"))
    chosen = page.locator("#selection")
    expect(chosen).to_contain_text("2 scenes chosen")
    act(chosen.get_by_label("Frames of each"))
    page.keyboard.press("Control+a")
    page.keyboard.type("24")
    act(chosen.get_by_role("button", name="Set"))
    expect(frames(page).nth(1)).to_have_value("24")
    act(chosen.get_by_role("button", name="Down"))
    expect(prompts(page).first).to_have_value("The moon rises")
    act(chosen.get_by_role("button", name="Delete"))
    expect(prompts(page)).to_have_count(1)
    act(page.locator("#story-notice").get_by_role("button", name="Undo"))
    expect(prompts(page)).to_have_count(3)


def test_lines_are_pasted_into_the_form_and_a_script_is_imported(walk):
    page, act = walk
    act(page.locator("summary", has_text="Paste several lines"))
    page.get_by_label("Lines, each a scene").fill("The door opens\n\nNobody is there")
    act(page.get_by_role("button", name="Add these scenes"))
    expect(prompts(page)).to_have_count(5)
    act(page.get_by_label("More about this story"))
    act(page.get_by_role("link", name="Import a script"))
    page.get_by_label("Script", exact=True).fill("The clock strikes.\n\nA letter falls.")
    act(page.get_by_role("button", name="Show what it becomes"))
    expect(page.get_by_text("nothing is written before you import")).to_be_visible()
    act(page.get_by_label("Import row 2"))
    act(page.get_by_role("button", name="Import", exact=True))
    wait_for(lambda: "The clock strikes." in words(page))
    assert "A letter falls." not in words(page)


def test_the_past_is_read_restored_and_taken_out_of_the_bin(walk):
    page, act = walk
    menu_of(walk, 1, "Delete scene 1")
    expect(prompts(page)).to_have_count(2)
    act(page.get_by_label("More about this story"))
    act(page.get_by_role("link", name="Bin of scenes"))
    act(page.get_by_role("button", name=re.compile("Restore|Put back|Bring back")))
    expect(prompts(page)).to_have_count(3)
    act(page.get_by_label("More about this story"))
    act(page.get_by_role("link", name="History"))
    act(page.get_by_role("link", name=re.compile("deleted")).first)
    act(page.get_by_role("button", name="Restore this version"))
    expect(prompts(page)).to_have_count(2)


def test_the_look_is_chosen_and_the_story_rendered_and_watched(walk):
    page, act = walk
    add = page.get_by_role("link", name="+ LoRA or embedding")
    choice = page.locator("#models-found").get_by_role("button", name="Candle light")

    def offered() -> bool:
        act(add)
        expect(page.get_by_role("searchbox")).to_be_focused()
        return choice.count() > 0

    wait_for(offered)
    act(choice)
    expect(page.get_by_role("textbox", name="Strength of Candle light")).to_have_value("0.70")
    act(page.get_by_role("button", name="Render story"))
    play = page.get_by_role("link", name="Play scene 3")
    expect(play).to_be_visible(timeout=RENDERED)
    act(play)
    expect(page.locator(".poster[data-playing='whole'] video")).to_have_count(1)
    act(play)
    expect(page.locator(".poster[data-playing]")).to_have_count(0)
    act(page.get_by_role("button", name="Play", exact=True))
    expect(page.locator("#frame")).not_to_have_text("frame 1 of 48")
    act(page.get_by_role("button", name="Pause"))
