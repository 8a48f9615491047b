"""Fifty people who write in fifty stories, each saving once a second, beside one alone."""

from __future__ import annotations

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client

from bench.browser import running
from bench.editor_page import story
from bench.measure import Measure

PEOPLE = 50
SECONDS = 20


class Writer:
    """Somebody signed in, with a story of 15 scenes open, who saves words and frames in turn."""

    def __init__(self) -> None:
        client, project = story(1, 15)
        scene = project.scenes.kept().in_order()[3]
        self.scene = scene.pk
        self.version = scene.version
        self.headers = headers_of(client)

    def save(self, http: HTTPConnection, turn: int) -> float:
        """Send one save; return its milliseconds. Raises where it is not answered with 200."""
        if turn % 2:
            act, fields = "frames", {"frames": 8 + turn // 2 % 2}
        else:
            act = "words"
            words = {"prompt": f"Words as they were typed, {turn}", "caption": ""}
            fields = words | {"version": self.version}
            self.version += 1
        start = time.perf_counter()
        http.request("POST", f"/scenes/{self.scene}/{act}/", urlencode(fields), self.headers)
        answer = http.getresponse()
        answer.read()
        taken = (time.perf_counter() - start) * 1000
        if answer.status != 200:
            raise RuntimeError(f"{act} answered {answer.status}")
        return taken

    def write(self, address: str, begin: float) -> list[float]:
        """Save once a second from `begin` on; return how long each save took."""
        http = HTTPConnection(address.removeprefix("http://"), timeout=60)
        taken = []
        for turn in range(SECONDS):
            time.sleep(max(0, begin + turn - time.monotonic()))
            taken.append(self.save(http, turn))
        http.close()
        return taken


def headers_of(client: Client) -> dict[str, str]:
    names = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME)
    return {
        "Cookie": "; ".join(f"{name}={client.cookies[name].value}" for name in names),
        "X-CSRFToken": client.cookies[settings.CSRF_COOKIE_NAME].value,
        "HX-Request": "true",
        "X-Rows": "0-",
        "Content-Type": "application/x-www-form-urlencoded",
    }


def people_at_once() -> Measure:
    writers = [Writer() for _ in range(PEOPLE)]
    with running() as address:
        alone = writers[0].write(address, time.monotonic() + 0.2)
        begin = time.monotonic() + 0.5
        with ThreadPoolExecutor(PEOPLE) as pool:
            # Spread over the second, as people are.
            asked = [
                pool.submit(writer.write, address, begin + place / PEOPLE)
                for place, writer in enumerate(writers)
            ]
            together = [taken for one in asked for taken in one.result()]
    one, many = statistics.median(alone), statistics.median(together)
    slowest = sorted(together)[int(len(together) * 0.99)]
    return Measure(
        f"{PEOPLE} people saving once a second, a story each (no error, median under 2 times)",
        f"{len(together)} saves, no error, median {many / one:.2f} times that of one alone "
        f"({many:.1f} to {one:.1f} ms), 99 of 100 within {slowest:.0f} ms",
    )
