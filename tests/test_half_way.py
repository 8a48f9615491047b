"""Sign-ins that wait for a code: what happens to the account meanwhile puts an end to them."""

from __future__ import annotations

import re

import pytest
from allauth.account.signals import authentication_step_completed
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from storyboard.people import half_way
from storyboard.people.address import Change
from storyboard.people.models import User
from storyboard.people.sessions import end_sessions

PASSWORD, NEW = "a long password", "seven paper boats"
STEP, CODE = reverse("mfa_authenticate"), reverse("account_confirm_login_code")


@pytest.fixture(autouse=True)
def fresh_rate_limits(db):
    cache.clear()


@pytest.fixture(autouse=True)
def no_half_minute_ends(settings):
    settings.MFA_TOTP_TOLERANCE = 1


@pytest.fixture
def secret(owner) -> str:
    """What the owner's app makes codes of."""
    secret = generate_totp_secret()
    TOTP.activate(owner, secret)
    return secret


@pytest.fixture
def here(owner) -> Client:
    """The owner's own browser, which is signed in and has given the password again."""
    browser = Client()
    browser.force_login(owner)
    browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return browser


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def with_password(user: User) -> Client:
    """Begin to sign in, up to the second step."""
    browser = Client()
    data = {"login": user.email, "password": PASSWORD}
    assert browser.post(reverse("account_login"), data)["Location"] == STEP
    return browser


def with_mail(user: User) -> tuple[Client, str]:
    """Begin to sign in by a mailed code, which is returned."""
    browser = Client()
    asked = browser.post(reverse("account_request_login_code"), {"email": user.email})
    assert asked["Location"] == CODE
    return browser, re.search(r"\n\n(\S+)\n\n", mail.outbox[-1].body)[1]


def change_password(here: Client, user: User) -> None:
    new = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert here.post(reverse("account_change_password"), new).status_code == 302


def change_address(here: Client, user: User) -> None:
    Change(User.objects.get(pk=user.pk), "new@example.org").make()


def sign_out_everywhere(here: Client, user: User) -> None:
    assert here.post(reverse("account_devices_end"))["Location"] == reverse("account_page")


def all_of_it(here: Client, user: User) -> None:
    change_password(here, user)
    change_address(here, user)
    sign_out_everywhere(here, user)


def switch_off(here: Client, user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


ACTS = [change_password, change_address, sign_out_everywhere, all_of_it]


def refused(browser: Client, path: str, code: str) -> str:
    """Enter a code that was right before; return the page to which it leads."""
    answer = browser.post(path, {"code": code}, follow=True)
    assert answer.redirect_chain
    assert browser.get("/").status_code == 302
    # Nor is there anything left to go on with.
    assert browser.get(path).status_code == 302
    return answer.content.decode()


@pytest.mark.parametrize("act", [*ACTS, switch_off])
def test_a_second_step_that_is_awaited_ends_with_a_change(owner, secret, here, act):
    waiting = with_password(owner)
    act(here, owner)
    refused(waiting, STEP, code_of(secret))


@pytest.mark.parametrize("act", [*ACTS, switch_off])
def test_a_mailed_code_ends_with_a_change(owner, here, act):
    waiting, code = with_mail(owner)
    act(here, owner)
    refused(waiting, CODE, code)


@pytest.mark.parametrize("act", [change_password, change_address])
def test_why_it_ended_is_said_where_one_begins_anew(owner, secret, here, caplog, act):
    waiting = with_password(owner)
    act(here, owner)
    assert half_way.ENDED in refused(waiting, STEP, code_of(secret))
    assert f"user {owner.pk}: refused, for the account changed half way" in caplog.text


def test_looking_at_the_page_of_the_code_says_it_too(owner, here):
    waiting, _ = with_mail(owner)
    change_password(here, owner)
    answer = waiting.get(CODE, follow=True)
    assert answer.redirect_chain == [(reverse("account_login"), 302)]
    assert half_way.ENDED in answer.content.decode()


def test_what_began_with_a_code_before_ends_at_the_second_step(owner, secret, here):
    waiting, code = with_mail(owner)
    assert waiting.post(CODE, {"code": code})["Location"] == STEP
    change_password(here, owner)
    refused(waiting, STEP, code_of(secret))


def test_what_happens_to_others_ends_nothing(owner, editor, secret, here):
    by_password, (by_mail, code) = with_password(owner), with_mail(owner)
    end_sessions(editor)
    change_address(here, editor)
    by_password.post(STEP, {"code": code_of(secret)})
    assert by_password.get("/").status_code == 200
    assert by_mail.post(CODE, {"code": code})["Location"] == STEP


def test_signing_in_to_another_account_meanwhile_makes_no_code_good_again(owner, editor, here):
    waiting, code = with_mail(owner)
    change_password(here, owner)
    waiting.post(reverse("account_login"), {"login": editor.email, "password": PASSWORD})
    waiting.post(reverse("account_logout"))
    refused(waiting, CODE, code)


def test_a_password_that_is_changed_while_it_is_compared_lets_nobody_in(owner):
    def change_it(**more: object) -> None:
        User.objects.filter(pk=owner.pk).update(password=make_password(NEW))

    browser = Client()
    # Sent once the password was found to be right.
    authentication_step_completed.connect(change_it)
    try:
        data = {"login": owner.email, "password": PASSWORD}
        answer = browser.post(reverse("account_login"), data, follow=True)
    finally:
        assert authentication_step_completed.disconnect(change_it)
    assert half_way.ENDED in answer.content.decode()
    assert browser.get("/").status_code == 302


@pytest.mark.parametrize("path", [STEP, CODE])
def test_an_account_that_is_gone_gets_no_further(owner, editor, secret, path):
    waiting = {STEP: with_password(owner), CODE: with_mail(editor)[0]}[path]
    User.objects.filter(pk__in=[owner.pk, editor.pk]).delete()
    refused(waiting, path, "000000")


def test_where_there_is_no_account_the_code_is_asked_for_all_the_same(db):
    browser = Client()
    browser.post(reverse("account_request_login_code"), {"email": "nobody@example.org"})
    assert browser.get(CODE).status_code == 200
    assert browser.post(CODE, {"code": "AAAAAA"}).status_code == 422


def test_signing_out_everywhere_leaves_what_others_began(owner, editor, here):
    waiting, code = with_mail(editor)
    sign_out_everywhere(here, owner)
    assert waiting.post(CODE, {"code": code})["Location"] == reverse("project_list")
