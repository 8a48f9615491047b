"""A mail server, or a bucket, that says nothing: pages are answered while it is waited for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from http import HTTPStatus

import pytest
from django.conf import settings as ours
from django.core.mail import EmailMessage
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from storyboard.bodies import await_bodies
from storyboard.people import letters
from storyboard.people.places import elsewhere
from storyboard.renders.storage import take_store
from storyboard.renders.store import StoreUnavailable
from tests.silent_server import SilentServer, silent_server
from tests.site import THREADS, Site
from tests.waiting import free_port, wait_for

SENT, NOT_SENT = HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE
RESET = "/accounts/password/reset/"
WORKERS, THREADS_EACH = int(THREADS[1]), int(THREADS[3])
# Longer than a page takes on the slowest machine, and shorter than a mail server is waited for.
SOON = 5

Ask = Callable[[str], HttpResponse]


def write() -> HttpResponse:
    sent = letters.post(EmailMessage("A letter", "Words.", to=["ada@example.org"]))
    return HttpResponse(status=SENT if sent else NOT_SENT)


def fetch() -> HttpResponse:
    try:
        take_store().exists("1/film.mp4")
    except StoreUnavailable:
        return HttpResponse(status=NOT_SENT)
    return HttpResponse()


def raise_elsewhere() -> HttpResponse:
    with elsewhere():
        raise LookupError


def asking(**views: Callable[[], HttpResponse]) -> Ask:
    """Return what answers a path by one of these views, at most as many at once as in life."""

    def answer(request: HttpRequest) -> HttpResponse:
        return views[request.path.strip("/")]()

    held_to_places = await_bodies(answer)
    return lambda name: held_to_places(RequestFactory().get(f"/{name}/"))


@pytest.fixture
def hands() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(THREADS_EACH) as found:
        yield found


@pytest.fixture
def server(hands) -> Iterator[SilentServer]:
    """Hangs up before the hands are waited for."""
    with silent_server() as found:
        yield found


@pytest.fixture
def mail(server, settings) -> SilentServer:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    return server


@pytest.fixture
def no_mail(settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()


@pytest.fixture
def bucket(server, settings, monkeypatch, tmp_path) -> SilentServer:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    settings.TAKES_ROOT = tmp_path / "takes"
    settings.TAKES_BUCKET = {
        "bucket_name": "films",
        "location": "",
        "endpoint_url": f"http://127.0.0.1:{server.port}",
        "region_name": "eu-central-1",
    }
    return server


def statuses(answers: list[Future[HttpResponse]]) -> list[int]:
    return [answer.result().status_code for answer in answers]


def test_there_are_threads_left_beside_all_letters_and_bodies():
    outside = ours.BODIES_AT_ONCE + ours.LETTERS_AT_ONCE
    assert outside + ours.WORK_AT_ONCE <= THREADS_EACH


def test_a_page_is_answered_while_all_letters_that_may_be_are_under_way(mail, hands):
    ask = asking(letter=write, page=HttpResponse)
    written = [hands.submit(ask, "letter") for _ in range(ours.LETTERS_AT_ONCE)]
    wait_for(lambda: mail.held() == ours.LETTERS_AT_ONCE)
    assert hands.submit(ask, "page").result(timeout=SOON).status_code == 200
    assert mail.held() == ours.LETTERS_AT_ONCE
    mail.hang_up()
    assert statuses(written) == [NOT_SENT] * ours.LETTERS_AT_ONCE


def test_one_letter_too_many_is_told_as_unsent_and_nobody_waits_for_it(mail, hands, caplog):
    ask = asking(letter=write)
    written = [hands.submit(ask, "letter") for _ in range(ours.LETTERS_AT_ONCE)]
    wait_for(lambda: mail.held() == ours.LETTERS_AT_ONCE)
    assert hands.submit(ask, "letter").result(timeout=SOON).status_code == NOT_SENT
    assert mail.held() == ours.LETTERS_AT_ONCE
    assert "too many are under way" in caplog.text
    assert "ada@example.org" not in caplog.text
    mail.hang_up()
    assert statuses(written) == [NOT_SENT] * ours.LETTERS_AT_ONCE


def test_letters_that_failed_keep_no_place_from_those_after_them(no_mail, settings, caplog):
    settings.WORK_AT_ONCE = 1
    ask = asking(letter=write)
    for _ in range(ours.LETTERS_AT_ONCE + 1):
        assert ask("letter").status_code == NOT_SENT
    assert "too many" not in caplog.text
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert ask("letter").status_code == SENT


def test_a_letter_of_no_request_is_sent_as_well():
    assert write().status_code == SENT


def test_a_place_is_taken_again_whatever_went_wrong_elsewhere(settings):
    settings.WORK_AT_ONCE = 1
    ask = asking(broken=raise_elsewhere, page=HttpResponse)
    for _ in range(2):
        # Another error would come of a place that is given back twice.
        with pytest.raises(LookupError):
            ask("broken")
        assert ask("page").status_code == 200


def test_whoever_comes_back_waits_for_a_place_again(mail, hands, settings):
    settings.WORK_AT_ONCE = 1
    began, may_end = threading.Event(), threading.Event()
    ended = []

    def letter() -> HttpResponse:
        answer = write()
        ended.append("letter")
        return answer

    def page() -> HttpResponse:
        began.set()
        assert may_end.wait(SOON)
        ended.append("page")
        return HttpResponse()

    ask = asking(letter=letter, page=page)
    written = hands.submit(ask, "letter")
    wait_for(lambda: mail.held() == 1)
    shown = hands.submit(ask, "page")
    assert began.wait(SOON)
    mail.hang_up()
    may_end.set()
    assert statuses([shown, written]) == [200, NOT_SENT]
    assert ended == ["page", "letter"]


def test_inside_a_transaction_a_place_is_kept(db, hands, settings):
    """Others could wait for the transaction's locks with it, and the transaction for a place."""
    settings.WORK_AT_ONCE = 1
    ended = []
    shown = []

    def page() -> HttpResponse:
        ended.append("page")
        return HttpResponse()

    def save() -> HttpResponse:
        with transaction.atomic(), elsewhere():
            shown.append(hands.submit(ask, "page"))
            ended.append("saved")
        return HttpResponse()

    ask = asking(page=page, save=save)
    assert ask("save").status_code == 200
    assert statuses(shown) == [200]
    assert ended == ["saved", "page"]


