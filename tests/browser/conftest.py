"""Real browsers on a real installation: three processes, started once for all these tests."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from installation import Installation
from person import CLOSED_DOORS, Person, chromium
from playwright.sync_api import Browser, Error, expect, sync_playwright
from watching import EXPECTED, OFFLINE, watched

# Two cores may be shared with others: what is right is right after ten seconds, too.
expect.set_options(timeout=15_000)


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


@pytest.fixture(scope="package")
def first_account(browser: Browser, installation: Installation) -> dict:
    """Create the installation's first account; return what its browser remembers."""
    with watched(browser, installation.address) as context:
        person = Person(context, context.new_page(), installation.address)
        person.open("/")
        person.sign_up("Ada")
        expect(person.page.get_by_role("heading", name="Stories")).to_be_visible()
        return context.storage_state()


@pytest.fixture
def new_person(
    browser: Browser, installation: Installation, request: pytest.FixtureRequest
) -> Iterator[NewPerson]:
    """Return a function that opens a fresh browser; at the end none may have seen a fault."""
    offline = request.node.get_closest_marker("offline") is not None
    expected = EXPECTED + OFFLINE if offline else EXPECTED
    with ExitStack() as opened:

        def new(**options) -> Person:
            fresh = watched(browser, installation.address, expected, **options)
            context = opened.enter_context(fresh)
            context.set_default_timeout(15_000)
            return Person(context, context.new_page(), installation.address)

        yield new


@pytest.fixture
def owner(new_person: NewPerson, first_account: dict, installation: Installation) -> Person:
    """The person of the first account, signed in, at a desk's width."""
    # She begins more stories in all of these tests than anybody may in five minutes.
    installation.write("DELETE FROM cache WHERE cache_key LIKE '%:rl:%:begin:%'")
    return new_person(storage_state=first_account, viewport={"width": 1440, "height": 900})


@pytest.fixture
def at_home(browser: Browser, installation: Installation, first_account: dict) -> Iterator[Person]:
    """Ada at `localhost`, where browsers allow passkeys, with a device that has her finger."""
    # As before any of these tests, also where one is tried once more.
    installation.write("DELETE FROM mfa_authenticator")
    address = installation.address.replace("127.0.0.1", "localhost")
    with watched(browser, address, viewport={"width": 390, "height": 844}) as context:
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
    # The other tests sign in with the password alone.
    installation.write("DELETE FROM mfa_authenticator")
