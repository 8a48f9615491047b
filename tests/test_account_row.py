"""That storing one thing of an account takes back nothing that another stored meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.core.cache import cache
from django.db.models.signals import pre_save
from django.test import Client
from django.urls import reverse

from storyboard.people.models import User

PASSWORD, NEW = "a long password", "seven paper boats"


@pytest.fixture(autouse=True)
def fresh_rate_limits(db):
    cache.clear()


@pytest.fixture
def meanwhile() -> Iterator[Callable[..., None]]:
    """Let others change a row after it was read, just before it is stored."""
    receivers = []

    def change(user: User, **columns: object) -> None:
        def change_it(instance: User, **more: object) -> None:
            assert User.objects.filter(pk=user.pk).update(**columns)

        receivers.append(change_it)
        pre_save.connect(change_it, sender=User, weak=False)

    yield change
    for one in receivers:
        assert pre_save.disconnect(one, sender=User)


def name(browser: Client, user: User) -> None:
    assert browser.post(reverse("account_name"), {"name": "Ada"}).status_code == 302


def change_password(browser: Client, user: User) -> None:
    new = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert browser.post(reverse("account_change_password"), new).status_code == 302


def reset_password(browser: Client, user: User) -> None:
    lost = Client()
    lost.post(reverse("account_reset_password"), {"email": user.email})
    link = re.search(r"https?://\S+(/accounts/\S+)", mail.outbox[0].body)[1]
    form = lost.get(link, follow=True).redirect_chain[-1][0]
    assert lost.post(form, {"password1": NEW, "password2": NEW}).status_code == 302


@pytest.mark.parametrize("store", [name, change_password, reset_password])
def test_an_account_that_is_switched_off_meanwhile_stays_off(
    cast, meanwhile, store: Callable[[Client, User], None]
):
    browser = cast.browser("editor")
    meanwhile(cast.editor, is_active=False, email="new@example.org")
    store(browser, cast.editor)
    row = User.objects.get(pk=cast.editor.pk)
    assert (row.is_active, row.email) == (False, "new@example.org")


def test_a_password_that_is_changed_meanwhile_outlives_a_new_name(cast, meanwhile):
    browser = cast.browser("editor")
    meanwhile(cast.editor, password=make_password(NEW))
    name(browser, cast.editor)
    row = User.objects.get(pk=cast.editor.pk)
    assert row.check_password(NEW)
    assert row.name == "Ada"


def test_a_password_that_is_hashed_anew_is_no_older_one(owner, settings):
    """Django hashes anew, at signing in, what an older version hashed with fewer rounds."""
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.ScryptPasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    read_before, newer = User.objects.get(pk=owner.pk), make_password(NEW)
    User.objects.filter(pk=owner.pk).update(password=newer)
    assert read_before.check_password(PASSWORD)
    assert User.objects.get(pk=owner.pk).password == newer


def test_a_password_of_fewer_rounds_is_hashed_anew_at_signing_in(owner, settings):
    newest = "django.contrib.auth.hashers.ScryptPasswordHasher"
    settings.PASSWORD_HASHERS = [newest, *settings.PASSWORD_HASHERS]
    data = {"login": owner.email, "password": PASSWORD}
    browser = Client()
    browser.post(reverse("account_login"), data)
    assert browser.get("/").status_code == 200
    assert User.objects.get(pk=owner.pk).password.startswith("scrypt$")
