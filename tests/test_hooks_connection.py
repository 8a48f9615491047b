"""POST /teams/<pk>/connection/check/: asked for by an owner, done by the poller, told in words."""

from __future__ import annotations

import html
import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from storyboard.novita.client import Client as Service
from storyboard.novita.reasons import EXPLANATIONS
from storyboard.renders.checks import STALE, Check
from storyboard.renders.clients import Clients
from storyboard.renders.connection import EVENT_WAIT, Checks
from storyboard.renders.heartbeat import beat
from tests.installation import Installation
from tests.ladder import assert_only_writers_may
from tests.waiting import wait_for
from tests.workshop import Workshop

HTMX = {"HX-Request": "true"}


class Bench:
    """A check, the service it asks, and a clock in our hand."""

    def __init__(self, team, owner, service) -> None:
        self.team, self.service = team, service
        self.time = timezone.now()
        client = Service(service.url, service.key, timeout=(2, 2))
        self.checks = Checks(Clients(client), lambda: self.time)
        self.check = Check.objects.ask(team, owner, self.time)

    def tend(self, seconds: float = 1) -> dict[str, str]:
        self.time += timedelta(seconds=seconds)
        self.checks.tend()
        self.check.refresh_from_db()
        return self.check.lines

    def until_end(self, most: int = 40) -> dict[str, str]:
        for _ in range(most):
            self.tend()
            if self.check.ended_at:
                return self.check.lines
        raise AssertionError(f"not ended: {self.check.lines}")

    def event(self, token: str = "") -> int:
        url = reverse("hook", args=(token or self.check.token,))
        body = {"event_type": "ASYNC_TASK_RESULT", "payload": {"task": {"task_id": "t"}}}
        return Client().post(url, json.dumps(body), content_type="application/json").status_code


@pytest.fixture
def bench(team, owner, fake_service, settings) -> Bench:
    settings.NOVITA_BASE_URL = fake_service.url
    settings.BUILT_IN_ENGINE = False
    settings.WEBHOOK_URL = "http://127.0.0.1:9"
    return Bench(team, owner, fake_service)


@pytest.fixture
def url(team) -> str:
    return reverse("team_connection_check", args=(team.pk,))


def panel(browser, team) -> str:
    page = browser.get(reverse("team_detail", args=(team.pk,))).content.decode()
    found = page.partition('<section id="connection"')[2].partition("</section>")[0]
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", found).split()))


def test_only_owners_may_ask(cast, team, url):
    assert_only_writers_may(cast, url)
    assert cast.browser("editor").post(url).status_code == 403
    assert not Check.objects.exists()
    answer = cast.browser("owner").post(url)
    assert answer.status_code == 302
    assert answer["Location"].endswith(f"/teams/{team.pk}/#connection")
    assert Check.objects.get().asked_by == cast.owner


def test_only_owners_see_it(cast, team):
    shown = reverse("team_connection", args=(team.pk,))
    assert cast.browser("owner").get(shown, headers=HTMX).status_code == 200
    assert cast.browser("owner").get(shown).status_code == 302
    assert cast.browser("owner").post(shown).status_code == 405
    assert cast.browser("editor").get(shown).status_code == 403
    assert cast.browser("outsider").get(shown).status_code == 404
    assert "Connection" in panel(cast.browser("owner"), team)
    assert panel(cast.browser("editor"), team) == ""


def test_asking_twice_is_one_check_and_asking_later_a_new_one(cast, team, url):
    cast.browser("owner").post(url)
    first = Check.objects.get()
    cast.browser("owner").post(url)
    assert Check.objects.get().token == first.token
    Check.objects.update(ended_at=timezone.now(), lines={"service": "ok"})
    cast.browser("owner").post(url)
    second = Check.objects.get()
    assert (second.lines, second.ended_at) == ({}, None)
    assert second.token != first.token


def test_a_check_that_nobody_ended_may_be_asked_for_anew(team, owner, now):
    old = Check.objects.ask(team, owner, now - STALE - timedelta(seconds=1))
    assert Check.objects.ask(team, owner, now).token != old.token


def test_an_answer_to_the_check_before_is_not_written_into_the_next(bench, team, owner):
    Check.objects.update(ended_at=bench.time)
    Check.objects.ask(team, owner, bench.time)
    bench.check.keep(bench.time, service="not_connected", ended=True)
    assert (Check.objects.get().lines, Check.objects.get().ended_at) == ({}, None)


def test_all_is_well_and_nothing_was_charged(bench, cast, team):
    assert bench.tend() == {"service": "ok", "key": "ok"}
    bench.tend()
    assert bench.check.ended_at is None
    assert bench.event() == 204
    assert bench.until_end() == {"service": "ok", "key": "ok", "webhook": "ok"}
    [sent] = bench.service.submissions
    assert sent.json["extra"]["webhook"] == {
        "url": f"http://127.0.0.1:9/hooks/{bench.check.token}/",
        "test_mode": {"enabled": True, "return_task_status": "TASK_STATUS_SUCCEED"},
    }
    assert (bench.service.ledger, bench.service.violations) == ([], [])
    words = panel(cast.browser("owner"), team)
    assert "The service's test event arrived." in words
    assert "costs nothing" in words
    assert words.count("Good") == 3


