"""A new account where mail is sent: a letter to the address, whose link leads to the rest."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from storyboard.people import newcomers
from storyboard.people.models import Invitation, Membership, User
from storyboard.people.newcomers import Newcomer
from storyboard.people.roles import Role

ASK = "/accounts/signup/"
NEW = "ada@example.org"
REST = {"name": "Ada", "password1": "a kite over the harbour"}


@pytest.fixture(autouse=True)
def an_open_installation_that_sends_mail(owner, settings):
    cache.clear()
    settings.SENDS_MAIL, settings.STORYBOARD_SIGNUP = True, "open"


@pytest.fixture
def invited(team, owner):
    """A browser that came by an invitation to the team, as viewer."""
    token = Invitation.objects.issue(
        team, by=owner, role=Role.VIEWER, expires_at=timezone.now() + timedelta(days=1)
    )[1]
    browser = Client()
    browser.post(reverse("invitation_accept", args=(token,)), {"door": "sign-up"})
    return browser


def ask(address: str = NEW, browser: Client | None = None):
    return (browser or Client()).post(ASK, {"email": address})


def link() -> str:
    return re.search(rf"http://testserver({ASK}\S+)", mail.outbox[-1].body)[1]


def plain(page: bytes, address: str) -> str:
    """Return a page without the address, and without the token that each has of its own."""
    return re.sub(r"\b\w{64}\b", "", page.decode().replace(address, ""))


def test_the_link_in_the_letter_leads_to_an_account_and_nothing_sooner(db):
    page = ask().content.decode()
    assert f"on its way to <b>{NEW}</b>" in page
    assert mail.outbox[0].to == [NEW]
    browser = Client()
    assert NEW in browser.get(link()).content.decode()
    assert not User.objects.filter(email=NEW).exists()
    answer = browser.post(link(), REST)
    assert (answer.status_code, answer["Location"]) == (302, reverse("project_list"))
    ada = User.objects.get(email=NEW)
    assert (ada.name, ada.founder) == ("Ada", False)
    assert ada.teams.get(personal=True).projects.count() == 1
    assert browser.get("/").status_code == 200


def test_the_address_of_the_account_is_known_to_be_read(db):
    ask()
    Client().post(link(), REST)
    assert EmailAddress.objects.get(email=NEW).verified


def test_no_other_address_gets_an_account_by_the_link(db):
    ask()
    Client().post(link(), REST | {"email": "somebody.else@example.org"})
    assert User.objects.filter(email=NEW).exists()
    assert not User.objects.filter(email="somebody.else@example.org").exists()


def test_the_pages_tell_nobody_who_has_an_account(owner):
    answers = {address: ask(address) for address in (NEW, owner.email, owner.email.upper())}
    said = {
        (answer.status_code, plain(answer.content, address.lower()))
        for address, answer in answers.items()
    }
    assert len(said) == 1
    assert [letter.to for letter in mail.outbox] == [[NEW], [owner.email], [owner.email]]
    assert "There is one already" in mail.outbox[1].body
    assert ASK not in mail.outbox[1].body


def test_no_account_is_made_by_asking_in_the_way_of_a_house_without_mail(db):
    Client().post(ASK, REST | {"email": NEW})
    assert not User.objects.filter(email=NEW).exists()


def test_the_link_works_until_there_is_an_account(db):
    ask()
    Client().post(link(), REST)
    for answer in (Client().get(link()), Client().post(link(), REST)):
        assert answer.status_code == 410
        assert "This link has ended" in answer.content.decode()
    assert User.objects.filter(email=NEW).count() == 1


def test_the_link_works_for_a_day(monkeypatch):
    assert newcomers.LINK_SECONDS == 24 * 3600
    ask()
    monkeypatch.setattr(newcomers, "LINK_SECONDS", -1)
    assert Client().post(link(), REST).status_code == 410
    assert not User.objects.filter(email=NEW).exists()


@pytest.mark.parametrize("token", ["nonsense", "a:b:c", "%00", "x" * 3000])
def test_an_invented_link_has_ended(token):
    assert Client().get(f"{ASK}{token}/").status_code == 410
    assert Client().post(f"{ASK}{token}/", REST).status_code == 410


@pytest.mark.parametrize("change", [{"name": ""}, {"password1": "short"}])
def test_what_is_wrong_is_said_beside_what_was_typed(change):
    ask()
    answer = Client().post(link(), REST | change)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "field__error" in page
    assert "a kite over the harbour" not in page
    assert ("name" in change) or 'value="Ada"' in page
    assert not User.objects.filter(email=NEW).exists()


@pytest.mark.parametrize("typed", ["", "no address", "a" * 250 + "@example.org"])
def test_an_address_that_is_none_is_refused(typed):
    assert ask(typed).status_code == 422
    assert mail.outbox == []


def test_an_invitation_is_brought_along_to_another_browser(invited, team):
    ask(browser=invited)
    browser = Client()
    assert "Then you join <b>Winter Tales</b> as viewer" in browser.get(link()).content.decode()
    page = browser.post(link(), REST, follow=True).content.decode()
    assert "You are in Winter Tales as viewer." in page
    assert Membership.objects.get(team=team, user__email=NEW).role == Role.VIEWER


@pytest.mark.parametrize("form", [None, REST | {"password1": "short"}])
def test_whoever_opens_somebody_elses_letter_joins_nothing(invited, outsider, team, form):
    ask(browser=invited)
    browser = Client()
    assert "Then you join" in browser.get(link()).content.decode()
    if form:
        assert browser.post(link(), form).status_code == 422
    own = {"login": outsider.email, "password": "a long password"}
    page = browser.post(reverse("account_login"), own, follow=True).content.decode()
    assert "You are in" not in page
    assert not team.memberships.filter(user=outsider).exists()


def test_the_letter_of_an_invitation_opens_a_closed_house_for_itself_alone(invited, settings):
    settings.STORYBOARD_SIGNUP = "first"
    ask(browser=invited)
    browser = Client()
    assert browser.get(link()).status_code == 200
    assert browser.get(ASK).status_code == 403
    assert browser.post(link(), REST).status_code == 302
    assert User.objects.filter(email=NEW).exists()


def test_by_invitation_one_learns_no_more_of_others(invited, owner, settings):
    settings.STORYBOARD_SIGNUP = "first"
    pages = [plain(ask(address, invited).content, address) for address in (NEW, owner.email)]
    assert pages[0] == pages[1]


def test_a_link_is_no_way_around_a_door_that_was_closed_since(settings):
    ask()
    settings.STORYBOARD_SIGNUP = "first"
    assert Client().post(link(), REST).status_code == 403
    assert not User.objects.filter(email=NEW).exists()


def test_an_invitation_that_ended_opens_the_door_no_more(invited, settings):
    settings.STORYBOARD_SIGNUP = "first"
    ask(browser=invited)
    Invitation.objects.get().revoke(timezone.now())
    assert Client().post(link(), REST).status_code == 403
    assert not User.objects.filter(email=NEW).exists()


def test_whoever_is_signed_in_is_led_home_and_joins_nothing(invited, outsider, signed_in, team):
    ask(browser=invited)
    browser = signed_in(outsider)
    assert browser.get(link())["Location"] == reverse("project_list")
    assert "invitation" not in browser.session
    assert not team.memberships.filter(user=outsider).exists()


def test_the_first_account_waits_for_no_letter(db):
    User.objects.all().delete()
    assert Client().post(ASK, REST | {"email": NEW}).status_code == 302
    assert User.objects.get().founder
    assert mail.outbox == []


def test_many_letters_to_one_mailbox_are_refused_for_a_while(owner):
    for address in (NEW, owner.email):
        mail.outbox.clear()
        cache.clear()
        answers = [ask(address) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 422]
        assert "Try again in five minutes." in answers[-1].content.decode()
        assert len(mail.outbox) == 3


def test_a_letter_that_cannot_be_sent_is_told_beside_what_was_typed(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    answer = ask()
    assert answer.status_code == 503
    assert "The letter could not be sent" in answer.content.decode()
    assert f'value="{NEW}"' in answer.content.decode()


def test_the_letter_names_our_own_site_only(settings):
    settings.PUBLIC_URL = "https://stories.example.org"
    ask()
    assert f"https://stories.example.org{reverse('account_signup')}" in mail.outbox[0].body


def test_the_token_of_a_link_is_for_new_accounts_alone(owner):
    wish = Newcomer(NEW, None).token()
    assert Client().post(reverse("account_address_confirm", args=(wish,))).status_code == 410
