"""Another address to sign in with: asked with the password, confirmed from the new mailbox."""

from __future__ import annotations

import re
from importlib import import_module

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.core import mail, signing
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from storyboard.people import address
from storyboard.people.models import User

NEW = "ada@example.net"
ASK = "/accounts/address/"


@pytest.fixture(autouse=True)
def fresh_rate_limits(db):
    cache.clear()


@pytest.fixture
def browser(owner, signed_in):
    return signed_in(owner)


def ask(browser, to=NEW, **data):
    return browser.post(ASK, {"email": to, "password": "a long password"} | data)


def link() -> str:
    return re.search(r"http://testserver(/accounts/address/\S+)", mail.outbox[0].body)[1]


def sign_in(login: str) -> int:
    data = {"login": login, "password": "a long password"}
    return Client().post(reverse("account_login"), data).status_code


def test_it_changes_by_the_link_in_the_letter_and_no_sooner(browser, owner):
    page = ask(browser).content.decode()
    assert f"on its way to <b>{NEW}</b>" in page
    assert mail.outbox[0].to == [NEW]
    looked = Client().get(link()).content.decode()
    assert NEW in looked
    assert sign_in(NEW) == 422
    assert Client().post(link())["Location"] == reverse("account_login")
    assert sign_in(NEW) == 302
    assert sign_in(owner.email) == 422


def test_confirmed_while_signed_out_signing_in_leads_not_back_to_the_used_link(browser):
    ask(browser)
    answer = Client().post(link(), headers={"Referer": f"http://testserver{link()}"})
    assert answer["Location"] == reverse("account_login")


def test_whoever_is_signed_in_stays_so(browser):
    ask(browser)
    assert browser.post(link())["Location"] == reverse("account_page")
    page = browser.get(reverse("account_page")).content.decode()
    assert f"You sign in with {NEW} from now on." in page


def test_in_the_browser_of_another_account_it_is_told_whose_address_it_is(
    browser, editor, signed_in
):
    ask(browser)
    theirs = signed_in(editor)
    page = theirs.post(link(), follow=True).content.decode()
    assert f"Owner signs in with {NEW} from now on. Here you are signed in as Editor." in page
    assert f"You sign in with {NEW}" not in page
    assert f"You sign in with <b>{editor.email}</b>" in page
    assert sign_in(NEW) == 302


def test_the_mailbox_from_before_is_told(browser, owner):
    ask(browser)
    browser.post(link())
    letter = mail.outbox[1]
    assert letter.to == [owner.email]
    assert f"signed in to with {NEW}" in letter.body


def test_the_link_works_once(browser):
    ask(browser)
    browser.post(link())
    for answer in (browser.get(link()), browser.post(link())):
        assert answer.status_code == 410
        assert "This link has ended" in answer.content.decode()


def test_the_link_works_for_a_day(browser, monkeypatch):
    assert address.LINK_SECONDS == 24 * 3600
    ask(browser)
    monkeypatch.setattr(address, "LINK_SECONDS", -1)
    assert Client().post(link()).status_code == 410
    assert not User.objects.filter(email=NEW).exists()


def test_a_changed_password_ends_the_link(browser, owner):
    ask(browser)
    owner.set_password("another long password")
    owner.save()
    assert Client().post(link()).status_code == 410
    assert not User.objects.filter(email=NEW).exists()


def test_an_address_that_was_taken_since_is_refused(browser, editor):
    ask(browser)
    User.objects.filter(pk=editor.pk).update(email=NEW.upper())
    assert Client().post(link()).status_code == 410


def test_an_account_that_was_switched_off_changes_nothing(browser, owner):
    ask(browser)
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert Client().post(link()).status_code == 410


@pytest.mark.parametrize("token", ["nonsense", "a:b:c", "%00", "x" * 3000])
def test_an_invented_link_has_ended(db, token):
    assert Client().get(f"/accounts/address/{token}/").status_code == 410
    assert Client().post(f"/accounts/address/{token}/").status_code == 410


