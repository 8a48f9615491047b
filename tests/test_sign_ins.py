"""Every sign-in and every try is a line of the log: who, by what, from where, and no secret."""

from __future__ import annotations

import logging
import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from storyboard.keeping.logs import OneLine
from storyboard.people.models import User
from tests.test_second_step import PASSKEY_SIGN_IN, STEP, code_for, set_up, with_passkey

PASSWORD = "a long password"
HERE = "from 127.0.0.1"


@pytest.fixture(autouse=True)
def fresh_rate_limits(db, settings):
    cache.clear()
    settings.MFA_TOTP_TOLERANCE = 1


@pytest.fixture
def said(caplog):
    """Return the lines of the doors since it was last asked, without what they begin with."""
    caplog.set_level(logging.INFO, "storyboard")

    def lines() -> list[str]:
        records = [one for one in caplog.records if one.name == "storyboard.people.sign_ins"]
        caplog.clear()
        return [f"{one.levelname} {one.getMessage()}" for one in records]

    return lines


@pytest.fixture
def ada(db) -> User:
    return User.objects.create_user("ada@example.org", PASSWORD, name="Ada")


def come_in(user: User, password: str = PASSWORD, **more: str) -> Client:
    client = Client(SERVER_NAME="localhost", **more)
    client.post(reverse("account_login"), {"login": user.email, "password": password})
    return client


def test_a_sign_in_by_password_and_its_end_are_told(ada, said):
    browser = come_in(ada)
    browser.post(reverse("account_logout"))
    assert said() == [
        f"INFO user {ada.pk}: signed in by password, {HERE}",
        f"INFO user {ada.pk}: signed out, {HERE}",
    ]


def test_a_wrong_password_is_told_whoever_it_is_of(ada, said):
    come_in(ada, "canary of a guess")
    Client().post(reverse("account_login"), {"login": "canary@example.org", "password": "x"})
    lines = said()
    assert lines == [
        f"WARNING user {ada.pk}: refused by password, {HERE}",
        f"WARNING nobody we know: refused by password, {HERE}",
    ]
    assert "canary" not in "".join(lines)


def test_a_mailed_code_is_told_and_a_wrong_one(ada, said, mailoutbox):
    browser = Client()
    browser.post(reverse("account_request_login_code"), {"email": ada.email})
    browser.post(reverse("account_confirm_login_code"), {"code": "AAAA-AAAA"})
    code = re.search(r"\n\n(\S+)\n\n", mailoutbox[-1].body)[1]
    browser.post(reverse("account_confirm_login_code"), {"code": code})
    lines = said()
    assert lines == [
        f"WARNING user {ada.pk}: refused by a mailed code, {HERE}",
        f"INFO user {ada.pk}: signed in by a mailed code, {HERE}",
    ]
    assert code not in "".join(lines)


@pytest.mark.django_db(transaction=True)
def test_second_steps_are_told_by_their_kind(ada, said):
    browser = come_in(ada)
    browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    secret, codes = set_up(browser)
    other = come_in(ada)
    other.post(STEP, {"code": "000000"})
    other.post(STEP, {"code": code_for(secret)})
    third = come_in(ada)
    third.post(STEP, {"code": "000000000"})
    third.post(STEP, {"code": codes[0]})
    lines = said()
    assert [line.removesuffix(f", {HERE}").partition(": ")[2] for line in lines] == [
        "signed in by password",
        "showed who they are by password",
        "added an app as a second step",
        "made new recovery codes",
        "refused by an app",
        "signed in by password and an app",
        "refused by a recovery code",
        "signed in by password and a recovery code",
    ]
    assert not any(secret in line or codes[0] in line for line in lines)


@pytest.mark.django_db(transaction=True)
def test_what_is_taken_away_is_told_too(ada, said):
    browser = come_in(ada)
    browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    set_up(browser)
    browser.post(reverse("mfa_deactivate_totp"))
    assert f"INFO user {ada.pk}: took away an app as a second step, {HERE}" in said()


def test_a_passkey_that_is_refused_is_told(ada, said):
    browser = come_in(ada)
    browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    with_passkey(browser)
    stranger = Client(SERVER_NAME="localhost")
    stranger.get(PASSKEY_SIGN_IN, headers={"Accept": "application/json"})
    stranger.post(PASSKEY_SIGN_IN, {"credential": "{}"})
    assert said()[-1] == f"WARNING nobody we know: refused by a passkey, {HERE}"


def test_changes_of_password_and_address_are_told(ada, said, mailoutbox):
    browser = come_in(ada)
    new = {"oldpassword": PASSWORD, "password1": "seven paper boats"}
    browser.post(reverse("account_change_password"), new | {"password2": "seven paper boats"})
    Client().post(reverse("account_reset_password"), {"email": ada.email})
    link = re.search(r"https?://\S+(/accounts/\S+)", mailoutbox[-1].body)[1]
    other = Client()
    form = other.get(link, follow=True).redirect_chain[-1][0]
    other.post(form, {"password1": "eight paper boats", "password2": "eight paper boats"})
    lines = said()
    assert f"INFO user {ada.pk}: changed their password, {HERE}" in lines
    assert f"INFO user {ada.pk}: set a new password by a mailed link, {HERE}" in lines
    assert "paper boats" not in "".join(lines)


def test_leaving_and_its_wrong_password_are_told(ada, said):
    browser = come_in(ada)
    for password in ("a guess", PASSWORD):
        browser.post(reverse("account_delete"), {"password": password})
    assert said()[1:3] == [
        f"WARNING user {ada.pk}: refused by password, {HERE}",
        f"INFO user {ada.pk}: deleted their account, {HERE}",
    ]


def test_behind_our_proxy_its_own_word_is_told(ada, said, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    come_in(ada, "a guess", headers={"X-Forwarded-For": "198.51.100.7, 192.0.2.9"})
    assert said() == [f"WARNING user {ada.pk}: refused by password, from 192.0.2.9"]


@pytest.mark.parametrize(
    ("name", "method", "status"),
    [("team_rename", "post", 403), ("team_activity", "get", 403), ("team_rename", "get", 405)],
)
def test_a_refused_act_is_logged_with_who_and_from_where(cast, team, caplog, name, method, status):
    answer = getattr(cast.browser("viewer"), method)(reverse(name, args=(team.pk,)))
    assert answer.status_code == status
    lines = [OneLine().format(one) for one in caplog.records if one.name == "django.request"]
    assert f"by user {cast.viewer.pk} {HERE}" in lines[-1]


def test_what_goes_around_a_control_is_logged_with_from_where(cast, story, caplog, settings):
    path = reverse("project_rename", args=(story.project.pk,))
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.editor, backend=settings.AUTHENTICATION_BACKENDS[0])
    tried = (
        browser.post(path, {"title": "x"}),
        cast.browser("outsider").post(path, {"title": "x"}),
        cast.browser("editor").post(path, {"title": ""}),
        cast.browser("editor").post(path, headers={"Content-Length": "99999999"}),
        Client().get("/", headers={"Host": "evil.test"}),
    )
    assert [one.status_code for one in tried] == [403, 404, 422, 413, 400]
    kinds = {"django.request", "django.security.csrf", "django.security.DisallowedHost"}
    lines = [OneLine().format(one) for one in caplog.records if one.name in kinds]
    assert len(lines) >= len(tried)
    assert all(HERE in line for line in lines), lines
