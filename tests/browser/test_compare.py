"""Two takes play in step, as pair, wipe or flicked; the better one becomes the pick; the seam."""

from __future__ import annotations

import pytest
from person import RENDERED
from playwright.sync_api import Page, expect
from test_pages import findings

# The widest gap between what both films show, in frames, over so many pictures of a loop.
GAP = """async (pictures) => {
  const [one, other] = document.querySelectorAll('[data-compare] video');
  const seen = new Map();
  for (const video of [one, other]) {
    const each = (now, frame) => {
      seen.set(video, frame.mediaTime - Number(video.dataset.start));
      video.requestVideoFrameCallback(each);
    };
    video.requestVideoFrameCallback(each);
  }
  let widest = 0, laps = 0, before = 0;
  for (let picture = 0; picture < pictures; picture += 1) {
    await new Promise(requestAnimationFrame);
    if (seen.size < 2) continue;
    const [a, b] = [seen.get(one), seen.get(other)];
    if (a < before - 0.3) laps += 1;
    before = a;
    // While both begin again, one may have been asked for its picture before the other.
    if (!one.seeking && !other.seeking && !one.paused && !other.paused) {
      widest = Math.max(widest, Math.abs(a - b) * Number(one.dataset.fps));
    }
  }
  return { widest, laps };
}"""


@pytest.fixture(params=[1440, 390])
def pair(request, new_person, first_account) -> Page:
    """A story of one scene with two takes of other words, as a closed loop."""
    size = {"width": request.param, "height": 900}
    page = new_person(storage_state=first_account, viewport=size).open("/")
    page.get_by_label("Begin with a line").fill("A fox waits by the gate in the snow")
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/projects/*/")
    prompt = page.get_by_label("Prompt of scene 1")
    expect(prompt).to_be_visible()
    page.locator(".look__summary").click()
    page.get_by_label("Closed loop").check()
    expect(page.locator("#saved")).to_contain_text("Saved")
    for number in (1, 2):
        if number == 2:
            prompt.fill("A fox runs from the gate in the snow")
        page.get_by_role("button", name="Render story").click()
        made = page.get_by_role("link", name=f"Take {number}", exact=True)
        expect(made).to_be_visible(timeout=RENDERED)
        expect(page.locator("#live[data-polls]")).to_have_count(0)
    page.get_by_role("link", name="Take 1", exact=True).click()
    expect(page.locator("#take")).to_be_visible()
    return page


def test_two_takes_are_compared_and_one_becomes_the_pick(pair):
    pair.get_by_role("link", name="Compare").click()
    pair.wait_for_url("**/compare/?*")
    play = pair.get_by_role("button", name="Play", exact=True)
    expect(pair.locator("#compare-frame")).to_have_text("frame 1")
    pair.keyboard.press("ArrowRight")
    expect(pair.locator("#compare-frame")).to_have_text("frame 2")
    expect(pair.get_by_role("row", name="Words of scene 1").locator("ins")).to_contain_text("runs")
    assert findings(pair) == []

    play.click()
    found = pair.evaluate(GAP, 240)
    assert found["widest"] <= 1.01
    assert found["laps"] >= 1, "it went round, and was still in step"
    pair.keyboard.press("Tab")
    pair.keyboard.press("x")
    expect(pair.locator("[data-compare]")).to_have_attribute("data-mode", "flick")
    first, second = pair.locator(".compare__side").all()
    expect(first).not_to_be_visible()
    expect(second).to_be_visible()
    pair.keyboard.press("X")
    expect(first).to_be_visible()
    expect(second).not_to_be_visible()

    pair.get_by_role("button", name="Wipe").click()
    wipe = pair.get_by_label("Where the wipe stands")
    wipe.focus()
    pair.keyboard.press("Home")
    expect(pair.locator("[data-compare]")).to_have_attribute("style", "--wipe: 0%;")
    assert findings(pair) == []

    pair.get_by_role("button", name="Make this the pick: take 1").click()
    expect(pair.locator("#picks .chip")).to_have_text("Shown in its scenes")
    expect(pair.get_by_role("button", name="Make this the pick: take 2")).to_be_visible()
    wide = pair.evaluate("document.documentElement.scrollWidth")
    assert wide <= pair.viewport_size["width"]


def test_the_seam_of_a_loop_is_looked_at(pair):
    pair.get_by_role("link", name="Seam").click()
    pair.wait_for_url("**/seam/")
    now = pair.locator("#seam-now")
    expect(pair.locator("[data-seam][data-ready]")).to_be_visible()
    frames = int(pair.locator("[data-seam]").get_attribute("data-frames") or 0)
    for frame in (frames - 1, frames, 1, frames - 1):
        expect(now).to_have_text(f"frame {frame}")
    filled = """(canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return data.some((value, at) => at % 4 < 3 && value);
    }"""
    for canvas in pair.locator("[data-seam] canvas").all():
        assert canvas.evaluate(filled), "a picture is on it"
    pair.get_by_role("button", name="Stop").click()
    expect(pair.get_by_role("button", name="Play the three frames")).to_be_visible()
    assert findings(pair) == []
