"""Requests that another site, a proxy or nobody at all made up: none has any effect."""

from __future__ import annotations

import pytest
from django.core import mail
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from storyboard.people.models import Membership, Team, User
from storyboard.renders.models import Render, Span, Take
from storyboard.stories.models import Project, Scene
from storyboard.stories.stored import SETTINGS
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


def columns(model: type[Model]) -> list[str]:
    return [field.name for field in model._meta.fields if field.name != "last_login"]


def everything() -> dict[str, dict[int, dict[str, object]]]:
    """Return each row of what counts, by its model's name and its key."""
    models = (Project, Scene, Take, Render, Team, Membership, User)
    return {
        model.__name__: {row["id"]: row for row in model.objects.values(*columns(model))}
        for model in models
    }


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


# A value for each column of a story and a scene, and for others that a request may hope for.
EXTRA = {
    "id": "9999",
    "title": "Forged",
    "created_at": "2026-01-01",
    "updated_at": "2026-01-01",
    "deleted_at": "2026-01-01",
    "version": "9999",
    "checkpoint": "forged.safetensors",
    "width": "256",
    "height": "256",
    "steps": "50",
    "guidance_scale": "30",
    "seed": "7",
    "negative_prompt": "Forged",
    "clip_skip": "12",
    "closed_loop": "on",
    "video_type": "gif",
    "dedicated_endpoint": "on",
    "position": "1",
    "prompt": "Forged",
    "caption": "Forged",
    "frames": "64",
    "cut": "on",
    "locked": "on",
    "pinned": "on",
    "name": "Forged",
    "starred": "on",
    "state": "ready",
    "status": "ready",
    "cost": "0",
    "estimate": "0",
    "price": "0",
    "owner": "1",
    "role": "owner",
    "may_spend": "on",
    "founder": "on",
    "is_superuser": "on",
    "engine": "https://evil.test",
    "api_key": "canary",
}
# What each door has fields for, and what is stored of it; a story counts and dates its changes.
COUNTED = {("Project", "version"), ("Project", "updated_at")}
STORED = [
    ("project_rename", {"title": "Mine"}, {("Project", "title"), *COUNTED}),
    (
        "scene_write",
        {"prompt": "Mine", "caption": "Mine too", "version": "1"},
        {("Scene", "prompt"), ("Scene", "caption"), ("Scene", "version"), *COUNTED},
    ),
    (
        "look_update",
        {
            "width": "640",
            "height": "384",
            "steps": "31",
            "guidance_scale": "8",
            "seed": "3",
            "negative_prompt": "Mine",
            "clip_skip": "2",
            "closed_loop": "on",
            "video_type": "gif",
            "dedicated_endpoint": "on",
        },
        {*(("Project", name) for name in SETTINGS), *COUNTED},
    ),
    ("take_name", {"name": "Mine"}, {("Take", "name")}),
]


@pytest.mark.parametrize(("name", "fields", "stored"), STORED, ids=[door[0] for door in STORED])
def test_fields_that_no_form_has_are_not_stored(world, name, fields, stored):
    theirs = world.people["outsider"]
    people = {"created_by": theirs.pk, "deleted_by": theirs.pk, "person": theirs.pk}
    places = {
        "team": Team.objects.create_owned("Theirs", by=theirs).pk,
        "project": Project.objects.exclude(pk=world.of["project"]).values_list("pk", flat=True)[0],
        "pick": Span.objects.exclude(pk=world.of["span"]).values_list("pk", flat=True)[0],
    }
    extra = EXTRA | people | places
    assert {*columns(Project), *columns(Scene)} <= set(extra)
    # By the names that columns have in the database, too.
    extra |= {f"{name}_id": value for name, value in (people | places).items()}
    before = everything()
    path = path_of(next(door for door in DOORS if door.name == name), world)
    assert world.browsers["editor"].post(path, extra | fields).status_code in {200, 302}
    after = everything()
    assert {model: set(rows) for model, rows in after.items()} == {
        model: set(rows) for model, rows in before.items()
    }
    assert stored == {
        (model, column)
        for model, rows in after.items()
        for pk, row in rows.items()
        for column, value in row.items()
        if value != before[model][pk][column]
    }
