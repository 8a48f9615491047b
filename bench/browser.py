"""The editor in a real Chromium, on a Storyboard that runs as `make run` starts it."""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, sync_playwright

from bench.editor_page import story
from bench.measure import Measure
from bench.takes import add_takes

# What a visit takes in, as the browser counts it: headers and bodies as they came over the wire.
LAYOUT_SHIFT = """() => { window.shift = 0; new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.shift += one.value;
}).observe({ type: "layout-shift", buffered: true }); }"""
# The script that a keystroke runs, from its event to the moved strip, layout included.
KEYSTROKE = """(round) => {
  const field = document.querySelectorAll("input[data-frames]")[5];
  const segment = document.querySelectorAll("[data-segment]")[5];
  field.focus();
  field.value = round % 2 ? 8 : 9;
  const start = performance.now();
  field.dispatchEvent(new Event("input", { bubbles: true }));
  segment.getBoundingClientRect();
  return performance.now() - start;
}"""
# From the keystroke to the answer swapped in, without the 120 ms in which one may type on.
SWAP = """(round) => new Promise((done) => {
  const field = document.querySelectorAll("input[data-frames]")[5];
  let sent = 0;
  const hears = (name, act) => document.body.addEventListener(name, function hear({ detail }) {
    if ((detail.requestConfig?.elt ?? detail.elt) !== field.form) return;
    document.body.removeEventListener(name, hear);
    act();
  });
  hears("htmx:beforeRequest", () => { sent = performance.now(); });
  hears("htmx:afterOnLoad", () => done(performance.now() - sent));
  field.value = round % 2 ? 9 : 8;
  field.dispatchEvent(new Event("input", { bubbles: true }));
})"""
MEDIA = ("image", "media")


@contextmanager
def running(**variables: str) -> Iterator[str]:
    """Run Storyboard on the data folder of this bench, with these settings; give its address."""
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        ports = {"PORT": str(one.getsockname()[1]), "ENGINE_PORT": str(other.getsockname()[1])}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "run"],
        env=os.environ | ports | variables,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if "is running at" in line:
                break
        yield f"http://127.0.0.1:{ports['PORT']}"
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def page_of(address: str, client: Client) -> Iterator[Page]:
    """Open a fresh browser that is signed in as `client` is."""
    names = (os.environ.get("STORYBOARD_CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])
        yield context.new_page()
        chromium.close()


def first_visit(page: Page, url: str) -> tuple[dict[str, float], float]:
    """Open a page; return the kilobytes that came of each kind, and how far things moved."""
    kinds: dict[str, str] = {}
    came: dict[str, float] = {}
    wire = page.context.new_cdp_session(page)

    def response(told: dict[str, Any]) -> None:
        kinds[told["requestId"]] = told["type"].lower()

    def finished(told: dict[str, Any]) -> None:
        kind = kinds.get(told["requestId"], "other")
        came[kind] = came.get(kind, 0) + told["encodedDataLength"] / 1000

    wire.on("Network.responseReceived", response)
    wire.on("Network.loadingFinished", finished)
    wire.send("Network.enable")
    page.add_init_script(f"({LAYOUT_SHIFT})()")
    page.goto(url)
    page.wait_for_load_state("networkidle", timeout=20_000)
    return came, page.evaluate("window.shift")


def editor() -> str:
    """Open the editor, type in it and save; return three measures, a line each."""
    return "\n".join(str(measure) for measure in _editor())


def _editor() -> Iterator[Measure]:
    client, project = story(1, 15)
    add_takes(project, 50)
    with running() as address, page_of(address, client) as page:
        came, shift = first_visit(page, f"{address}/projects/{project.pk}/")
        total = sum(size for kind, size in came.items() if kind not in MEDIA)
        parts = ", ".join(f"{kind} {size:.0f}" for kind, size in sorted(came.items()))
        yield Measure(
            "first visit of the editor of 15 scenes and 50 takes, without media (at most 180 KB)",
            f"{total:.0f} KB over the wire ({parts}), layout shift {shift:.3f} (at most 0.02)",
        )
        page.locator("input[data-frames]").nth(14).wait_for()
        typed = [page.evaluate(KEYSTROKE, number) for number in range(40)]
        yield Measure(
            "a keystroke in a frames field to the moved strip (under 16 ms)",
            f"{statistics.median(typed):.1f} ms of script, {max(typed):.1f} at most of 40",
        )
        page.wait_for_timeout(1000)
        swaps = [page.evaluate(SWAP, number) for number in range(20)]
        yield Measure(
            "a number of frames sent to its answer swapped in (under 100 ms, median)",
            f"{statistics.median(swaps):.0f} ms, {max(swaps):.0f} at most of 20",
        )
