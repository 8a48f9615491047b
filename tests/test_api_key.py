"""A team's API key: entered by an owner, tested by the poller, sealed, shown as its last four."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from storyboard.novita.client import Client as Service
from storyboard.people.keys import ApiKey, about
from storyboard.people.models import Activity, Team
from storyboard.people.sealing import Unsealable, unseal
from storyboard.renders.clients import Clients
from storyboard.renders.heartbeat import beat
from storyboard.renders.keys import AGAIN, LEASE, TRIES, KeyTests

HTMX = {"HX-Request": "true"}
KEY = "sk-canary-0123456789abcd"


@pytest.fixture
def service(fake_service, settings):
    """A service that the operator lets teams name, which takes one key."""
    settings.TEAM_SERVICES = [fake_service.url]
    fake_service.key = KEY
    return fake_service


@pytest.fixture
def tests(settings) -> KeyTests:
    found = KeyTests(Clients(Service("http://127.0.0.1:9", "own")), timezone.now)
    return found


def address(name: str, team: Team) -> str:
    return reverse(name, args=(team.pk,))


def enter(browser, team, key: str = KEY, at: str = "", **headers: str):
    data = {"address": at or "https://api.novita.ai", "key": key}
    return browser.post(address("team_key_enter", team), data, headers=headers)


def used(team: Team) -> ApiKey | None:
    return Team.objects.select_related("api_key").get(pk=team.pk).api_key


def words(browser, team: Team) -> str:
    page = browser.get(address("team_detail", team)).content.decode()
    panel = page.partition('<section id="api-key"')[2].partition("</section>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", panel)).split())


def test_a_team_without_one_is_told_who_pays(cast, team, settings):
    settings.BUILT_IN_ENGINE = True
    assert "the built-in engine draws its films" in words(cast.browser("owner"), team)
    settings.BUILT_IN_ENGINE = False
    assert "on the account of this installation" in words(cast.browser("owner"), team)


def test_what_an_owner_enters_is_tested_and_used(cast, team, service, tests):
    browser = cast.browser("owner")
    assert enter(browser, team, at=f"{service.url}/").status_code == 302
    assert used(team) is None
    assert "Testing" in words(browser, team)
    tests.tend()
    assert used(team).address == service.url
    assert service.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert service.ledger == []
    said = words(browser, team)
    assert f"its own key ···· abcd at {service.url}" in said
    assert "Owner entered it" in said
    assert KEY not in browser.get(address("team_detail", team)).content.decode()


def test_only_owners_see_and_enter_it(cast, team, service):
    for role in ("editor", "commenter", "viewer"):
        assert (
            'id="api-key"'
            not in cast.browser(role).get(address("team_detail", team)).content.decode()
        )
        assert enter(cast.browser(role), team).status_code == 403
    assert enter(cast.browser("outsider"), team).status_code == 404
    assert ApiKey.objects.count() == 0


def test_a_key_that_the_service_refuses_is_not_used_and_erased(cast, team, service, tests):
    browser = cast.browser("owner")
    enter(browser, team, "sk-another-key-000000", at=service.url)
    tests.tend()
    assert used(team) is None
    assert "Not used The key ···· 0000 The service does not accept it." in words(browser, team)
    assert "Test it again" not in words(browser, team)
    assert ApiKey.objects.get().sealed == ""


def test_a_new_key_leaves_the_old_one_in_use_until_it_is_accepted(cast, team, service, tests):
    browser = cast.browser("owner")
    enter(browser, team, at=service.url)
    tests.tend()
    first = used(team)
    enter(browser, team, "sk-another-key-000000", at=service.url)
    assert "Until then the other one is used." in words(browser, team)
    tests.tend()
    assert used(team) == first
    service.key = "sk-a-third-key-111111"
    enter(browser, team, service.key, at=service.url)
    tests.tend()
    assert used(team).last_four == "1111"
    tests.tend()
    first.refresh_from_db()
    assert first.sealed == ""


def test_a_service_that_does_not_answer_is_asked_a_few_times_then_on_demand(
    cast, team, service, tests
):
    now = timezone.now()
    tests.clock = lambda: now
    browser = cast.browser("owner")
    service.stop()
    enter(browser, team, at=service.url)
    for _ in range(TRIES):
        now += AGAIN + timedelta(seconds=1)
        tests.tend()
    said = words(browser, team)
    assert f"Nothing answers at {service.url}." in said
    assert "Test it again" in said
    assert ApiKey.objects.get().sealed
    service.start()
    assert browser.post(address("team_key_test", team)).status_code == 302
    now = timezone.now() + timedelta(seconds=1)
    tests.tend()
    assert used(team) is not None


def test_a_test_whose_poller_died_is_taken_up_by_another(cast, team, service, tests):
    now = timezone.now() + timedelta(seconds=1)
    tests.clock = lambda: now
    enter(cast.browser("owner"), team, at=service.url)
    assert ApiKey.objects.claim(now, LEASE)
    tests.tend()
    assert used(team) is None
    now += LEASE + timedelta(seconds=1)
    tests.tend()
    assert used(team) is not None


def test_what_another_owner_entered_meanwhile_counts(cast, team, service, tests):
    browser = cast.browser("owner")
    enter(browser, team, at=service.url)
    late = ApiKey.objects.get()
    enter(browser, team, "sk-another-key-000000", at=service.url)
    assert not late.accept(timezone.now())
    assert used(team) is None
    assert ApiKey.objects.get().last_four == "0000"


@pytest.mark.parametrize(
    ("at", "key"),
    [
        ("http://api.novita.ai", KEY),
        ("https://api.novita.ai:8443", KEY),
        ("https://key@api.novita.ai", KEY),
        ("https://api.novita.ai/?a=b", KEY),
        ("https://api.novita.ai/#a", KEY),
        ("https://[api", KEY),
        ("api.novita.ai", KEY),
        ("file:///etc/passwd", KEY),
        ("https://" + "a" * 200, KEY),
        ("https://api.novita.ai", ""),
        ("https://api.novita.ai", "with a space"),
        ("https://api.novita.ai", "kéy"),
        ("https://api.novita.ai", "k" * 501),
        ("https://api.novita.ai", "line\nend"),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_nonsense_is_refused_beside_its_field(cast, team, at, key, headers):
    answer = enter(cast.browser("owner"), team, key, at, **headers)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "field__error" in page
    assert html.escape(at[:180]) in page
    assert not key or f'value="{key}"' not in page
    assert ApiKey.objects.count() == 0


def test_an_address_of_the_operators_may_be_plain_and_inside_another_not(cast, team, settings):
    settings.TEAM_SERVICES = ["http://10.0.0.7:8900"]
    browser = cast.browser("owner")
    assert enter(browser, team, at="http://10.0.0.7:8900/").status_code == 302
    assert enter(browser, team, at="http://10.0.0.8:8900/").status_code == 422
    assert ApiKey.objects.get().address == "http://10.0.0.7:8900"


def test_an_address_that_leads_inside_is_named_for_what_it_is(cast, team, tests):
    browser = cast.browser("owner")
    now = timezone.now() + timedelta(seconds=1)
    tests.clock = lambda: now
    enter(browser, team, at="https://127.0.0.1")
    for _ in range(TRIES):
        tests.tend()
        now += AGAIN + timedelta(seconds=1)
    assert "leads into a closed network" in words(browser, team)
    assert "TEAM_SERVICES" in words(browser, team)


def test_what_was_entered_can_be_forgotten(cast, team, service):
    browser = cast.browser("owner")
    enter(browser, team, at=service.url)
    assert browser.post(address("team_key_forget", team)).status_code == 302
    assert ApiKey.objects.count() == 0
    assert "Enter a key" in words(browser, team)


def test_a_key_that_is_taken_away_is_used_no_more_and_erased(cast, team, service, tests):
    browser = cast.browser("owner")
    enter(browser, team, at=service.url)
    tests.tend()
    assert browser.post(address("team_key_remove", team)).status_code == 302
    assert used(team) is None
    tests.tend()
    assert ApiKey.objects.get().sealed == ""
    # Pressed twice, it is done once.
    assert browser.post(address("team_key_remove", team)).status_code == 302
    acts = list(Activity.objects.order_by("pk").values_list("act", "about"))
    assert [act for act, _ in acts] == ["API key entered", "API key taken away"]
    assert all("a key ending in abcd" in said and KEY not in said for _, said in acts)


def test_the_database_holds_it_sealed_and_for_its_team_alone(cast, team, service, tests):
    enter(cast.browser("owner"), team, at=service.url)
    key = ApiKey.objects.get()
    assert unseal(key.sealed, about(team.pk)) == KEY
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM people_apikey")
        assert KEY not in str(cursor.fetchall())
    other = Team.objects.create(name="Others")
    stolen = ApiKey.objects.create(
        team=other, address=service.url, sealed=key.sealed, added_at=timezone.now()
    )
    with pytest.raises(Unsealable):
        stolen.open()


def test_a_short_key_shows_none_of_its_characters(cast, team, service):
    enter(cast.browser("owner"), team, "shortkey", at=service.url)
    assert ApiKey.objects.get().last_four == ""
    assert "tkey" not in words(cast.browser("owner"), team)


def test_the_panel_asks_again_while_it_is_tested_and_only_then(cast, team, service, tests):
    beat("poller", timezone.now())
    browser = cast.browser("owner")
    answer = enter(browser, team, at=service.url, **HTMX)
    version = html.unescape(re.search(r"\?v=([^\"]*)", answer.content.decode())[1])
    again = f"{address('team_key', team)}?v={version}"
    assert browser.get(again, headers=HTMX).status_code == 204
    tests.tend()
    page = browser.get(again, headers=HTMX).content.decode()
    assert "hx-trigger" not in page
    assert "Enter another key" in page
    assert browser.get(again).status_code == 302


def test_without_a_poller_the_panel_says_so(cast, team, service):
    browser = cast.browser("owner")
    enter(browser, team, at=service.url)
    assert "No poller is running." in words(browser, team)
    beat("poller", timezone.now())
    assert "No poller is running." not in words(browser, team)
