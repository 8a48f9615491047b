"""`make observatory`: what Mozilla's HTTP Observatory makes of four pages, without the internet.

A new installation's web is started behind a TLS front on this machine, an account is created,
and the scanner looks at the pages. Ends with 1 where one has fewer than `WANTED` points.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.observatory.authority import make_papers
from tests.observatory.front import Front
from tests.observatory.scanner import NotInstalled, install, scan
from tests.waiting import free_port, wait_for

ROOT = Path(__file__).resolve().parents[2]
# The most that a site can have which is on no browser's list.
WANTED = 140
SIGN_IN = "/accounts/login/"
PROJECTS = "/"
MISSING = "/projects/999999/"


@contextmanager
def web(folder: Path, port: int, address: str) -> Iterator[None]:
    """Run the web as the Procfile does, on a new data folder, for people who type `address`."""
    kept = {"PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV"}
    environment = {name: os.environ[name] for name in kept & set(os.environ)} | {
        "STORYBOARD_DATA": str(folder / "data"),
        "PUBLIC_URL": address,
        "TRUST_PROXY": "true",
    }
    prepare = [sys.executable, "manage.py", "prepare", "--verbosity=0"]
    subprocess.run(prepare, cwd=ROOT, env=environment, check=True)
    serve = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port)),
        *("--workers", "2", "--blocking-threads", "16", "--no-ws", "--log-level", "warning"),
        "storyboard.wsgi:application",
    ]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(serve, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        # Without TLS it answers with a redirect, which is an answer.
        path = f"http://127.0.0.1:{port}/"
        wait_for(lambda: requests.get(path, timeout=5, allow_redirects=False).status_code)
        yield
    finally:
        server.terminate()
        server.wait(20)


def first_account(address: str, authority: Path) -> tuple[str, str]:
    """Create an account as a browser would; return its session's cookie and its story's path."""
    browser = requests.Session()
    browser.trust_env, browser.verify = False, str(authority)
    sign_up = f"{address}/accounts/signup/"
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get(sign_up).text)
    form = {"name": "Ada", "email": "ada@example.org", "password1": "four words make one"}
    assert token is not None
    form["csrfmiddlewaretoken"] = token[1]
    stories = browser.post(sign_up, form, headers={"Referer": sign_up}).text
    story = re.search(r'href="(/projects/\d+/)"', stories)
    assert story is not None, "The first account has no sample story."
    session = next(cookie for cookie in browser.cookies if "session" in cookie.name)
    return f"{session.name}={session.value}", story[1]


def report(name: str, address: str, found: dict) -> bool:
    """Print what was found at the address of a page; answer whether it is enough."""
    if "error" in found:
        sys.stdout.write(f"{name}: not scanned: {found['error']}\n")
        return False
    score, grade = found["scan"]["score"], found["scan"]["grade"]
    # Whoever is not signed in would be led to another page, which has points of its own.
    if (seen := found["tests"]["redirection"]["destination"]) != address:
        sys.stdout.write(f"{name}: not scanned: {address} led to {seen}\n")
        return False
    enough = score >= WANTED
    sys.stdout.write(f"{name}: {score}, {grade}{'' if enough else f' (wanted: {WANTED})'}\n")
    for test, told in found["tests"].items():
        sys.stdout.write(f"  {told['scoreModifier'] or 0:+3} {test}: {told['result']}\n")
    return enough


def main() -> int:
    try:
        install()
    except NotInstalled as reason:
        sys.stdout.write(f"Nothing was scanned: {reason}.\n")
        return 0
    with tempfile.TemporaryDirectory(prefix="storyboard-observatory-") as name:
        folder = Path(name)
        papers = make_papers(folder)
        port, web_port = free_port(), free_port()
        place = f"localhost:{port}"
        address = f"https://{place}"
        front = Front(port, web_port, papers)
        threading.Thread(target=front.serve_forever, daemon=True).start()
        with web(folder, web_port, address):
            front.cookie, editor = first_account(address, papers.authority)
            front.signed_in = {PROJECTS, editor, MISSING}
            front.told_as_found = {MISSING}
            pages = {"sign-in": SIGN_IN, "projects": PROJECTS, "editor": editor, "404": MISSING}
            enough = [
                report(name, f"{address}{path}", scan(f"{place}{path}", papers.authority))
                for name, path in pages.items()
            ]
        front.shutdown()
    return 0 if all(enough) else 1


if __name__ == "__main__":
    sys.exit(main())
