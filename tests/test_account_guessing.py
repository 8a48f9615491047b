"""Guessing passwords is slowed down, whatever the guesser says of itself, and ends by itself."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from storyboard.people import recovery

TOO_OFTEN = "That was tried too often. Wait five minutes, then begin anew, or take another way."

MISMATCH = "This e-mail address and password do not belong together."
LETTERS = ("account_request_login_code", "account_reset_password", "account_signup")


@pytest.fixture(autouse=True)
def fresh_rate_limits(db):
    cache.clear()


def wrong(email: str, address: str = "127.0.0.1", **headers: str) -> str:
    """Sign in with a wrong password from a browser without a past; return the page."""
    form = {"login": email, "password": "no such word"}
    browser = Client(REMOTE_ADDR=address)
    return browser.post(reverse("account_login"), form, headers=headers).content.decode()


def claim(number: int) -> dict[str, str]:
    """Return headers that name another host, another port and another address each time."""
    host = ("testserver", "TestServer", "localhost")[number % 3]
    return {"Host": f"{host}:{1000 + number}", "X-Forwarded-For": f"10.0.{number}.1"}


def test_one_mailbox_is_guarded_whatever_address_is_claimed(owner):
    # Each from an address of its own, so that none of them is refused for where it comes from.
    pages = [wrong(owner.email, f"192.0.2.{n}", **claim(n)) for n in range(20)]
    assert [page for page in pages if MISMATCH not in page] == []
    assert TOO_OFTEN in wrong(owner.email.upper(), "192.0.2.20", **claim(20))


@pytest.mark.parametrize("network", ["192.0.2.1", "2001:db8::"])
def test_one_place_is_slowed_down_sooner_whatever_it_claims(owner, network):
    # A network of the newer kind is one place: whoever has one address of it has all.
    places = [f"{network}{n}" if ":" in network else network for n in range(6)]
    pages = [wrong(owner.email, place, **claim(n)) for n, place in enumerate(places)]
    assert [page for page in pages[:5] if MISMATCH not in page] == []
    assert TOO_OFTEN in pages[5]


def test_a_stranger_at_one_address_keeps_nobody_out(owner):
    pages = [wrong(owner.email, "192.0.2.1") for _ in range(12)]
    assert TOO_OFTEN in pages[-1]
    right = {"login": owner.email, "password": "a long password"}
    assert Client(REMOTE_ADDR="192.0.2.2").post(reverse("account_login"), right).status_code == 302


def test_a_new_password_opens_the_mailbox_that_many_addresses_closed(owner, mailoutbox):
    for n in range(21):
        wrong(owner.email, f"192.0.2.{n}")
    browser = Client(REMOTE_ADDR="192.0.2.99")
    right = {"login": owner.email, "password": "a kite over the harbour"}
    browser.post(reverse("account_reset_password"), {"email": owner.email})
    link = re.search(r"http://testserver(\S+)", mailoutbox[-1].body)[1]
    new = dict.fromkeys(("password1", "password2"), right["password"])
    browser.post(browser.get(link)["Location"], new)
    assert browser.post(reverse("account_login"), right).status_code == 302


def write_to(mailbox: str, door: str, address: str) -> None:
    form = {"email": mailbox, "name": "Ada", "password1": "a kite over the harbour"}
    Client(REMOTE_ADDR=address).post(reverse(door), form)


@pytest.fixture
def open_doors(settings):
    settings.SENDS_MAIL, settings.STORYBOARD_SIGNUP = True, "open"


@pytest.mark.usefixtures("open_doors")
@pytest.mark.parametrize("mailbox", ["owner@example.org", "nobody@example.org"])
@pytest.mark.parametrize("door", LETTERS)
def test_a_stranger_at_one_address_keeps_no_letter_from_anybody(owner, mailoutbox, door, mailbox):
    for _ in range(11):
        write_to(mailbox, door, "192.0.2.1")
    assert len(mailoutbox) == 3
    write_to(mailbox, door, "192.0.2.2")
    assert len(mailoutbox) == 4


@pytest.mark.usefixtures("open_doors")
@pytest.mark.parametrize("door", LETTERS)
def test_no_mailbox_is_flooded_from_wherever_it_is_written_to(owner, mailoutbox, door):
    for n in range(12):
        write_to(owner.email, door, f"192.0.2.{n}")
    assert len(mailoutbox) == 10


@pytest.mark.usefixtures("open_doors")
def test_one_address_has_three_letters_at_all_doors_together(owner, mailoutbox):
    for door in (*LETTERS, *LETTERS):
        write_to(owner.email.upper(), door, "192.0.2.1")
    assert len(mailoutbox) == 3


def test_many_mailboxes_from_one_address_are_guarded_too(db):
    pages = [
        wrong(f"person{n}@example.org", **{"X-Forwarded-For": f"10.0.{n}.1", "Forwarded": "for=x"})
        for n in range(21)
    ]
    assert TOO_OFTEN not in pages[0]
    assert TOO_OFTEN in pages[-1] or "Too many tries" in pages[-1]


def test_what_is_right_for_oneself_takes_back_no_guess_at_others(editor, mailoutbox):
    thief, codes = Client(), recovery.make(editor)
    pages = [wrong(f"person{n}@example.org") for n in range(9)]
    thief.post(reverse("account_login"), {"login": editor.email, "password": "a long password"})
    thief.post(reverse("mfa_authenticate"), {"code": codes[0]})
    assert thief.post(reverse("mfa_reauthenticate"), {"code": codes[1]}).status_code == 302
    Client().post(reverse("account_reset_password"), {"email": editor.email})
    link = re.search(r"http://testserver(\S+)", mailoutbox[-1].body)[1]
    new = dict.fromkeys(("password1", "password2"), "a kite over the harbour")
    assert thief.post(thief.get(link)["Location"], new).status_code == 302
    pages.append(wrong("person9@example.org"))
    assert [page for page in pages if MISMATCH not in page] == []
    assert TOO_OFTEN in wrong("person10@example.org")


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


def test_wrong_mailed_codes_and_a_closed_second_step_say_what_helps_there_too(owner):
    browser = Client()
    browser.post(reverse("account_request_login_code"), {"email": owner.email})
    enter = reverse("account_confirm_login_code")
    answers = [browser.post(enter, {"code": "AAAAAA"}, follow=True) for _ in range(3)]
    assert TOO_OFTEN in answers[-1].content.decode()
    TOTP.activate(owner, generate_totp_secret())
    browser.post(reverse("account_login"), {"login": owner.email, "password": "a long password"})
    step = reverse("mfa_authenticate")
    pages = [browser.post(step, {"code": "000000"}).content.decode() for _ in range(6)]
    assert TOO_OFTEN not in pages[0]
    assert TOO_OFTEN in pages[-1]


def test_the_second_step_says_nothing_of_a_password_that_was_not_asked_for(owner, mailoutbox):
    TOTP.activate(owner, generate_totp_secret())
    browser = Client()
    browser.post(reverse("account_request_login_code"), {"email": owner.email})
    code = re.search(r"\n\n(\S+)\n\n", mailoutbox[0].body)[1]
    enter = reverse("account_confirm_login_code")
    page = browser.post(enter, {"code": code}, follow=True).content.decode()
    assert "That was right. Now show that it is you." in page
    assert "Your password" not in page
