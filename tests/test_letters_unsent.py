"""An address that is well formed, and that no letter can be written to: told, as any unsent one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from storyboard.people.models import User
from storyboard.renders.followers import Follower
from storyboard.renders.mailing import Mailing
from tests.shelf import add_take

NOT_SENT = "The letter could not be sent"


@pytest.fixture(autouse=True)
def an_open_installation_that_sends_mail(db, settings):
    cache.clear()
    settings.SENDS_MAIL, settings.STORYBOARD_SIGNUP = True, "open"


@pytest.fixture(
    params=["a@" + "ü" * 60 + ".org", "a@\u3002example.org"],
    ids=["a name too long for IDNA", "an empty part of a name"],
)
def address(request) -> str:
    found: str = request.param
    return found


def told(answer: HttpResponse, status: int) -> None:
    assert answer.status_code == status
    assert NOT_SENT in answer.content.decode()
    assert mail.outbox == []


@pytest.mark.parametrize("name", ["account_reset_password", "account_request_login_code"])
def test_a_new_password_or_a_code_is_not_sent_there_and_the_next_page_says_so(name, address):
    told(Client().post(reverse(name), {"email": address}, follow=True), 200)


def test_an_account_does_not_begin_there(owner, address):
    told(Client().post(reverse("account_signup"), {"email": address}), 503)


def test_nobody_moves_there(owner, signed_in, address):
    wish = {"email": address, "password": "a long password"}
    told(signed_in(owner).post(reverse("account_address"), wish), 503)


def test_an_invitation_is_left_to_be_copied(owner, team, signed_in, address):
    url = reverse("invitation_create", args=(team.pk,))
    wish = {"role": "editor", "days": "3", "email": address}
    page = signed_in(owner).post(url, wish).content.decode()
    assert "could not be sent." in page
    assert "http://testserver/join/" in page
    assert mail.outbox == []


def test_what_looks_like_a_header_between_quotes_is_no_address_either(settings):
    """Found where a letter is written out, which the backend of tests does not do."""
    settings.EMAIL_BACKEND = "storyboard.people.outbox.PrintAndKeep"
    wish = {"email": '"\x1c):\x0c"@example.org'}
    told(Client().post(reverse("account_reset_password"), wish, follow=True), 200)


def test_who_follows_from_there_keeps_nobody_else_waiting(owner, editor, story, address):
    before = timezone.now() - timedelta(minutes=1)
    for person in (owner, editor):
        Follower.objects.create(person=person, project=story.project, told_at=before)
    User.objects.filter(pk=owner.pk).update(email=address)
    add_take(story.project)
    Mailing(timezone.now).tend()
    assert [letter.to for letter in mail.outbox] == [[editor.email]]
