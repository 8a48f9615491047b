"""Counts of tries, used codes and sessions stay for as long as they count, and no longer."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
)
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from storyboard.people import sweeping
from storyboard.people.sweeping import Sweeping

PASSWORD = "a long password"
PERIOD = 30


@pytest.fixture(autouse=True)
def fresh_rate_limits(db):
    cache.clear()


@pytest.fixture(autouse=True)
def no_half_minute_ends(settings):
    """A code is made and sent at once here, but a half minute may end in between."""
    settings.MFA_TOTP_TOLERANCE = 1


def crowd() -> None:
    """Let a thousand others be counted, after all that is counted here by the alphabet."""
    for number in range(1000):
        cache.set(f"of-others-{number}", [0.0], 300)


def kept() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM cache ORDER BY cache_key")
        return [key for (key,) in cursor.fetchall()]


def test_a_mailbox_stays_closed_whoever_else_is_counted(owner):
    who = {"login": owner.email, "password": "a guess"}
    for _ in range(6):
        Client().post(reverse("account_login"), who)
    crowd()
    answer = Client().post(reverse("account_login"), who | {"password": PASSWORD})
    assert "tried too often" in answer.content.decode()


def test_a_code_of_an_app_works_once_whoever_else_is_counted(owner):
    secret = generate_totp_secret()
    step = TOTP.activate(owner, secret)
    code = format_hotp_value(hotp_value(secret, int(time.time()) // PERIOD))
    assert step.validate_code(code)
    crowd()
    assert not step.validate_code(code)


def test_what_is_over_goes_and_what_counts_stays(now):
    at = now
    sweeper = Sweeping(lambda: at)
    cache.set("soon-over", 1, 60)
    cache.set("a-day", 1, 24 * 3600)
    sweeper.tend()
    assert len(kept()) == 2
    at = now + timedelta(minutes=9)
    # Not every second.
    sweeper.tend()
    assert len(kept()) == 2
    at = now + timedelta(minutes=11)
    sweeper.tend()
    assert kept() == [":1:a-day"]


def test_many_go_a_few_at_a_time(now, monkeypatch):
    monkeypatch.setattr(sweeping, "AT_ONCE", 2)
    for number in range(5):
        cache.set(f"over-{number}", 1, 60)
    sweeper = Sweeping(lambda: now + timedelta(minutes=2))
    left = []
    for _ in range(4):
        sweeper.tend()
        left.append(len(kept()))
    assert left == [3, 1, 0, 0]


def test_sessions_that_are_over_go_with_their_devices_and_others_stay(owner, now):
    browsers = [Client(), Client()]
    for browser in browsers:
        browser.post(reverse("account_login"), {"login": owner.email, "password": PASSWORD})
    gone, here = (browser.session.session_key for browser in browsers)
    Session.objects.filter(pk=gone).update(expire_date=now)
    Sweeping(lambda: now + timedelta(minutes=1)).tend()
    assert list(Session.objects.values_list("pk", flat=True)) == [here]
    assert list(UserSession.objects.values_list("session_key", flat=True)) == [here]
    assert browsers[1].get("/").status_code == 200
