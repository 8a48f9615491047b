"""Signing in by a code that is mailed, instead of the password."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

ASK = "/accounts/code/"
ENTER = "/accounts/code/enter/"


@pytest.fixture(autouse=True)
def fresh_rate_limits(db):
    cache.clear()


def ask(browser: Client, address: str, **data):
    return browser.post(ASK, {"email": address, **data})


def code() -> str:
    return re.search(r"\n\n(\S+)\n\n", mail.outbox[-1].body)[1]


def test_the_code_signs_in(owner):
    browser = Client()
    assert ask(browser, owner.email)["Location"] == ENTER
    assert mail.outbox[0].to == [owner.email]
    assert mail.outbox[0].subject == "Storyboard: your code to sign in"
    assert browser.post(ENTER, {"code": code()})["Location"] == reverse("project_list")
    assert browser.get("/").status_code == 200


def test_it_leads_to_the_page_that_was_asked_for(owner):
    browser = Client()
    step = ask(browser, owner.email, next="/bin/")["Location"]
    answer = browser.post(step, {"code": code(), "next": "/bin/"})
    assert answer["Location"] == "/bin/"


def test_the_code_works_in_the_browser_that_asked_alone(owner):
    ask(Client(), owner.email)
    other = Client()
    assert other.post(ENTER, {"code": code()}).status_code == 302
    assert other.get("/").status_code == 302


def test_the_code_works_once(owner):
    browser = Client()
    ask(browser, owner.email)
    right = code()
    browser.post(ENTER, {"code": right})
    browser.post(reverse("account_logout"))
    browser.post(ENTER, {"code": right})
    assert browser.get("/").status_code == 302


def test_the_code_works_for_ten_minutes(owner, settings):
    assert settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT == 600
    browser = Client()
    ask(browser, owner.email)
    settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT = -1
    assert browser.post(ENTER, {"code": code()})["Location"] == ASK
    assert browser.get("/").status_code == 302


def test_a_wrong_code_says_so_and_three_end_it(owner):
    browser = Client()
    ask(browser, owner.email)
    answer = browser.post(ENTER, {"code": "AAAAAA"})
    assert answer.status_code == 422
    assert "This code is not right" in answer.content.decode()
    browser.post(ENTER, {"code": "AAAAAA"})
    browser.post(ENTER, {"code": "AAAAAA"})
    browser.post(ENTER, {"code": code()})
    assert browser.get("/").status_code == 302


def test_the_pages_tell_nobody_who_has_an_account(owner):
    def pages(address: str) -> list[str]:
        browser = Client()
        first = ask(browser, address)
        second = browser.get(ENTER).content.decode()
        wrong = browser.post(ENTER, {"code": "AAAAAA"})
        texts = [first["Location"], str(wrong.status_code), second, wrong.content.decode()]
        # Each page has a token of its own in its forms.
        return [re.sub(r"\b\w{64}\b", "", one.replace(address, "")) for one in texts]

    assert pages(owner.email) == pages("nobody@example.org")
    assert "There is no account" in mail.outbox[-1].body


def test_many_letters_in_a_minute_are_refused(owner):
    answers = [ask(Client(), owner.email) for _ in range(4)]
    assert answers[-1].status_code == 422
    assert len(mail.outbox) == 3


def test_a_letter_that_cannot_be_sent_is_told(owner, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    browser = Client()
    ask(browser, owner.email)
    assert "The letter could not be sent" in browser.get(ENTER).content.decode()


def test_without_mail_the_page_says_where_the_code_is(owner, settings):
    settings.EMAIL_BACKEND = "storyboard.people.outbox.PrintAndKeep"
    page = Client().get(ASK).content.decode()
    assert "ask them for the code" in page


def test_whoever_waits_for_a_code_may_ask_for_another(owner, editor):
    browser = Client()
    ask(browser, owner.email)
    page = browser.get(ASK)
    assert page.status_code == 200
    assert "Sign in by a code" in page.content.decode()
    assert ask(browser, editor.email)["Location"] == ENTER
    assert mail.outbox[-1].to == [editor.email]
    assert browser.post(ENTER, {"code": code()})["Location"] == reverse("project_list")


def test_whoever_waits_for_a_code_may_sign_in_by_password(owner):
    browser = Client()
    ask(browser, owner.email)
    assert browser.get(reverse("account_login")).status_code == 200
    data = {"login": owner.email, "password": "a long password"}
    assert browser.post(reverse("account_login"), data)["Location"] == reverse("project_list")
    assert browser.get("/").status_code == 200


def test_whoever_waits_for_a_code_may_use_a_passkey(owner):
    browser = Client()
    ask(browser, owner.email)
    asked = browser.get(reverse("mfa_login_webauthn"), headers={"Accept": "application/json"})
    assert "request_options" in asked.json()


def test_looking_at_another_way_in_leaves_the_code_good(owner):
    browser = Client()
    ask(browser, owner.email)
    browser.get(reverse("account_login"))
    browser.get(ASK)
    assert browser.post(ENTER, {"code": code()})["Location"] == reverse("project_list")


def test_tries_at_a_code_are_counted_whatever_is_looked_at_in_between(owner):
    browser = Client()
    ask(browser, owner.email)
    for _ in range(3):
        browser.post(ENTER, {"code": "AAAAAA"})
        browser.get(reverse("account_login"))
    browser.post(ENTER, {"code": code()})
    assert browser.get("/").status_code == 302


@pytest.mark.parametrize("name", ["account_login", "account_request_login_code"])
def test_a_second_step_that_is_awaited_stays_so(owner, name):
    TOTP.activate(owner, generate_totp_secret())
    browser = Client()
    ask(browser, owner.email)
    browser.post(ENTER, {"code": code()})
    assert browser.get(reverse(name))["Location"] == reverse("mfa_authenticate")
    assert browser.get(reverse("mfa_authenticate")).status_code == 200


def test_the_second_step_comes_after_the_code(owner):
    TOTP.activate(owner, generate_totp_secret())
    browser = Client()
    ask(browser, owner.email)
    answer = browser.post(ENTER, {"code": code()})
    assert answer["Location"] == reverse("mfa_authenticate")
    assert browser.get("/").status_code == 302
