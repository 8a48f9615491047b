"""What an address costs at the doors is the same whether it has an account: work, letters, words.

`make bench` measures the times that come of it.
"""

from __future__ import annotations

import re
from collections import Counter

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.core.cache import cache
from django.test import Client

from storyboard.people.models import User

NOBODY = "nobody@example.org"
# Each door, and the field into which the address goes.
WRITING = {
    "/accounts/password/reset/": {},
    "/accounts/code/": {},
    "/accounts/signup/": {"name": "Ada", "password1": "a kite over the harbour"},
    "/accounts/address/": {"password": "a long password"},
}
# By whom a password was hashed, or compared with what was hashed before.
hashed: Counter[str] = Counter()


class Counting(MD5PasswordHasher):
    algorithm = "counting"

    def encode(self, password: str, salt: str) -> str:
        hashed[self.algorithm] += 1
        return super().encode(password, salt)


@pytest.fixture(autouse=True)
def an_open_installation_that_sends_mail(db, settings):
    cache.clear()
    settings.SENDS_MAIL, settings.STORYBOARD_SIGNUP = True, "open"
    settings.PASSWORD_HASHERS = [f"{__name__}.Counting", *settings.PASSWORD_HASHERS]


@pytest.fixture
def asking(outsider, signed_in) -> Client:
    """Somebody who has an account, for the doors that ask for one."""
    return signed_in(outsider)


def said(answer, address: str) -> tuple[int, str, str]:
    """Return what an answer tells, without the address and without its own token."""
    page = re.sub(r"\b\w{64}\b", "", answer.content.decode().replace(address, ""))
    return answer.status_code, answer.get("Location", ""), page


def test_a_wrong_password_costs_one_hashing_and_says_the_same(owner, editor):
    User.objects.filter(pk=editor.pk).update(is_active=False)
    told, cost = set(), []
    for address in (owner.email, editor.email, NOBODY):
        hashed.clear()
        form = {"login": address, "password": "no such word"}
        told.add(said(Client().post("/accounts/login/", form), address))
        cost.append(hashed.total())
    assert cost == [1, 1, 1]
    assert len(told) == 1
    assert mail.outbox == []


@pytest.mark.parametrize("path", WRITING)
def test_whoever_is_written_to_gets_one_letter_and_the_page_says_the_same(owner, asking, path):
    told, cost = set(), []
    for address in (owner.email, NOBODY):
        browser = asking if path == "/accounts/address/" else Client()
        mail.outbox.clear()
        hashed.clear()
        told.add(said(browser.post(path, WRITING[path] | {"email": address}), address))
        cost.append((hashed.total(), [letter.to for letter in mail.outbox] == [[address]]))
    # Where a password is asked for, it is that of whoever asks.
    assert cost == [(int("password" in WRITING[path]), True)] * 2
    assert len(told) == 1


def test_whoever_is_invited_gets_one_letter(owner, editor, signed_in):
    team = owner.teams.get(personal=False)
    browser = signed_in(owner)
    for address in (editor.email, NOBODY):
        mail.outbox.clear()
        form = {"role": "editor", "days": "3", "email": address}
        answer = browser.post(f"/teams/{team.pk}/invitations/", form)
        assert answer.status_code == 201
        assert [letter.to for letter in mail.outbox] == [[address]]
