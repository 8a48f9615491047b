"""Bodies that come slowly, sent by strangers to a real web: all others are answered meanwhile."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from django.conf import settings

from tests.site import THREADS, TOKEN, Site
from tests.waiting import wait_for

pytestmark = pytest.mark.process
WORKERS, THREADS_EACH = int(THREADS[1]), int(THREADS[3])
PAGE = "/accounts/login/"


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site"))
    try:
        site.await_answer()
        yield site
    finally:
        site.stop()


@contextmanager
def slow_bodies(site: Site, count: int, length: int) -> Iterator[list[socket.socket]]:
    """Begin to send so many forms, and go on with none."""
    head = (
        f"POST {PAGE} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: csrftoken={TOKEN}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {length}\r\n\r\nab"
    )
    with ExitStack() as opened:
        found = []
        for _ in range(count):
            one = socket.create_connection(("127.0.0.1", site.port), timeout=30)
            found.append(opened.enter_context(one))
            one.sendall(head.encode())
        yield found


def test_there_are_threads_left_beside_all_that_read():
    assert settings.BODIES_AT_ONCE + settings.WORK_AT_ONCE <= THREADS_EACH


def test_pages_are_answered_however_many_bodies_are_waited_for(site):
    browser = site.browser()
    with slow_bodies(site, 2 * WORKERS * THREADS_EACH, 900_000):
        for _ in range(20):
            assert browser.get(f"{site.address}{PAGE}", timeout=5).status_code == 200


def test_forms_are_taken_beside_a_few_slow_bodies_and_again_after_many(site):
    def taken() -> bool:
        return site.post(site.browser(), PAGE, {"login": "a@example.org", "password": "x"}) != 503

    with slow_bodies(site, settings.BODIES_AT_ONCE - 1, 900_000):
        assert taken()
    with slow_bodies(site, 2 * WORKERS * THREADS_EACH, 900_000):
        # What is left to strangers: who sends a form meanwhile is asked to come again.
        wait_for(lambda: not taken())
    wait_for(taken)
