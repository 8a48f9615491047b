"""The account's own page: name, devices, data to take along, and deleting it."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from storyboard.people.keys import OK, about
from storyboard.people.models import ApiKey, Guest, Membership, Team, User
from storyboard.people.roles import Role
from storyboard.people.sealing import seal
from storyboard.people.templatetags.people import browser as words_for
from storyboard.renders.models import Render
from storyboard.stories.models import Project
from tests.shelf import add_render

PAGE = "/accounts/"
PASSWORD = "a long password"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1"


@pytest.fixture(autouse=True)
def fresh_rate_limits(db):
    cache.clear()


def come_in(user: User, agent: str = FIREFOX) -> Client:
    browser = Client(headers={"User-Agent": agent})
    browser.post(reverse("account_login"), {"login": user.email, "password": "a long password"})
    return browser


def test_a_name_is_changed_and_an_empty_one_refused(cast):
    editor = cast.browser("editor")
    assert editor.post(reverse("account_name"), {"name": "Ada Lovelace"}).status_code == 302
    assert "Ada Lovelace" in editor.get(PAGE).content.decode()
    answer = editor.post(reverse("account_name"), {"name": " "})
    assert answer.status_code == 422
    assert "This field is required" in answer.content.decode()
    cast.editor.refresh_from_db()
    assert cast.editor.name == "Ada Lovelace"


def test_a_name_that_is_too_long_is_kept_in_the_field(cast):
    answer = cast.browser("editor").post(reverse("account_name"), {"name": "a" * 81})
    assert answer.status_code == 422
    assert 'value="' + "a" * 81 in answer.content.decode()


def test_the_devices_are_listed_and_this_one_is_told(owner):
    here = come_in(owner)
    come_in(owner, IPHONE)
    page = here.get(PAGE).content.decode()
    assert "Firefox on Linux" in page
    assert "Safari on iPhone" in page
    assert page.count("(this one)") == 1


def with_password(browser: Client, path: str, password: str = PASSWORD):
    """Post, and give the password that is asked for first."""
    asked = browser.post(path)
    assert asked["Location"] == f"{reverse('account_reauthenticate')}?next={quote(path, safe='')}"
    return browser.post(asked["Location"], {"password": password, "next": path})


def test_signing_out_everywhere_leaves_this_browser_alone(owner, viewer):
    here, there, other = come_in(owner), come_in(owner, IPHONE), come_in(viewer)
    with_password(here, reverse("account_devices_end"))
    assert here.get(PAGE).status_code == 200
    assert there.get(PAGE).status_code == 302
    assert other.get(PAGE).status_code == 200
    assert "Safari on iPhone" not in here.get(PAGE).content.decode()


def test_one_device_is_signed_out_and_the_others_stay(owner):
    here, there, third = come_in(owner), come_in(owner, IPHONE), come_in(owner, "curl/8.0")
    device = UserSession.objects.get(user_agent=IPHONE)
    answer = with_password(here, reverse("account_device_end", args=(device.pk,)))
    assert answer["Location"] == PAGE
    assert "You are signed out of Safari on iPhone." in here.get(PAGE).content.decode()
    assert there.get(PAGE).status_code == 302
    assert third.get(PAGE).status_code == 200


def test_without_the_password_nobody_is_signed_out(owner):
    here, there = come_in(owner), come_in(owner, IPHONE)
    assert with_password(here, reverse("account_devices_end"), "a guess").status_code == 422
    assert there.get(PAGE).status_code == 200


@pytest.mark.parametrize("one", [True, False])
def test_a_password_given_in_another_tab_asks_for_another_press(owner, one):
    here, there = come_in(owner), come_in(owner, IPHONE)
    device = UserSession.objects.get(user_agent=IPHONE)
    all_of_them = reverse("account_devices_end")
    path = reverse("account_device_end", args=(device.pk,)) if one else all_of_them
    asked = here.post(path)["Location"]
    # The second tab is asked, too, so that allauth forgets what was pressed in the first.
    here.get(reverse("mfa_activate_totp"))
    here.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    answer = here.post(asked, {"password": PASSWORD, "next": path}, follow=True)
    assert answer.redirect_chain[-1] == (PAGE, 302)
    assert "Nobody was signed out yet. Press again." in answer.content.decode()
    assert there.get(PAGE).status_code == 200
    assert here.post(path)["Location"] == PAGE
    assert there.get(PAGE).status_code == 302


def test_ones_own_device_may_be_ended_too(owner):
    here = come_in(owner)
    device = UserSession.objects.get()
    with_password(here, reverse("account_device_end", args=(device.pk,)))
    assert here.get(PAGE).status_code == 302


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (IPHONE, "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("curl/8.0", "A program"),
        ("", "A program"),
    ],
)
def test_a_browser_is_told_in_words(agent, words):
    assert words_for(agent) == words


def test_what_is_kept_of_a_person_comes_as_a_file(cast, story):
    Project.objects.filter(pk=story.project.pk).update(created_by=cast.editor)
    add_render(story.project, asked_by=cast.editor, request={"steps": 20})
    add_render(story.project, asked_by=cast.owner)
    answer = cast.browser("editor").get(reverse("account_export"))
    assert answer["Content-Disposition"] == 'attachment; filename="storyboard-account.json"'
    told = json.loads(answer.content)
    assert told["account"]["email"] == cast.editor.email
    assert [team["team__name"] for team in told["teams"]][-1] == story.project.team.name
    assert [one["title"] for one in told["stories"]] == [story.project.title]
    assert told["stories"][0]["scenes"][0]["prompt"] == "Dusk falls on the snow"
    assert len(told["renders"]) == 1
    assert "password" not in answer.content.decode()
    assert cast.owner.email not in answer.content.decode()


def test_an_account_is_deleted_and_its_work_stays_with_the_team(cast, story):
    Project.objects.filter(pk=story.project.pk).update(created_by=cast.editor)
    render = add_render(story.project, asked_by=cast.editor)
    personal = Team.objects.get(memberships__user=cast.editor, personal=True)
    alone = Project.objects.create(team=personal, title="Mine alone", created_by=cast.editor)
    editor = cast.browser("editor")
    answer = editor.post(reverse("account_delete"), {"password": "a long password"}, follow=True)
    assert "Your account is deleted." in answer.content.decode()
    assert not User.objects.filter(pk=cast.editor.pk).exists()
    assert editor.get("/").status_code == 302
    story.project.refresh_from_db()
    assert story.project.deleted_at is None
    assert Render.objects.get(pk=render.pk).asked_by is None
    alone.refresh_from_db()
    assert alone.deleted_at is not None
    assert cast.browser("owner").get(reverse("project_detail", args=(story.project.pk,)))


def test_a_wrong_password_deletes_nothing(cast):
    answer = cast.browser("editor").post(reverse("account_delete"), {"password": "a guess"})
    assert answer.status_code == 422
    assert "This is not your password. Nothing was deleted." in answer.content.decode()
    assert cast.browser("editor").post(reverse("account_delete")).status_code == 422
    assert User.objects.filter(pk=cast.editor.pk).exists()


def test_who_alone_owns_what_others_share_hands_it_over_first(cast, team):
    owner = cast.browser("owner")
    gone = {"password": "a long password"}
    answer = owner.post(reverse("account_delete"), gone)
    assert answer.status_code == 409
    assert f"Others work in {team.name}, and you alone own it." in answer.content.decode()
    assert User.objects.filter(pk=cast.owner.pk).exists()
    Membership.objects.filter(team=team, user=cast.editor).update(role=Role.OWNER)
    assert owner.post(reverse("account_delete"), gone).status_code == 302
    assert team.memberships.get(role=Role.OWNER).user == cast.editor


def test_the_password_cannot_be_guessed_here_either(cast):
    editor, wrong = cast.browser("editor"), {"password": "a guess"}
    codes = [editor.post(reverse("account_delete"), wrong).status_code for _ in range(12)]
    assert codes[0] == 422
    assert codes[-1] == 429
    right = editor.post(reverse("account_delete"), {"password": "a long password"})
    assert right.status_code == 429
    assert "tried too often" in right.content.decode()


def test_after_too_many_tries_a_right_password_looks_as_a_wrong_one(cast):
    editor, path = cast.browser("editor"), reverse("account_delete")
    for _ in range(10):
        editor.post(path, {"password": "a guess"})
    wrong, right = (
        re.sub(r"\b\w{64}\b", "", editor.post(path, {"password": one}).content.decode())
        for one in ("a guess", PASSWORD)
    )
    assert wrong == right
    assert "not your password" not in wrong


def test_who_owns_it_beside_somebody_switched_off_owns_it_alone(cast, team):
    Membership.objects.filter(team=team, user=cast.editor).update(role=Role.OWNER)
    User.objects.filter(pk=cast.editor.pk).update(is_active=False)
    gone = cast.browser("owner").post(reverse("account_delete"), {"password": PASSWORD})
    assert gone.status_code == 409
    assert User.objects.filter(pk=cast.owner.pk).exists()


def test_a_key_that_nobody_is_left_to_look_after_is_used_no_more(cast):
    personal = Team.objects.get(memberships__user=cast.editor, personal=True)
    rows = [
        ApiKey.objects.create(
            team=personal,
            address="https://service.example",
            sealed=seal("a key", about(personal.pk)),
            added_at=timezone.now(),
            verdict=verdict,
        )
        for verdict in (OK, "")
    ]
    Team.objects.filter(pk=personal.pk).update(api_key=rows[0])
    cast.browser("editor").post(reverse("account_delete"), {"password": PASSWORD})
    # The poller erases it once nothing that was sent with it is under way.
    assert list(ApiKey.objects.put_away()) == [rows[0]]
    assert not ApiKey.objects.filter(pk=rows[1].pk).exists()


def test_what_became_of_a_story_is_not_told_to_who_was_taken_out_of_it(cast, story):
    add_render(story.project, asked_by=cast.editor, request={"prompts": ["Dusk"]})
    editor = cast.browser("editor")
    [seen] = json.loads(editor.get(reverse("account_export")).content)["renders"]
    assert (seen["project__title"], seen["state"]) == (story.project.title, "ready")
    assert seen["request"] == {"prompts": ["Dusk"]}
    Membership.objects.filter(team=story.project.team, user=cast.editor).delete()
    [gone] = json.loads(editor.get(reverse("account_export")).content)["renders"]
    assert gone["queued_at"] == seen["queued_at"]
    assert gone["project__title"] is gone["state"] is gone["request"] is None
    Guest.objects.create(project=story.project, user=cast.editor, role=Role.VIEWER)
    [guest] = json.loads(editor.get(reverse("account_export")).content)["renders"]
    assert guest == seen


def test_who_owns_no_team_may_go_though_its_owner_was_switched_off(cast, team):
    User.objects.filter(pk=cast.owner.pk).update(is_active=False)
    answer = cast.browser("viewer").post(reverse("account_delete"), {"password": PASSWORD})
    assert answer.status_code == 302
    assert not User.objects.filter(pk=cast.viewer.pk).exists()