def test_a_page_is_answered_while_the_bucket_is_asked_for_films(bucket, hands):
    ask = asking(film=fetch, page=HttpResponse)
    fetched = [hands.submit(ask, "film") for _ in range(ours.WORK_AT_ONCE)]
    wait_for(lambda: bucket.held() == ours.WORK_AT_ONCE)
    assert hands.submit(ask, "page").result(timeout=SOON).status_code == 200
    assert bucket.held() == ours.WORK_AT_ONCE
    bucket.hang_up()
    assert statuses(fetched) == [NOT_SENT] * ours.WORK_AT_ONCE


@pytest.mark.process
def test_strangers_who_ask_for_letters_keep_no_page_waiting(tmp_path, mail, hands):
    site = Site(tmp_path, EMAIL_URL=f"smtp://127.0.0.1:{mail.port}")
    try:
        site.await_answer()

        def reset(number: int) -> str:
            form = {"email": f"stranger{number}@example.org"}
            return site.browser().post(f"{site.address}{RESET}", data=form, timeout=30).text

        # However the system spreads them, one process at least is given all it may post.
        asked = [hands.submit(reset, number) for number in range(WORKERS * ours.LETTERS_AT_ONCE)]
        wait_for(lambda: mail.held() >= ours.LETTERS_AT_ONCE)
        for _ in range(8):
            # A connection of its own each time, for either process.
            answer = site.browser().get(f"{site.address}/healthz", timeout=SOON)
            assert answer.json()["parts"]["database"] == "ok"
        assert mail.held() >= ours.LETTERS_AT_ONCE
        mail.hang_up()
        assert all("The letter could not be sent" in page.result() for page in asked)
    finally:
        site.stop()
