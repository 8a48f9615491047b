"""Somebody at a browser of their own."""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Page, expect

PASSWORD = "four words make one"
# Milliseconds within which the engine's film is on the page, also where a machine is starved.
RENDERED = 90_000
CLOSED_DOORS = ("--no-sandbox", "--disable-quic", "--disable-background-networking")
# How often each name signed up: where a test is tried once more, its address is taken already.
_signed_up: Counter[str] = Counter()


def chromium() -> str | None:
    """Return the path of the system's Chromium, or None for the one that Playwright keeps."""
    names = (os.environ.get("STORYBOARD_CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if name and (path := shutil.which(name))), None)


@dataclass
class Person:
    """Somebody at a browser of their own."""

    context: BrowserContext
    page: Page
    address: str

    def open(self, path: str) -> Page:
        """Open a path of the installation, or a whole address of it."""
        self.page.goto(path if path.startswith("http") else f"{self.address}{path}")
        return self.page

    def sign_up(self, name: str) -> None:
        """Fill in the sign-up form that is on the page."""
        before, again = name.lower(), _signed_up[name]
        _signed_up[name] += 1
        self.page.get_by_label("Your name").fill(name)
        self.page.get_by_label(re.compile("e-?mail", re.IGNORECASE)).fill(
            f"{before}{again or ''}@example.org"
        )
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Create account").click()

    def begin_two_scenes(self) -> Page:
        """Begin a story of a lighthouse and of snow, and wait until it is stored."""
        page = self.open("/")
        page.get_by_label("Begin with a line").fill("A lighthouse above the sea at night")
        page.get_by_role("button", name="Begin").click()
        page.wait_for_url("**/projects/*/")
        page.get_by_role("button", name="Add scene", exact=True).click()
        expect(page.get_by_label("Prompt of scene 2")).to_be_focused()
        page.keyboard.type("Snow falls in the forest")
        expect(page.locator("[data-dirty]")).to_have_count(0)
        return page

    def open_sample(self) -> Page:
        """Open the sample story that came with the account."""
        page = self.open("/")
        page.get_by_role("link", name="The Little Match Girl").first.click()
        # And with it the scripts: what is pressed before them leads to another page.
        page.wait_for_url("**/projects/*/")
        expect(page.get_by_role("heading", name="Scenes")).to_be_attached()
        return page
