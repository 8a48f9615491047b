"""The first account, and who may create another."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from storyboard.people.models import Membership, Team, User
from storyboard.people.roles import Role

ADA = {"name": "Ada", "email": "ada@example.org", "password1": "a kite over the harbour"}
BEN = {"name": "Ben", "email": "ben@example.org", "password1": "a kite over the harbour"}


@pytest.fixture(autouse=True)
def fresh_rate_limits(db):
    cache.clear()


@pytest.fixture
def sign_up(db):
    return lambda data, browser=None: (browser or Client()).post(reverse("account_signup"), data)


@pytest.mark.parametrize("path", ["/", "/accounts/login/"])
def test_an_empty_installation_offers_the_first_account(db, path):
    answer = Client().get(path)
    assert (answer.status_code, answer["Location"]) == (302, reverse("account_signup"))
    assert "Create the first account" in Client().get(path, follow=True).content.decode()


def test_a_new_account_is_signed_in_and_owns_one_personal_team_with_the_sample(sign_up):
    browser = Client()
    answer = sign_up(ADA, browser)
    assert (answer.status_code, answer["Location"]) == (302, reverse("project_list"))
    ada = User.objects.get()
    assert (ada.name, ada.email, ada.founder) == ("Ada", "ada@example.org", True)
    membership = Membership.objects.get()
    assert (membership.user, membership.role, membership.team.personal) == (ada, Role.OWNER, True)
    assert membership.team.name == "Ada's stories"
    project = membership.team.projects.get()
    scenes = list(project.scenes.in_order())
    assert [scene.frames for scene in scenes] == [32] * 4
    assert scenes[0].prompt == "In the wintry dusk, a little girl holds matches tightly."
    assert project.title in browser.get("/").content.decode()


def test_an_address_that_no_database_holds_is_refused_beside_its_field(sign_up):
    long = f"{'a' * 243}@example.org"
    answer = sign_up(ADA | {"email": long})
    assert answer.status_code == 422
    assert "An e-mail address has at most 254 characters." in answer.content.decode()
    assert long in answer.content.decode()
    assert not User.objects.exists()
    assert sign_up(ADA | {"email": long[1:]}).status_code == 302


def test_after_the_first_account_the_door_is_closed(sign_up):
    sign_up(ADA)
    answer = sign_up(BEN)
    assert answer.status_code == 403
    assert "Accounts are by invitation" in answer.content.decode()
    assert User.objects.count() == 1
    page = Client().get("/", follow=True).content.decode()
    assert "Ask the owner of a team" in page
    assert reverse("account_signup") not in page


def test_an_open_installation_lets_anyone_in(sign_up, settings):
    settings.STORYBOARD_SIGNUP = "open"
    assert sign_up(ADA).status_code == 302
    assert sign_up(BEN).status_code == 302
    assert list(User.objects.order_by("pk").values_list("founder", flat=True)) == [True, False]
    assert Team.objects.filter(personal=True).count() == 2


def test_the_database_knows_one_first_account_only(db):
    User.objects.create(email="ada@example.org", founder=True)
    with pytest.raises(IntegrityError):
        User.objects.create(email="ben@example.org", founder=True)


def test_whoever_comes_a_moment_after_the_first_account_stays_outside(sign_up):
    browser = Client()
    assert browser.get(reverse("account_signup")).status_code == 200
    sign_up(ADA)
    assert sign_up(BEN, browser).status_code == 403
    assert not User.objects.filter(email=BEN["email"]).exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "This field is required"),
        ({"email": "not an address"}, "Enter a valid email address"),
        ({"password1": "short"}, "at least 10 characters"),
        ({"password1": "1234567890123"}, "known from leaks"),
    ],
)
def test_a_bad_field_is_refused_and_the_rest_kept(sign_up, change, words):
    answer = sign_up(ADA | change)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert "field__error" in page
    assert "a kite over the harbour" not in page
    if "name" not in change:
        assert 'value="Ada"' in page
    assert not User.objects.exists()
    assert not Team.objects.exists()


def test_an_address_is_taken_in_any_case_of_letters(sign_up, settings):
    settings.STORYBOARD_SIGNUP = "open"
    sign_up(ADA)
    answer = sign_up(ADA | {"email": "ADA@example.org"})
    assert answer.status_code == 422
    assert "There is an account with this e-mail address already" in answer.content.decode()
    assert User.objects.count() == 1
