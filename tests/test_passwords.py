"""What a password may be, what it may not, and that it is taken exactly as it was typed."""

from __future__ import annotations

import gzip
import re

import pytest
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from storyboard import doors
from storyboard.people.models import User
from storyboard.people.passwords import LEAKED

PASSWORD = "a long password"
NEW = "account_change_password"


@pytest.fixture(autouse=True)
def fresh_rate_limits(db):
    cache.clear()


def change(browser: Client, password: str, present: str = PASSWORD):
    new = {"oldpassword": present, "password1": password, "password2": password}
    return browser.post(reverse(NEW), new)


def comes_in(user: User, password: str) -> bool:
    cache.clear()
    answer = Client().post(reverse("account_login"), {"login": user.email, "password": password})
    return answer.status_code == 302


@pytest.mark.parametrize(
    "password",
    [
        "8302749165",
        "qpzmwoxnei",
        "      \t    ",
        "Ünïcödé 夜の街",
        "🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬",
        "!#%&/()=?+",
        "boats" * 13,
        "boats" * 60,
    ],
)
def test_any_characters_will_do_and_any_number_from_ten(cast, password):
    assert change(cast.browser("editor"), password).status_code == 302
    assert comes_in(cast.editor, password)


def test_nine_characters_are_too_few(cast):
    answer = change(cast.browser("editor"), "qpzmwoxne")
    assert answer.status_code == 422
    assert "at least 10 characters" in answer.content.decode()


def test_it_is_taken_exactly_as_it_was_typed(cast):
    typed = "  Seven Paper Boats  " + "x" * 80
    assert change(cast.browser("editor"), typed).status_code == 302
    assert comes_in(cast.editor, typed)
    for other in (typed.strip(), typed.lower(), typed[:72], f"{typed}x", typed.replace("  ", " ")):
        assert not comes_in(cast.editor, other)


def test_changing_it_wants_the_present_one(cast):
    editor = cast.browser("editor")
    answer = change(editor, "seven paper boats", present="a guess")
    assert answer.status_code == 422
    assert "This is not your current password." in answer.content.decode()
    assert editor.post(reverse(NEW), {"password1": "seven paper boats"}).status_code == 422
    assert comes_in(cast.editor, PASSWORD)


@pytest.mark.parametrize(
    "password", ["basketball", "Basketball", "12345678910", "PASSWORD123", "qwertyuiop"]
)
def test_what_is_known_from_leaks_is_refused(cast, password):
    answer = change(cast.browser("editor"), password)
    assert answer.status_code == 422
    assert "known from leaks" in answer.content.decode()
    assert comes_in(cast.editor, PASSWORD)


def test_it_is_refused_at_sign_up_and_at_a_reset_too(owner, settings, mailoutbox):
    settings.STORYBOARD_SIGNUP = "open"
    data = {"name": "Ben", "email": "ben@example.org", "password1": "basketball"}
    answer = Client().post(reverse("account_signup"), data)
    assert answer.status_code == 422
    assert "known from leaks" in answer.content.decode()
    Client().post(reverse("account_reset_password"), {"email": owner.email})
    link = re.search(r"https?://\S+(/accounts/\S+)", mailoutbox[0].body)[1]
    browser = Client()
    form = browser.get(link, follow=True).redirect_chain[-1][0]
    answer = browser.post(form, {"password1": "basketball", "password2": "basketball"})
    assert answer.status_code == 422
    assert "known from leaks" in answer.content.decode()


def test_a_hundred_thousand_are_known_that_are_long_enough():
    with gzip.open(LEAKED, "rt") as words:
        known = words.read().splitlines()
    assert len(set(known)) > 100_000
    assert min(map(len, known)) >= 10
    assert all(word == word.casefold() for word in known)


@pytest.mark.parametrize(
    "password",
    ["Storyboard2026", "st0ryb0ard!!", "novita-novita", "StudioAdmin1", "harbour-film!"],
)
def test_words_of_this_place_alone_are_refused(cast, settings, password):
    settings.PUBLIC_URL = "https://harbour.example"
    answer = change(cast.browser("editor"), password)
    assert answer.status_code == 422
    assert "words of this site" in answer.content.decode()


@pytest.mark.parametrize(
    "password", ["storyboard of seven boats", "the owner's kite", "8302749165"]
)
def test_words_of_this_place_among_others_are_not(cast, password):
    assert change(cast.browser("editor"), password).status_code == 302


def test_ones_own_name_and_address_are_refused(cast):
    User.objects.filter(pk=cast.editor.pk).update(name="Ada Lovelace", email="kite@harbour.org")
    for password in ("AdaLovelace1", "kite@harbour"):
        answer = change(cast.browser("editor"), password)
        assert answer.status_code == 422, password
        assert "too similar" in answer.content.decode()


@pytest.mark.parametrize("name", ["account_login", NEW, "account_reauthenticate", "account_page"])
def test_it_is_typed_unseen_and_a_manager_may_fill_it_in(cast, name):
    browser = Client() if name == "account_login" else cast.browser("editor")
    page = browser.get(reverse(name)).content.decode()
    fields = re.findall(r"<input[^>]*name=\"\w*password\w*\"[^>]*>", page)
    assert fields
    for field in fields:
        assert 'type="password"' in field
        assert re.search(r'autocomplete="(current|new)-password"', field)
        assert not re.search(r"readonly|onpaste|maxlength=\"[1-6]?\d\"", field)


def test_it_is_kept_as_a_slow_hash(settings):
    settings.PASSWORD_HASHERS = doors.PASSWORD_HASHERS
    kind, rounds, salt, found = make_password(PASSWORD).split("$")
    assert kind == "pbkdf2_sha256"
    assert int(rounds) >= 600_000
    assert len(salt) >= 22
    assert PASSWORD not in found
