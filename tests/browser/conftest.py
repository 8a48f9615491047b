"""Real browsers on a real installation: three processes, started once for all these tests."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from installation import Installation
from person import CLOSED_DOORS, Person, chromium
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

# Two cores may be shared with others: what is right is right after ten seconds, too.
expect.set_options(timeout=15_000)

# What the browser itself prints of an answer that a test asked for on purpose.
EXPECTED = ("status of 403", "status of 409", "status of 422", "Status Error Code 422")
# What it and htmx print while there is no connection, in the tests marked so.
OFFLINE = ("ERR_INTERNET_DISCONNECTED", "htmx:sendError", "htmx:afterRequest", "Send Error")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            # A shared machine may starve a browser: CI tries once more, and its report says so.
            if os.environ.get("CI"):
                item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print why a test was tried once more: what failed once is worth a look."""
    for report in terminalreporter.stats.get("rerun", ()):
        terminalreporter.section(f"tried once more: {report.nodeid}")
        terminalreporter.write_line(report.longreprtext)


# These two last as long as this folder's tests, not as the session: Playwright keeps an event
# loop running, in whose sight Django refuses to speak to its database.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        try:
            found = playwright.chromium.launch(executable_path=chromium(), args=CLOSED_DOORS)
        except Error as exc:
            words = "No Chromium could be started; `make test` says how to install one."
            if os.environ.get("CI"):
                pytest.fail(f"{words}\n{exc}")
            pytest.skip(words)
        yield found
        found.close()


@pytest.fixture(scope="package")
def installation(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    found = Installation(tmp_path_factory.mktemp("storyboard"))
    try:
        found.start()
        yield found
        if found.process is not None and found.process.poll() is None:
            found.stop()
    finally:
        found.clear_away()


NewPerson = Callable[..., Person]


def watched(
    context: BrowserContext,
    address: str,
    faults: list[str],
    expected: tuple[str, ...] = EXPECTED,
) -> BrowserContext:
    """Note every fault in the console, and every request to another host, of these pages."""

    def on_page(page: Page) -> None:
        def on_console(message) -> None:
            if message.type in {"error", "warning"} and not any(
                words in message.text for words in expected
            ):
                faults.append(f"{page.url}: {message.text}")

        page.on("console", on_console)
        page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))

    def on_request(request) -> None:
        if not request.url.startswith((f"{address}/", "data:", "blob:")):
            faults.append(f"asked another host: {request.url}")

    context.on("page", on_page)
    context.on("request", on_request)
    return context


@pytest.fixture(scope="package")
def first_account(browser: Browser, installation: Installation) -> dict:
    """Create the installation's first account; return what its browser remembers."""
    faults: list[str] = []
    context = watched(browser.new_context(), installation.address, faults)
    person = Person(context, context.new_page(), installation.address)
    person.open("/")
    person.sign_up("Ada")
    expect(person.page.get_by_role("heading", name="Stories")).to_be_visible()
    remembered = context.storage_state()
    context.close()
    assert faults == []
    return remembered


@pytest.fixture
def new_person(
    browser: Browser, installation: Installation, request: pytest.FixtureRequest
) -> Iterator[NewPerson]:
    """Return a function that opens a fresh browser; at the end none may have seen a fault."""
    offline = request.node.get_closest_marker("offline") is not None
    expected = EXPECTED + OFFLINE if offline else EXPECTED
    faults: list[str] = []
    opened: list[BrowserContext] = []

    def new(**options) -> Person:
        fresh = browser.new_context(**options)
        context = watched(fresh, installation.address, faults, expected)
        context.set_default_timeout(15_000)
        opened.append(context)
        return Person(context, context.new_page(), installation.address)

    yield new
    for context in opened:
        context.close()
    assert faults == []


@pytest.fixture
def owner(new_person: NewPerson, first_account: dict) -> Person:
    """The person of the first account, signed in, at a desk's width."""
    return new_person(storage_state=first_account, viewport={"width": 1440, "height": 900})


@pytest.fixture
def at_home(browser: Browser, installation: Installation, first_account: dict) -> Iterator[Person]:
    """Ada at `localhost`, where browsers allow passkeys, with a device that has her finger."""
    # As before any of these tests, also where one is tried once more.
    installation.write("DELETE FROM mfa_authenticator")
    address = installation.address.replace("127.0.0.1", "localhost")
    faults: list[str] = []
    context = watched(browser.new_context(viewport={"width": 390, "height": 844}), address, faults)
    page = context.new_page()
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    yield Person(context, page, address)
    context.close()
    # The other tests sign in with the password alone.
    installation.write("DELETE FROM mfa_authenticator")
    assert faults == []
