"""How long somebody stays signed in, and that a session's token is its own for no longer."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from storyboard.people.models import User
from storyboard.people.signed_in import BEGAN, NOTED_EVERY, USED

PASSWORD = "a long password"
HOUR, DAY = 3600, 24 * 3600


@pytest.fixture(autouse=True)
def fresh_rate_limits(db):
    cache.clear()


@pytest.fixture
def browser(owner) -> Client:
    client = Client()
    client.post(reverse("account_login"), {"login": owner.email, "password": PASSWORD})
    return client


def turn_back(browser: Client, **seconds: float) -> None:
    """Let what the session noted have happened so long ago."""
    session = browser.session
    for name, ago in seconds.items():
        session[name] = time.time() - ago
    session.save()


def test_a_month_after_signing_in_everybody_signs_in_again(browser):
    turn_back(browser, **{BEGAN: settings.SESSION_LIFE - HOUR, USED: 0})
    assert browser.get("/").status_code == 200
    old = browser.session.session_key
    turn_back(browser, **{BEGAN: settings.SESSION_LIFE + 1, USED: 0})
    answer = browser.get("/", follow=True)
    assert answer.redirect_chain[0][0].startswith(reverse("account_login"))
    assert "signed in for a month" in answer.content.decode()
    assert not Session.objects.filter(pk=old).exists()


def test_an_open_page_is_led_to_sign_in_then(browser):
    turn_back(browser, **{BEGAN: settings.SESSION_LIFE + 1})
    answer = browser.get("/", headers={"HX-Request": "true"})
    assert answer["HX-Redirect"].startswith(reverse("account_login"))


def test_using_it_does_not_lengthen_the_month(browser):
    began = browser.session[BEGAN]
    turn_back(browser, **{USED: DAY})
    browser.get("/")
    assert browser.session[BEGAN] == began


def test_two_weeks_without_use_end_it(browser):
    row = Session.objects.get(pk=browser.session.session_key)
    left = row.expire_date - timezone.now()
    assert timedelta(days=13, hours=23) < left <= timedelta(days=14)
    assert browser.cookies["sessionid"]["max-age"] == 14 * DAY
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert browser.get("/").status_code == 302


def test_use_is_noted_every_hour_and_begins_the_two_weeks_anew(browser):
    Session.objects.update(expire_date=timezone.now() + timedelta(days=2))
    browser.get("/")
    assert Session.objects.get().expire_date < timezone.now() + timedelta(days=3)
    turn_back(browser, **{USED: NOTED_EVERY + 1})
    Session.objects.update(expire_date=timezone.now() + timedelta(days=2))
    answer = browser.get("/")
    assert answer.cookies["sessionid"]["max-age"] == 14 * DAY
    assert Session.objects.get().expire_date > timezone.now() + timedelta(days=13)


def test_what_an_open_page_asks_by_itself_is_no_use(browser, story):
    used = time.time() - 2 * HOUR
    turn_back(browser, **{USED: 2 * HOUR})
    by_htmx = {"HX-Request": "true"}
    browser.get(reverse("project_live", args=(story.project.pk,)), headers=by_htmx)
    beat = {"page": "0" * 8, "version": 0}
    path = reverse("project_together", args=(story.project.pk,))
    assert browser.post(path, beat, headers=by_htmx).status_code in {200, 204}
    assert browser.session[USED] == pytest.approx(used, abs=60)
    browser.post(reverse("project_rename", args=(story.project.pk,)), {"title": "Mine"})
    assert browser.session[USED] == pytest.approx(time.time(), abs=60)


def test_a_token_is_of_128_bits_and_never_the_same(owner):
    tokens = set()
    for _ in range(20):
        client = Client()
        client.force_login(owner, backend=settings.AUTHENTICATION_BACKENDS[0])
        tokens.add(client.cookies["sessionid"].value)
    assert len(tokens) == 20
    # 36 signs, 32 times: 165 bits, drawn by the system.
    assert all(re.fullmatch(r"[a-z0-9]{32}", token) for token in tokens)
    assert len(set("".join(tokens))) == 36


def test_showing_the_password_again_makes_a_new_token(browser):
    old = browser.cookies["sessionid"].value
    answer = browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert answer.status_code == 302
    new = browser.cookies["sessionid"].value
    assert new != old
    thief = Client()
    thief.cookies["sessionid"] = old
    assert thief.get("/").status_code == 302
    assert browser.get("/").status_code == 200
    assert UserSession.objects.get().session_key == new


def test_a_wrong_password_leaves_the_token(browser):
    old = browser.cookies["sessionid"].value
    answer = browser.post(reverse("account_reauthenticate"), {"password": "a guess"})
    assert answer.status_code == 422
    assert browser.session.session_key == old


def test_a_token_is_told_by_cookie_alone(browser):
    for path in ("/", "/accounts/", reverse("account_export"), "/accounts/second-step/"):
        assert browser.session.session_key not in browser.get(path).content.decode()


def test_signing_out_empties_the_browsers_cache_and_nothing_else_does(browser, cast):
    assert "Clear-Site-Data" not in browser.get("/").headers
    assert "Clear-Site-Data" not in browser.get(reverse("account_logout")).headers
    assert browser.post(reverse("account_logout"))["Clear-Site-Data"] == '"cache"'
    leaving = cast.browser("viewer").post(reverse("account_delete"), {"password": PASSWORD})
    assert leaving["Clear-Site-Data"] == '"cache"'
    wrong = cast.browser("editor").post(reverse("account_delete"), {"password": "a guess"})
    assert "Clear-Site-Data" not in wrong.headers


def test_an_account_that_is_switched_off_or_gone_is_signed_out_at_once(browser, owner, viewer):
    other = Client()
    other.post(reverse("account_login"), {"login": viewer.email, "password": PASSWORD})
    User.objects.filter(pk=owner.pk).update(is_active=False)
    viewer.delete()
    assert browser.get("/").status_code == 302
    assert other.get("/").status_code == 302


def test_where_a_second_step_changes_the_others_can_be_signed_out(browser, owner):
    path = reverse("mfa_index")
    assert "Signed in elsewhere" not in browser.get(path).content.decode()
    other = Client()
    other.post(reverse("account_login"), {"login": owner.email, "password": PASSWORD})
    page = browser.get(path).content.decode()
    assert "1 other browser is signed in to your account" in page
    assert f'action="{reverse("account_devices_end")}"' in page


def test_a_new_password_does_not_go_around_the_second_step(owner, mailoutbox):
    Authenticator.objects.create(user=owner, type=Authenticator.Type.WEBAUTHN, data={})
    Client().post(reverse("account_reset_password"), {"email": owner.email})
    link = re.search(r"https?://\S+(/accounts/\S+)", mailoutbox[0].body)[1]
    client = Client()
    form = client.get(link, follow=True).redirect_chain[-1][0]
    new = {"password1": "seven paper boats", "password2": "seven paper boats"}
    assert client.post(form, new).status_code == 302
    assert client.get("/").status_code == 302
    data = {"login": owner.email, "password": "seven paper boats"}
    assert client.post(reverse("account_login"), data)["Location"] == reverse("mfa_authenticate")
    assert client.get("/").status_code == 302


@pytest.fixture
def other(owner) -> Client:
    """A second browser of the same person's."""
    client = Client(headers={"User-Agent": "iPhone Safari/604.1"})
    client.post(reverse("account_login"), {"login": owner.email, "password": PASSWORD})
    return client