def test_what_is_signed_for_another_purpose_or_by_another_key_opens_nothing(owner, settings):
    token = address.Change(owner, NEW).token()
    wish = signing.loads(token, salt="storyboard.people.address")
    settings.SECRET_KEY, own = "n" * 64, settings.SECRET_KEY
    foreign = signing.dumps(wish, salt="storyboard.people.address", compress=True)
    settings.SECRET_KEY = own
    for other in (signing.dumps(wish, salt="another purpose"), signing.dumps(wish), foreign):
        assert Client().post(f"/accounts/address/{other}/").status_code == 410
    payload, _, rest = token.partition(":")
    assert Client().post(f"/accounts/address/{payload[:-2]}AA:{rest}/").status_code == 410
    assert Client().post(f"/accounts/address/{payload}:{rest[:-1]}/").status_code == 410
    assert sign_in(NEW) == 422


def test_an_address_that_no_database_holds_is_refused_beside_its_field(browser):
    answer = ask(browser, f"{'a' * 243}@example.org")
    assert answer.status_code == 422
    assert "at most 254 characters" in answer.content.decode()
    assert mail.outbox == []


@pytest.mark.parametrize("typed", [NEW, "Ada@Example.NET"])
def test_an_address_with_capital_letters_signs_in_however_it_is_typed(browser, typed):
    ask(browser, "Ada@Example.NET")
    Client().post(link())
    assert sign_in(typed) == 302


def test_a_link_of_an_older_version_locks_nobody_out(owner):
    token = address.Change(owner, "Ada@example.net").token()
    Client().post(reverse("account_address_confirm", args=(token,)))
    assert sign_in("Ada@example.net") == 302


def test_an_account_is_made_with_its_address_in_small_letters(db):
    User.objects.create_user("Ada@Example.NET", "a long password")
    assert sign_in("Ada@Example.NET") == 302


@pytest.fixture
def lower():
    return import_module("storyboard.people.migrations.0019_small_letters").lower


def test_whoever_an_older_version_locked_out_comes_in_after_the_migration(owner, lower):
    User.objects.filter(pk=owner.pk).update(email="Ada@example.net")
    EmailAddress.objects.create(user=owner, email="Ada@example.net", primary=True, verified=True)
    assert sign_in("Ada@example.net") == 422
    lower(apps, None)
    assert sign_in("Ada@example.net") == 302
    assert EmailAddress.objects.get().email == NEW


def test_the_migration_leaves_an_address_whose_small_letters_are_taken(owner, editor, lower):
    EmailAddress.objects.create(user=owner, email=NEW, verified=True)
    for typed in ("Ada@example.net", "ADA@example.net"):
        EmailAddress.objects.create(user=editor, email=typed, verified=True)
    EmailAddress.objects.create(user=owner, email="ADA@example.org", verified=True)
    lower(apps, None)
    assert set(EmailAddress.objects.values_list("email", flat=True)) == {
        NEW,
        "Ada@example.net",
        "ADA@example.net",
        "ada@example.org",
    }


def test_the_page_tells_nobody_who_has_an_account(browser, editor):
    pages = [ask(browser, to).content.decode().replace(to, "") for to in (NEW, editor.email)]
    # Each page has a token of its own in its forms.
    free, taken = (re.sub(r"\b\w{64}\b", "", page) for page in pages)
    assert free == taken
    assert "There is one with it already" in mail.outbox[1].body
    assert "http" not in mail.outbox[1].body


def test_without_the_password_nothing_is_sent_and_what_was_typed_stays(browser):
    answer = ask(browser, password="something else")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This is not your password. Nothing was changed." in page
    assert f'value="{NEW}"' in page
    assert "something else" not in page
    assert mail.outbox == []


@pytest.mark.parametrize("typed", ["", "no address", "OWNER@example.org"])
def test_an_address_that_is_none_or_the_same_is_refused(browser, typed):
    assert ask(browser, typed).status_code == 422
    assert mail.outbox == []


def test_a_letter_that_cannot_be_sent_is_told_beside_what_was_typed(browser, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    answer = ask(browser)
    assert answer.status_code == 503
    assert "The letter could not be sent" in answer.content.decode()
    assert f'value="{NEW}"' in answer.content.decode()


def test_many_letters_in_a_minute_are_refused_for_a_while(browser):
    answers = [ask(browser, f"ada{n}@example.net") for n in range(11)]
    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429
    assert answers[-1]["Retry-After"] == "300"
    assert len(mail.outbox) < 11