def test_a_service_that_is_down_is_named_with_what_to_do(bench, cast, team):
    bench.service.stop()
    assert bench.until_end() == {"service": "not_connected", "key": "not_asked"}
    words = panel(cast.browser("owner"), team)
    assert f"Nothing answers at {bench.service.url}. Look at NOVITA_BASE_URL" in words
    assert words.count("Not tried") == 3


def test_a_wrong_key_is_named_with_what_to_do(bench, cast, team):
    bench.service.key = "another"
    assert bench.until_end() == {"service": "ok", "key": "INVALID_API_KEY"}
    words = panel(cast.browser("owner"), team)
    assert "does not accept it. Set NOVITA_API_KEY to a key of your account" in words


def test_a_service_without_an_account_is_asked_for_its_models(bench):
    bench.service.every("balance", "refuse", status=404, reason="API_NOT_FOUND")
    assert bench.tend() == {"service": "ok", "key": "ok"}


@pytest.mark.parametrize("what", ["error", "garbage", "hang"])
def test_a_service_in_trouble_is_not_called_well(bench, what):
    for kind in ("balance", "models"):
        bench.service.every(kind, what)
    assert bench.until_end()["service"] in ("bad_answer", "no_answer")


def test_without_a_public_address_it_says_so_and_asks_for_no_event(bench, cast, team, settings):
    settings.WEBHOOK_URL = ""
    assert bench.until_end()["webhook"] == "no_address"
    assert bench.service.submissions == []
    assert "PUBLIC_URL is not set. Set it" in panel(cast.browser("owner"), team)


def test_an_event_that_does_not_arrive_is_waited_for_and_then_named(bench, cast, team):
    bench.tend()
    bench.tend()
    bench.tend(EVENT_WAIT.seconds - 1)
    assert "webhook" not in bench.check.lines
    assert bench.tend(5)["webhook"] == "silent"
    words = panel(cast.browser("owner"), team)
    assert "No test event arrived at http://127.0.0.1:9 within 20 seconds." in words
    # What comes later changes nothing.
    assert bench.event() == 204
    bench.tend()
    assert bench.check.lines["webhook"] == "silent"


def test_a_test_that_is_refused_says_why(bench, cast, team):
    bench.service.next_submit("rate_limit", after=30)
    assert bench.until_end()["webhook"] == "RATE_LIMIT_EXCEEDED"
    assert "Nothing was spent. Try again in a minute." in panel(cast.browser("owner"), team)


def test_a_test_whose_answer_is_lost_is_not_sent_again(bench):
    bench.service.next_submit("reset")
    bench.tend()
    bench.tend()
    bench.event()
    assert bench.until_end()["webhook"] == "ok"
    assert len(bench.service.submissions) == 1


def test_a_check_whose_poller_died_is_taken_up_by_another(bench):
    Check.objects.update(tended_until=bench.time + timedelta(minutes=3), sent_at=bench.time)
    bench.tend()
    assert bench.check.lines == {}
    bench.tend(200)
    assert bench.check.lines == {"service": "ok", "key": "ok"}
    assert bench.until_end()["webhook"] == "silent"
    assert bench.service.submissions == []


def test_the_panel_asks_again_while_it_goes_on_and_only_then(bench, cast, team):
    browser = cast.browser("owner")
    shown = reverse("team_connection", args=(team.pk,))
    beat("poller", timezone.now())
    page = browser.get(shown, headers=HTMX).content.decode()
    version = html.unescape(re.search(r"\?v=([^\"]*)", page)[1])
    again = f"{shown}?v={version}"
    assert browser.get(again, headers=HTMX).status_code == 204
    bench.tend()
    assert browser.get(again, headers=HTMX).status_code == 200
    bench.event()
    bench.until_end()
    page = browser.get(again, headers=HTMX).content.decode()
    assert "hx-trigger" not in page
    assert "Check the connection" in page


def test_without_a_poller_the_panel_says_so(bench, cast, team):
    assert "No poller is running." in panel(cast.browser("owner"), team)
    beat("poller", timezone.now())
    assert "No poller is running." not in panel(cast.browser("owner"), team)


@pytest.mark.parametrize("line", ["service", "key", "webhook"])
@pytest.mark.parametrize("code", ["no_answer", *(c for c in EXPLANATIONS if c.isupper()), "NEW"])
def test_every_word_of_the_service_has_a_sentence_and_a_next_step(bench, cast, team, line, code):
    lines = {"service": "ok", "key": "ok", "webhook": "ok"} | {line: code}
    Check.objects.update(lines=lines, ended_at=timezone.now())
    words = panel(cast.browser("owner"), team)
    assert "Not right" in words
    assert words.count("Good") == 2


@pytest.mark.process
def test_on_a_fresh_machine_everything_is_well(tmp_path):
    installation = Installation(tmp_path)
    workshop = Workshop(installation.data)
    workshop.env = installation.environment
    try:
        installation.start()
        workshop.python(
            "from django.utils import timezone\n"
            "from storyboard.people.models import User\n"
            "from storyboard.renders.checks import Check\n"
            "user = User.objects.create_user('writer@example.org', 'a long password')\n"
            "Check.objects.ask(user.teams.get(), user, timezone.now())\n"
            "print(1)"
        )
        query = "select lines from renders_check where ended_at is not null"
        [(lines,)] = wait_for(lambda: workshop.rows(query), seconds=40)
        assert json.loads(lines) == {"service": "ok", "key": "ok", "webhook": "ok"}
        [(token,)] = workshop.rows("select token from renders_check")
        assert token not in installation.words()
    finally:
        installation.clear_away()
