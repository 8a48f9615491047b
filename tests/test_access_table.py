"""The access table, asked: every address, in everybody's name, by every method."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from storyboard.renders.models import Render
from storyboard.stories.models import Project, Scene
from tests.access_table import DOORS, Door, Least
from tests.everybody import knock, path_of, patterns

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
MISSING = 999_999
MEMBERS = ("viewer", "commenter", "editor", "saver", "owner")
# Each with the member whom they are alike, where it is about their story.
GUESTS = {"guest viewer": "viewer", "guest editor": "saver"}
STRANGERS = ("outsider", "leaver", "ex-guest", "keeper")
# Who gets through, from the least up.
LADDER = {
    Least.ANYBODY: ("anonymous", *STRANGERS, *GUESTS, *MEMBERS),
    Least.ACCOUNT: (*STRANGERS, *GUESTS, *MEMBERS),
    Least.ITS_PERSON: ("owner",),
    Least.VIEWER: ("viewer", "commenter", "editor", "saver", "owner"),
    Least.EDITOR: ("editor", "saver", "owner"),
    Least.SPENDER: ("editor", "owner"),
    Least.OWNER: ("owner",),
    Least.KEEPER: ("keeper", "administrator"),
    Least.ADMINISTRATOR: ("administrator",),
}
SIGNS_OUT = re.compile(r"(?:action|href)=\"/accounts/logout/\"")
# What differs between two answers that say the same: ids of requests, and masked tokens.
PASSING = re.compile(rb"<code>[0-9a-f]{10}</code>|[A-Za-z0-9]{64}|nonce=\"[^\"]+\"")


def to_sign_in(answer: HttpResponse) -> bool:
    return answer.status_code == 302 and answer["Location"].startswith(reverse(settings.LOGIN_URL))


def let_in(door: Door) -> set[str]:
    """Return the names of those who get through."""
    names = set(LADDER[door.least])
    if door.of_a_story and door.guests:
        names |= {guest for guest, member in GUESTS.items() if member in names}
    return names


def test_every_address_is_in_the_table_and_once():
    there = {name for name, _ in patterns()}
    listed = [door.name for door in DOORS]
    assert there - set(listed) == set(), "add each to DOORS in tests/access_table.py"
    assert set(listed) - there == set(), "these addresses are gone: take them out of DOORS"
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_a_door_opens_to_those_in_the_table_and_to_nobody_else(world, door):
    path = path_of(door, world)
    those = let_in(door)
    inside = {*MEMBERS, *(GUESTS if door.of_a_story else ())}
    for actor in world.browsers:
        for method in door.methods:
            answer = knock(world, actor, method, path)
            words = f"{actor} {method} {path}: {answer.status_code}"
            assert answer.status_code < 500, words
            if door.least is Least.ANYBODY:
                assert answer.status_code not in {401, 405}, words
            elif actor in those:
                assert answer.status_code not in {401, 403, 404, 405}, words
                assert not to_sign_in(answer), words
            elif door.least is Least.ADMINISTRATOR:
                # Even the keeper, whose browser the password alone let in.
                assert answer.status_code == (403 if actor == "keeper" else 404), words
            elif door.least is Least.ACCOUNT:
                assert to_sign_in(answer) == (actor == "anonymous"), words
            elif actor == "anonymous":
                assert to_sign_in(answer), words
            elif door.least is Least.KEEPER:
                assert answer.status_code == 403, words
            elif door.least is Least.ITS_PERSON:
                assert answer.status_code == 404, words
            else:
                assert answer.status_code == (403 if actor in inside else 404), words


@pytest.mark.parametrize(
    "door", [door for door in DOORS if door.about not in {"", "entry"}], ids=lambda door: door.name
)
def test_to_a_stranger_what_is_there_is_as_what_is_not(world, door):
    method = door.methods[0]
    strangers = STRANGERS if door.of_a_story else (*STRANGERS, *GUESTS)
    if door.least in {Least.KEEPER, Least.ADMINISTRATOR}:
        strangers = ("outsider", "leaver")
    for actor in strangers:
        there = knock(world, actor, method, path_of(door, world))
        missing = knock(world, actor, method, path_of(door, world, pk=MISSING))
        assert there.status_code == missing.status_code
        assert PASSING.sub(b"", there.content) == PASSING.sub(b"", missing.content)
        for header in ("Content-Type", "Cache-Control", "Vary"):
            assert there[header] == missing[header]


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_every_other_method_is_refused(world, door):
    path = path_of(door, world)
    actor = {Least.KEEPER: "keeper", Least.ADMINISTRATOR: "administrator"}.get(door.least, "owner")
    for method in METHODS:
        if method in door.methods:
            continue
        answer = knock(world, actor, method, path)
        words = f"{method} {path}: {answer.status_code}"
        # A page that tells which methods it has tells nobody's secret.
        allowed = {200, 405} if method in {"OPTIONS", "HEAD"} else {405}
        if door.name.startswith(("account_", "mfa_")):
            # allauth's views take PUT as POST, with the same token, and may send elsewhere first.
            allowed |= {200, 302, 403, 422, 429}
        assert answer.status_code in allowed, words


def test_nothing_that_is_read_changes_anything(world):
    before = {model: list(model.objects.values()) for model in (Project, Scene, Render)}
    for door in DOORS:
        if "GET" in door.methods and door.name != "account_logout":
            world.browsers["owner"].get(path_of(door, world)).close()
    assert before == {model: list(model.objects.values()) for model in before}


@pytest.mark.parametrize("name", ["take_video", "take_download", "take_poster"])
def test_a_stranger_gets_no_byte_of_a_film_by_its_direct_address(world, name):
    path = reverse(name, args=(world.of["take"],))
    for actor in ("anonymous", *STRANGERS):
        for headers in ({}, {"Range": "bytes=0-1"}, {"If-None-Match": "*"}):
            answer = world.browsers[actor].get(path, headers=headers)
            assert answer.status_code == (302 if actor == "anonymous" else 404)
            assert b"ftyp" not in answer.content


def test_ids_of_two_teams_do_not_mix(world):
    mine = Project.objects.create(team=world.team, title="Mine")
    other = Project.objects.create(
        team=type(world.team).objects.create(name="Theirs"), title="Theirs"
    )
    theirs = other.revisions.create(changes={}, began_at=timezone.now(), at=timezone.now())
    lora = other.loras.create(api_name="theirs", strength=1, position=0)
    owner = world.browsers["owner"]
    for name, extra in (
        ("revision_detail", theirs.pk),
        ("revision_restore", theirs.pk),
        ("revision_name", theirs.pk),
        ("lora_remove", lora.pk),
        ("lora_update", lora.pk),
    ):
        path = reverse(name, args=(mine.pk, extra))
        ask_for = owner.get if name == "revision_detail" else owner.post
        assert ask_for(path, {"name": "Taken", "strength": "0.5"}).status_code == 404, name
    assert other.loras.get().strength == 1
    assert other.revisions.get().name == ""


@pytest.mark.parametrize(
    "door", [door for door in DOORS if "GET" in door.methods], ids=lambda door: door.name
)
def test_signing_out_is_in_reach_on_every_page(world, door):
    """By a form, or by a link to the page that asks; fragments stand in pages that have one."""
    for actor in ("owner", "administrator"):
        answer = knock(world, actor, "GET", path_of(door, world))
        if answer.status_code == 200 and b"</html>" in getattr(answer, "content", b""):
            assert SIGNS_OUT.search(answer.content.decode()), f"{actor} on {answer.request}"