@pytest.fixture
def new_signing_keys(browser, other, settings):
    """As `manage.py rotatekeys --signing` makes them, while both are signed in."""
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "newer than the other one, and long enough to satisfy every check"


def sign_out_elsewhere(browser: Client) -> None:
    browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert browser.post(reverse("account_devices_end")).status_code == 302


def test_new_signing_keys_keep_nobody_from_being_signed_out(browser, other, new_signing_keys):
    for one in (browser, other):
        assert one.get("/").status_code == 200
    sign_out_elsewhere(browser)
    assert other.get("/").status_code == 302
    assert browser.get("/").status_code == 200


def test_nor_does_one_that_was_not_used_since(browser, other, new_signing_keys):
    sign_out_elsewhere(browser)
    assert other.get("/").status_code == 302
    assert browser.get("/").status_code == 200


def test_signing_out_elsewhere_finds_browsers_that_no_list_has(browser, other):
    UserSession.objects.all().delete()
    sign_out_elsewhere(browser)
    assert other.get("/").status_code == 302
    assert browser.get("/").status_code == 200


def test_new_signing_keys_leave_the_list_of_devices_as_it_was(browser, other, new_signing_keys):
    before = list(UserSession.objects.order_by("pk").values_list("pk", "created_at"))
    for one in (other, browser):
        one.get("/")
    page = browser.get("/accounts/").content.decode()
    assert page.count("(this one)") == 1
    assert "Safari on iPhone" in page
    assert list(UserSession.objects.order_by("pk").values_list("pk", "created_at")) == before
    device = UserSession.objects.get(session_key=other.session.session_key)
    browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    browser.post(reverse("account_device_end", args=(device.pk,)))
    assert other.get("/").status_code == 302


@pytest.mark.parametrize("page", ["account_page", "mfa_index"])
def test_looking_at_ones_devices_signs_none_of_them_out(browser, other, new_signing_keys, page):
    assert browser.get(reverse(page)).status_code == 200
    assert other.get("/").status_code == 200


def test_signing_in_signs_no_other_browser_out(owner, browser, other, new_signing_keys):
    third = Client()
    third.post(reverse("account_login"), {"login": owner.email, "password": PASSWORD})
    for one in (browser, other, third):
        assert one.get("/").status_code == 200
    listed = set(UserSession.objects.values_list("session_key", flat=True))
    assert listed == {one.session.session_key for one in (browser, other, third)}


def test_a_browser_that_was_signed_out_is_listed_no_more_after_the_next_sign_in(owner, browser):
    browser.post(reverse("account_logout"))
    browser.post(reverse("account_login"), {"login": owner.email, "password": PASSWORD})
    assert UserSession.objects.get().session_key == browser.session.session_key
