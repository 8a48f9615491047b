"""Requests that another site, a proxy or nobody at all made up: none has any effect."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from storyboard.people.models import Membership, Team, User
from storyboard.renders.models import Render
from storyboard.stories.models import Project, Scene
from tests.access_table import DOORS, Least
from tests.everybody import SIGNED_IN, path_of

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
WRITES = [door for door in DOORS if "POST" in door.methods and door.name != "hook"]
TOKEN = "a" * 32
LEAST = {Least.KEEPER: "keeper", Least.ADMINISTRATOR: "administrator"}


@pytest.fixture
def wary(world):
    """Return the browser of somebody, in which forged requests are noticed as outside tests."""

    def browser(name: str, **options) -> Client:
        client = Client(enforce_csrf_checks=True, **options)
        person = "keeper" if name == "administrator" else name
        client.force_login(world.people[person], backend=BACKEND)
        session = client.session
        for key in SIGNED_IN:
            session[key] = world.browsers[name].session[key]
        session.save()
        client.cookies["csrftoken"] = TOKEN
        return client

    return browser


def everything() -> list[object]:
    models = (Project, Scene, Render, Team, Membership, User)
    columns = [[field.name for field in model._meta.fields] for model in models]
    for names in columns:
        if "last_login" in names:
            names.remove("last_login")
    return [
        list(model.objects.order_by("pk").values(*names))
        for model, names in zip(models, columns, strict=True)
    ]


@pytest.mark.parametrize(
    ("headers", "secure"),
    [
        ({}, False),
        ({"X-CSRFToken": "b" * 32}, False),
        ({"X-CSRFToken": TOKEN, "Origin": "https://evil.test"}, False),
        ({"X-CSRFToken": TOKEN, "Origin": "null"}, False),
        ({"X-CSRFToken": TOKEN, "Referer": "https://evil.test/"}, True),
    ],
    ids=["no token", "a wrong token", "another origin", "no origin", "another referer"],
)
def test_no_other_site_writes_in_anybodys_name(world, wary, headers, secure):
    before = everything()
    for door in WRITES:
        browser = wary(LEAST.get(door.least, "owner"))
        answer = browser.post(path_of(door, world), {}, headers=headers, secure=secure)
        assert answer.status_code == 403, door.name
    assert everything() == before


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", "multipart/mixed"])
def test_no_kind_of_body_goes_around_the_token(world, wary, content_type):
    before = everything()
    for door in WRITES:
        browser = wary(LEAST.get(door.least, "owner"))
        answer = browser.post(
            path_of(door, world), b"csrfmiddlewaretoken=" + b"a" * 32, content_type=content_type
        )
        assert answer.status_code == 403, door.name
    assert everything() == before


def test_a_method_named_in_the_body_or_a_header_is_not_taken(world):
    browser = world.browsers["owner"]
    before = everything()
    path = reverse("project_detail", args=(world.of["project"],))
    for data, headers in (({"_method": "DELETE"}, {}), ({}, {"X-HTTP-Method-Override": "DELETE"})):
        assert browser.post(path, data, headers=headers).status_code == 405
    assert everything() == before


def test_with_the_token_of_this_page_the_same_acts_go_through(world, wary):
    path = reverse("project_rename", args=(world.of["project"],))
    answer = wary("editor").post(path, {"title": "Mine"}, headers={"X-CSRFToken": TOKEN})
    assert answer.status_code == 302
    assert Project.objects.get(pk=world.of["project"]).title == "Mine"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.test"},
        {"Host": "127.0.0.1@evil.test"},
        {"Host": "evil.test:80"},
        {"Host": ""},
    ],
)
def test_another_host_is_refused(db, headers):
    answer = Client().post(
        reverse("account_reset_password"), {"email": "owner@example.org"}, headers=headers
    )
    assert answer.status_code == 400
    assert mail.outbox == []


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "evil.test"},
        {"Forwarded": "host=evil.test;proto=https"},
        {"X-Forwarded-Proto": "https", "X-Forwarded-Port": "444"},
        {"X-Original-URL": "/teams/1/", "X-Rewrite-URL": "/teams/1/"},
    ],
)
def test_what_a_client_says_of_its_proxy_changes_nothing(world, headers):
    Client().post(
        reverse("account_reset_password"), {"email": "owner@example.org"}, headers=headers
    )
    [letter] = mail.outbox
    assert "evil.test" not in letter.body
    assert "http://testserver/accounts/password/reset/key/" in letter.body
    answer = world.browsers["outsider"].get("/", headers=headers)
    assert answer.status_code == 200
    assert b"evil.test" not in answer.content


EXTRA = {
    "team": "2",
    "state": "ready",
    "status": "ready",
    "cost": "0",
    "estimate": "0",
    "owner": "1",
    "created_by": "1",
    "deleted_at": "2026-01-01",
    "version": "9999",
    "role": "owner",
    "may_spend": "on",
    "founder": "on",
    "is_superuser": "on",
    "engine": "https://evil.test",
    "api_key": "canary",
    "pick": "1",
}


def test_fields_that_no_form_has_are_not_stored(world):
    browser = world.browsers["editor"]
    before = everything()
    for name in ("project_rename", "scene_write", "look_update", "take_name"):
        door = next(door for door in DOORS if door.name == name)
        browser.post(path_of(door, world), EXTRA | {"title": "The Little Match Girl"})
    project = Project.objects.get(pk=world.of["project"])
    assert project.team_id == world.team.pk
    assert project.deleted_at is None
    assert everything()[2:] == before[2:], "renders, teams, members and people are as they were"
