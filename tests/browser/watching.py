"""What no page of these tests may do: complain, break the site's policy, or ask another host."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

# What the browser itself prints of an answer that a test asked for on purpose.
ASKED_FOR = ("status of 403", "status of 409", "status of 422", "Status Error Code 422")
# What htmx prints of a request that was under way when its page was left.
BROKEN_OFF = ("htmx:afterRequest", "htmx:sendAbort")
EXPECTED = ASKED_FOR + BROKEN_OFF
# What it and htmx print while there is no connection, in the tests marked so.
OFFLINE = ("ERR_INTERNET_DISCONNECTED", "htmx:sendError", "Send Error")
# In each document before its own first script.
REPORTS = """addEventListener("securitypolicyviolation", (told) => reportOf(
  `${told.effectiveDirective} forbids ${told.blockedURI} (${told.sourceFile}:${told.lineNumber})`
))"""


def watch(
    context: BrowserContext,
    address: str,
    faults: list[str],
    expected: tuple[str, ...] = EXPECTED,
) -> None:
    """Note every fault of these pages: in the console, against the policy, to another host."""

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

    def on_report(source: dict, words: str) -> None:
        faults.append(f"{source['page'].url}: {words}")

    context.on("page", on_page)
    context.on("request", on_request)
    context.expose_binding("reportOf", on_report)
    context.add_init_script(REPORTS)


@contextmanager
def watched(
    browser: Browser, address: str, expected: tuple[str, ...] = EXPECTED, **options: Any
) -> Iterator[BrowserContext]:
    """Open a fresh browser; at its end none of its pages may have had a fault."""
    faults: list[str] = []
    context = browser.new_context(**options)
    try:
        watch(context, address, faults, expected)
        yield context
    finally:
        context.close()
    assert not faults, "\n".join(faults)
