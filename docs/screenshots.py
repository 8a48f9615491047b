"""`make screenshots`: the pictures of README.md, taken from the running program.

A new installation is started on ports of its own, an account is created, the sample story is
rendered, and each page is photographed at a desk's and at a telephone's width.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

DOCS = Path(__file__).resolve().parent
sys.path[:0] = [str(DOCS.parent / "tests"), str(DOCS.parent / "tests" / "browser")]

from installation import Installation
from person import CLOSED_DOORS, Person, chromium

DESK = {"width": 1440, "height": 900}
TELEPHONE = {"width": 390, "height": 844}
LARGEST = 400_000
SECONDS_TO_RENDER = 60
# The player's moving picture: pixels across, and frames of the film between two of its pictures.
PLAYER = 400
FRAMES_BETWEEN = 3
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 60)))"


def keep(page: Page, name: str, *, full_page: bool = False) -> None:
    """Photograph a page into docs/, in as few colours as it takes to stay below 400 kB."""
    page.wait_for_load_state("networkidle")
    picture = Image.open(io.BytesIO(page.screenshot(full_page=full_page))).convert("RGB")
    path = DOCS / f"{name}.png"
    picture.save(path, optimize=True)
    for colours in (256, 128, 64):
        if path.stat().st_size < LARGEST:
            break
        picture.quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)
    sys.stdout.write(f"{path.name}: {path.stat().st_size // 1000} kB\n")


def render(page: Page) -> None:
    """Render the story that is open, and stop at a frame in the middle of its film."""
    page.get_by_role("button", name="Render story").click()
    expect(page.get_by_role("link", name="Play scene 4")).to_be_visible(
        timeout=SECONDS_TO_RENDER * 1000
    )
    stage = page.get_by_role("complementary", name="Stage")
    stage.get_by_role("button", name="Scene 2,").click()
    page.mouse.move(0, 0)


def film_player(page: Page) -> None:
    """Keep the player as a moving picture: two scenes watched, then a hand along the strip."""
    stage = page.locator("#stage")
    pictures: list[Image.Image] = []

    def shoot() -> None:
        # What was asked for is on the screen once the browser has drawn twice.
        page.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 60)))"
        )
        shot = Image.open(io.BytesIO(stage.screenshot(animations="disabled"))).convert("RGB")
        pictures.append(shot.resize((PLAYER, shot.height * PLAYER // shot.width)))

    page.locator("#timeline button").first.press("Enter")
    page.locator("#main").focus()
    for _ in range(24):
        shoot()
        for _ in range(FRAMES_BETWEEN):
            page.keyboard.press("ArrowRight")
    strip = page.locator("#timeline").bounding_box()
    if strip is None:
        raise RuntimeError("the strip is not on the page")
    page.mouse.move(strip["x"] + strip["width"] * 0.75, strip["y"] + 10)
    page.mouse.down()
    for part in (*range(74, 10, -4), *range(12, 40, 4)):
        page.mouse.move(strip["x"] + strip["width"] * part / 100, strip["y"] + 10)
        shoot()
    page.mouse.up()
    path = DOCS / "player.webp"
    height = max(picture.height for picture in pictures)
    pictures = [picture for picture in pictures if picture.height == height]
    pictures[0].save(
        path,
        save_all=True,
        append_images=pictures[1:],
        duration=1000 * FRAMES_BETWEEN // 8,
        loop=0,
        quality=55,
        method=6,
    )
    sys.stdout.write(f"{path.name}: {path.stat().st_size // 1000} kB\n")


def photograph(installation: Installation) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CLOSED_DOORS)
        context = browser.new_context(viewport=DESK)
        person = Person(context, context.new_page(), installation.address)
        page = person.open("/")
        keep(page, "first-account")
        person.sign_up("Ada")
        person.open_sample()
        render(page)
        keep(page, "editor")
        film_player(page)
        story = page.url
        keep(person.open("/"), "stories")
        page.goto(story)
        page.get_by_role("link", name="Share").click()
        page.get_by_role("link", name="Look after the team").click()
        page.wait_for_url("**/teams/*/")
        keep(page, "team")
        team = page.url
        remembered = context.storage_state()
        for name, options in {
            "dark": {"viewport": DESK, "color_scheme": "dark"},
            "390": {"viewport": TELEPHONE},
        }.items():
            other = browser.new_context(storage_state=remembered, **options)
            page = other.new_page()
            for address, what in ((story, "editor"), (f"{installation.address}/", "stories")):
                page.goto(address)
                keep(page, f"{what}-{name}")
            if name == "390":
                page.goto(team)
                keep(page, "team-390")
        browser.close()


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="storyboard-pictures-") as folder:
        installation = Installation(Path(folder))
        try:
            installation.start()
            photograph(installation)
            installation.stop()
        finally:
            installation.clear_away()


if __name__ == "__main__":
    main()
