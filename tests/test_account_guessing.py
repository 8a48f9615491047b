"""Guessing passwords is slowed down, whatever the guesser says of itself, and ends by itself."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

TOO_OFTEN = "wrong too often"


@pytest.fixture(autouse=True)
def fresh_rate_limits(db):
    cache.clear()


def wrong(email: str, **headers: str) -> str:
    """Sign in with a wrong password from a browser without a past; return the page."""
    answer = Client().post(
        reverse("account_login"), {"login": email, "password": "no such word"}, headers=headers
    )
    return answer.content.decode()


def test_one_mailbox_is_guarded_whatever_address_is_claimed(owner):
    pages = [wrong(owner.email, **{"X-Forwarded-For": f"10.0.0.{n}"}) for n in range(11)]
    assert TOO_OFTEN not in pages[0]
    assert TOO_OFTEN in pages[-1]


def test_many_mailboxes_from_one_address_are_guarded_too(db):
    pages = [
        wrong(f"person{n}@example.org", **{"X-Forwarded-For": f"10.0.{n}.1", "Forwarded": "for=x"})
        for n in range(21)
    ]
    assert TOO_OFTEN not in pages[0]
    assert TOO_OFTEN in pages[-1] or "Too many tries" in pages[-1]


def test_behind_our_proxy_only_its_own_word_counts(owner, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    pages = [
        wrong(f"person{n}@example.org", **{"X-Forwarded-For": f"10.0.{n}.1, 192.0.2.7"})
        for n in range(21)
    ]
    assert TOO_OFTEN in pages[-1] or "Too many tries" in pages[-1]
    assert TOO_OFTEN not in wrong(owner.email, **{"X-Forwarded-For": "192.0.2.8"})


def test_tries_are_counted_where_every_process_sees_them(owner):
    wrong(owner.email)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cache")
        assert cursor.fetchone()[0] > 0


def test_the_owner_of_the_mailbox_comes_in_once_the_time_is_over(owner):
    for _ in range(11):
        wrong(owner.email)
    right = {"login": owner.email, "password": "a long password"}
    assert Client().post(reverse("account_login"), right).status_code != 302
    # As five minutes do, in which the tries run out.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cache SET expires = '2020-01-01 00:00:00'")
    assert Client().post(reverse("account_login"), right).status_code == 302
