"""An installation that asks everybody for a second step lets nobody go on without one."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from storyboard.people.models import User
from storyboard.stories.models import Project
from tests.access_table import DOORS, Least
from tests.everybody import knock, path_of

OWN = ("mfa_", "account_")
FREE = [door for door in DOORS if door.least is Least.ANYBODY or door.name.startswith(OWN)]
# These ask for a second step by themselves, wherever they are, and are not there for others.
ROWS = [door for door in DOORS if door.name.startswith("admin:")]
CLOSED = [door for door in DOORS if door not in [*FREE, *ROWS] and door.name != "invitation_accept"]


@pytest.fixture
def required(settings):
    settings.STORYBOARD_SECOND_STEP = "required"


def has_step(user: User) -> None:
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})


@pytest.mark.parametrize("door", CLOSED, ids=lambda door: door.name)
def test_without_a_second_step_every_door_leads_to_setting_one_up(world, required, door):
    for method in set(door.methods) - {"HEAD"}:
        answer = knock(world, "editor", method, path_of(door, world))
        assert (answer.status_code, answer["Location"]) == (302, reverse("mfa_index")), method


@pytest.mark.parametrize("door", FREE, ids=lambda door: door.name)
def test_ones_own_account_stays_open(world, required, door):
    for method in set(door.methods) - {"HEAD"}:
        answer = knock(world, "editor", method, path_of(door, world))
        assert answer.headers.get("Location") != reverse("mfa_index") or door.name.startswith(
            "mfa_"
        )


@pytest.mark.parametrize("door", ROWS, ids=lambda door: door.name)
def test_the_rows_for_support_tell_their_keeper_by_themselves(world, required, door):
    Authenticator.objects.filter(user=world.people["keeper"]).delete()
    path = path_of(door, world)
    assert knock(world, "editor", "GET", path).status_code == 404
    answer = knock(world, "keeper", "GET", path)
    assert answer.status_code == 403
    assert reverse("mfa_index") in answer.content.decode()


def test_with_one_it_is_as_anywhere(world, required):
    has_step(world.people["editor"])
    path = reverse("project_rename", args=(world.of["project"],))
    assert world.browsers["editor"].get("/").status_code == 200
    world.browsers["editor"].post(path, {"title": "Mine"})
    assert Project.objects.get(pk=world.of["project"]).title == "Mine"


def test_the_page_says_why_and_htmx_leaves_its_page(cast, required):
    page = cast.browser("viewer").get("/", follow=True)
    assert "This installation asks everybody for a second step." in page.content.decode()
    answer = cast.browser("editor").get("/", headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == reverse("mfa_index")


def test_strangers_are_led_to_sign_in_and_recovery_codes_alone_are_no_step(viewer, required):
    assert Client().get("/")["Location"].startswith(reverse("account_login"))
    Authenticator.objects.create(
        user=viewer, type=Authenticator.Type.RECOVERY_CODES, data={"migrated_codes": []}
    )
    browser = Client()
    browser.post(reverse("account_login"), {"login": viewer.email, "password": "a long password"})
    assert browser.get("/").status_code == 302


def test_where_it_is_a_choice_nobody_is_asked(cast):
    assert cast.browser("viewer").get("/").status_code == 200
