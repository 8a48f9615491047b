"""What is dear is done so often by one person and no more; it ends by itself."""

from __future__ import annotations

import pytest
from allauth.core.internal.ratelimit import get_cache_key, parse_rate, parse_rates
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from storyboard import doors
from storyboard.people.models import Invitation, Team, User
from storyboard.renders.models import Render

PACED = [
    ("invite", "invitation_create", "team"),
    ("invite", "guest_invite", "project"),
    ("begin", "team_create", ""),
    ("begin", "project_create", ""),
    ("begin", "project_duplicate", "project"),
    ("begin", "sample_create", ""),
    ("begin", "project_import_rows", "project"),
    ("preview", "project_import_preview", "project"),
    ("render", "render_story", "project"),
    ("render", "render_scene", "scene"),
    ("render", "render_ask_story", "project"),
    ("render", "render_ask_scene", "scene"),
    ("film", "film_create", "project"),
    ("film", "film_again", "film"),
    ("export", "account_export", ""),
    ("export", "team_spending_csv", "team"),
    ("codes", "mfa_generate_recovery_codes", ""),
]

# What is counted of people who are not known.
STRANGERS = {
    "miss": ["ip"],
    "guess": ["ip"],
    "login_failed": ["key"],
    "mailbox": ["key"],
    "letter": ["key"],
    "newcomer": ["key"],
    "request_login_code": ["ip", "key"],
    "reset_password": ["ip", "key"],
}


@pytest.fixture(autouse=True)
def fresh_rates(db):
    cache.clear()


def ask(world, actor: str, name: str, about: str):
    browser = world.browsers[actor]
    path = reverse(name, args=(world.of[about],) if about else ())
    reads = name in {"account_export", "team_spending_csv"}
    return browser.get(path) if reads else browser.post(path, {"team": world.team.pk})


@pytest.mark.parametrize(("action", "name", "about"), PACED)
def test_the_third_is_refused_where_two_are_borne(world, settings, action, name, about):
    settings.ACCOUNT_RATE_LIMITS = {action: "2/300s/user"}
    codes = [ask(world, "owner", name, about).status_code for _ in range(3)]
    assert 429 not in codes[:2]
    assert codes[2] == 429
    assert ask(world, "owner", name, about)["Retry-After"] == "300"
    assert ask(world, "keeper", name, about).status_code != 429
    # The time is over: counted where every process sees it, and forgotten there.
    cache.clear()
    assert ask(world, "owner", name, about).status_code != 429


def test_a_count_that_another_press_keeps_waiting_refuses_nobody(world, settings):
    settings.ACCOUNT_RATE_LIMITS = {"begin": "1/300s/user"}
    counted = get_cache_key(
        None,
        app="allauth.account",
        action="begin",
        rate=parse_rate("1/300s/user"),
        user=User.objects.get(email="owner@example.org"),
    )
    # Longer than allauth waits for its turn to count.
    cache.add(f"{counted}:lock", True, timeout=3)
    assert ask(world, "owner", "team_create", "").status_code != 429
    assert ask(world, "owner", "team_create", "").status_code == 429


def test_every_rate_of_ours_is_of_a_person_and_soon_over():
    assert {action for action, _, _ in PACED} | set(STRANGERS) == set(doors.ACCOUNT_RATE_LIMITS)
    for action, told in doors.ACCOUNT_RATE_LIMITS.items():
        rates = parse_rates(told)
        assert [rate.per for rate in rates] == STRANGERS.get(action, ["user"])
        assert all(0 < rate.amount <= 300 for rate in rates)
        assert all(0 < rate.duration <= 300 for rate in rates)


@pytest.mark.parametrize(
    ("of_one_place", "of_all"),
    [
        ("login_failed", "mailbox"),
        *(("letter", one) for one in ("newcomer", "request_login_code", "reset_password")),
    ],
)
def test_three_places_together_use_up_nothing_that_a_mailbox_has(of_one_place, of_all):
    narrow = parse_rates(doors.ACCOUNT_RATE_LIMITS[of_one_place])[-1]
    wide = parse_rates(doors.ACCOUNT_RATE_LIMITS[of_all])[-1]
    assert narrow.duration == wide.duration
    assert 3 * narrow.amount < wide.amount


def test_what_was_refused_has_done_nothing(world, settings):
    settings.ACCOUNT_RATE_LIMITS = {"invite": "0/300s/user", "begin": "0/300s/user"}
    before = (Team.objects.count(), Invitation.objects.count(), Render.objects.count())
    world.browsers["owner"].post(reverse("team_create"), {"name": "New"})
    path = reverse("invitation_create", args=(world.team.pk,))
    world.browsers["owner"].post(path, {"role": "viewer", "days": "3"})
    assert before == (Team.objects.count(), Invitation.objects.count(), Render.objects.count())


def test_the_page_leads_back_to_where_one_comes_from(world, settings):
    settings.ACCOUNT_RATE_LIMITS = {"begin": "0/300s/user", "miss": "0/300s/ip"}
    refused = world.browsers["owner"].post(reverse("team_create"), {"name": "New"})
    assert "Go to your stories" in refused.content.decode()
    assert "Back to sign in" in Client().get("/join/guess/").content.decode()


def test_no_word_of_the_client_makes_it_somebody_else(world, settings):
    settings.ACCOUNT_RATE_LIMITS = {"invite": "1/300s/user", "miss": "2/300s/ip"}
    path = reverse("invitation_create", args=(world.team.pk,))
    for number in range(3):
        forged = {"X-Forwarded-For": f"198.51.100.{number}", "X-Real-IP": f"198.51.100.{number}"}
        answer = world.browsers["owner"].post(path, {}, headers=forged)
        guess = Client().get(f"/join/{'x' * 30}{number}/", headers=forged)
    assert answer.status_code == 429
    assert guess.status_code == 429


def test_guessing_invitations_is_slowed_down_and_using_one_is_not(world, settings):
    settings.ACCOUNT_RATE_LIMITS = {"miss": "3/300s/ip"}
    codes = [Client().get(f"/join/guess-{number}/").status_code for number in range(5)]
    assert codes == [404, 404, 404, 429, 429]
    assert Client().post("/join/guess-9/accept/").status_code == 429
    for _ in range(5):
        real = Client().get(reverse("invitation_show", args=(world.more["token"],)))
        assert real.status_code == 200
