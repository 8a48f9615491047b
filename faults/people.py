"""Writers who press Render story: real pages, real posts, twice at once and again when unheard."""

from __future__ import annotations

import random
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

from faults.house import House

TOKEN = "c" * 32
# An answer that takes longer is an answer that never came.
PATIENCE = 30.0


def browser(session: str) -> requests.Session:
    found = requests.Session()
    found.trust_env = False
    found.cookies.set("csrftoken", TOKEN)
    found.cookies.set("sessionid", session)
    found.headers["X-CSRFToken"] = TOKEN
    return found


class People:
    """Press each project once, `pause` seconds apart on average; `stop` ends it early."""

    def __init__(
        self,
        house: House,
        cast: dict[str, Any],
        dice: random.Random,
        pause: float,
        writers: int = 2,
    ) -> None:
        self.house, self.cast, self.dice, self.pause = house, cast, dice, pause
        self.left = list(reversed(cast["projects"]))
        self.lock = threading.Lock()
        self.leaving = threading.Event()
        self.threads = [threading.Thread(target=self._write, daemon=True) for _ in range(writers)]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def stop(self, seconds: float = 120) -> None:
        """Let those who have pressed hear their answer; nobody presses anew."""
        self.leaving.set()
        self.join(seconds)

    def join(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        for thread in self.threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def hidden(self) -> list[int]:
        """Return the unsure renders that the page of their story does not let one decide on."""
        sql = "select id, project_id from renders_render where state = 'unsure'"
        found = []
        with browser(self.cast["session"]) as session:
            for render, project in self.house.rows(sql):
                page = session.get(f"{self.house.address}/projects/{project}/", timeout=PATIENCE)
                if f'action="/renders/{render}/send-again/"' not in page.text:
                    found.append(render)
        return found

    def _write(self) -> None:
        while not self.leaving.is_set():
            with self.lock:
                if not self.left:
                    return
                project = self.left.pop()
                rest = self.dice.expovariate(len(self.threads) / self.pause) if self.pause else 0.0
            self._press(project)
            self.leaving.wait(rest)

    def _press(self, project: dict[str, Any]) -> None:
        form = self._open(project["pk"])
        if not form:
            return
        with self.lock:
            for story in project["stories"]:
                self.house.told.attempted[story] = 1
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            with ThreadPoolExecutor(2) as pool:
                posts = [pool.submit(self._post, project["pk"], form) for _ in range(2)]
                answers = [post.result() for post in posts]
            if any(answer in (200, 302) for answer in answers):
                with self.lock:
                    self.house.told.acknowledged.update(project["stories"])
                return
            time.sleep(0.3)

    def _open(self, pk: int) -> dict[str, str]:
        """Return what the page's button posts, once the page is to be had."""
        form = re.compile(
            rf'action="/projects/{pk}/render/".*?name="nonce" value="(?P<nonce>[\w-]+)"'
            r'.*?name="terms" value="(?P<terms>\w+)" form="render-form"',
            re.S,
        )
        while not self.leaving.is_set():
            try:
                with browser(self.cast["session"]) as session:
                    page = session.get(f"{self.house.address}/projects/{pk}/", timeout=PATIENCE)
            except requests.RequestException:
                self.leaving.wait(0.2)
                continue
            self._count(page.status_code)
            if found := form.search(page.text):
                return found.groupdict()
            self.leaving.wait(0.2)
        return {}

    def _post(self, pk: int, form: dict[str, str]) -> int:
        try:
            with browser(self.cast["session"]) as session:
                status = session.post(
                    f"{self.house.address}/projects/{pk}/render/",
                    data=form,
                    timeout=PATIENCE,
                    allow_redirects=False,
                ).status_code
        except requests.RequestException:
            status = 0
        self._count(status)
        return status

    def _count(self, status: int) -> None:
        with self.lock:
            answers = self.house.told.answers
            answers[status] = answers.get(status, 0) + 1
