"""A film is asked for, watched in the making and downloaded, in a real browser."""

from __future__ import annotations

import av
import pytest
from person import RENDERED
from playwright.sync_api import expect
from test_pages import findings


@pytest.mark.parametrize("width", [1440, 390])
def test_a_film_is_made_and_downloaded(new_person, first_account, tmp_path, width):
    size = {"width": width, "height": 900}
    page = new_person(storage_state=first_account, viewport=size).open("/")
    page.get_by_label("Begin with a line").fill("A fox waits by the gate")
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/projects/*/")
    page.get_by_role("button", name="Render story").click()
    made = page.get_by_role("link", name="Take 1", exact=True)
    expect(made).to_be_visible(timeout=RENDERED)
    page.get_by_role("link", name="Download the film").click()
    page.wait_for_url("**/films/")
    assert findings(page) == []
    page.get_by_label("Begin with a title card").check()
    page.get_by_role("button", name="Make the film").click()
    page.wait_for_url("**/films/")
    link = page.get_by_role("link", name="Download", exact=True)
    expect(link).to_be_visible(timeout=RENDERED)
    assert findings(page) == []
    with page.expect_download() as saved:
        link.click()
    saved.value.save_as(tmp_path / "film.mp4")
    with av.open(str(tmp_path / "film.mp4")) as film:
        frames = sum(1 for _ in film.decode(video=0))
    expect(page.locator(".films__film")).to_contain_text(f"{frames} frames")
