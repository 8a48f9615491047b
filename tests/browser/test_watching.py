"""The watch over every page of these tests notices what it is there for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Route
from watching import watch

SIGN_IN = "/accounts/login/"


@pytest.mark.parametrize(
    ("put_in", "directive"),
    [
        ('<p style="color: red">Words</p>', "style-src-attr"),
        ("<style>p { color: red }</style>", "style-src-elem"),
        ('<details open ontoggle="this.remove()">Words</details>', "script-src-attr"),
        ("<script>document.title = 'Words'</script>", "script-src-elem"),
    ],
)
def test_what_the_policy_forbids_is_a_fault_of_the_test(browser, installation, put_in, directive):
    def answer(route: Route) -> None:
        came = route.fetch()
        route.fulfill(response=came, body=came.text().replace("</main>", f"{put_in}</main>"))

    found: list[str] = []
    context = browser.new_context()
    watch(context, installation.address, found)
    context.route(f"**{SIGN_IN}", answer)
    page = context.new_page()
    page.goto(f"{installation.address}{SIGN_IN}")
    # What was forbidden is told after it, in the order of the page's own tasks.
    page.evaluate("new Promise((done) => setTimeout(done))")
    context.close()
    assert any(f"{directive} forbids inline" in fault for fault in found)


def test_every_browser_of_these_tests_is_watched():
    opens = re.compile(r"\.new_context\(")
    found = {
        path.name for path in Path(__file__).parent.glob("*.py") if opens.search(path.read_text())
    }
    assert found == {"watching.py", "test_watching.py"}
