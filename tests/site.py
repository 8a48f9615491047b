"""Only the web of a Storyboard: two workers on a free port, with a database of their own."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import requests

from tests.postgres.own import own_database, rows_of
from tests.waiting import free_port, wait_for

ROOT = Path(__file__).resolve().parent.parent
TOKEN = "c" * 32
# As many processes and threads as anybody's web has.
PROCFILE = (ROOT / "Procfile").read_text()
THREADS = re.findall(r"--workers \d+ --blocking-threads \d+", PROCFILE)[0].split()


class Site:
    def __init__(self, data: Path, **settings: str) -> None:
        self.data = data
        self.env = os.environ | {
            "STORYBOARD_DATA": str(data),
            "SECRET_KEY": "for this test only, and long enough for every check",
            "DEBUG": "true",
            "LOG_LEVEL": "ERROR",
        }
        self.env |= settings
        if database := own_database():
            self.env["DATABASE_URL"] = database
        self.manage("migrate", "--verbosity=0")
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.server = subprocess.Popen(
            [
                *(sys.executable, "-m", "granian", "--interface", "wsgi", *THREADS),
                *("--port", str(self.port), "--no-ws", "storyboard.wsgi:application"),
            ],
            cwd=ROOT,
            env=self.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def manage(self, *arguments: str) -> str:
        """Run a command of manage.py on this site's data; return what it prints."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.env, check=True, capture_output=True)
        return done.stdout.decode()

    def ask(self, script: str) -> list[str]:
        """Run a script against the site's database; return the words that it prints."""
        return self.manage("shell", "--no-imports", "-c", script).split()

    def browser(self, session: str = "", *, htmx: bool = False) -> requests.Session:
        """Return a browser, signed in when it is given a session's key."""
        browser = requests.Session()
        browser.trust_env = False
        browser.cookies.set("csrftoken", TOKEN)
        browser.headers["X-CSRFToken"] = TOKEN
        if session:
            browser.cookies.set("sessionid", session)
        if htmx:
            browser.headers["HX-Request"] = "true"
        return browser

    def post(self, browser: requests.Session, path: str, data: Mapping[str, object]) -> int:
        """Post a form; return the status of the answer itself, no redirect followed."""
        url = f"{self.address}{path}"
        return browser.post(url, data=data, timeout=30, allow_redirects=False).status_code

    def rows(self, query: str) -> list[tuple]:
        """Read the site's database from beside it."""
        if database := self.env.get("DATABASE_URL"):
            return rows_of(database, query)
        with sqlite3.connect(self.data / "storyboard.sqlite3") as connection:
            return connection.execute(query).fetchall()

    def await_answer(self) -> None:
        """Return once the web answers."""
        wait_for(lambda: self.browser().get(self.address, timeout=5).ok)

    def stop(self) -> None:
        self.server.terminate()
        self.server.wait(timeout=20)
