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


def test_the_second_step_comes_after_the_code(owner):
    TOTP.activate(owner, generate_totp_secret())
    browser = Client()
    ask(browser, owner.email)
    answer = browser.post(ENTER, {"code": code()})
    assert answer["Location"] == reverse("mfa_authenticate")
    assert browser.get("/").status_code == 302
