"""Opening an invitation: signed in, signing in, signing up, and too late."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db.models.signals import pre_save
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from storyboard.people.models import Invitation, Membership, User
from storyboard.people.roles import Role

ADA = {"name": "Ada", "email": "ada@example.org", "password1": "a kite over the harbour"}


@pytest.fixture(autouse=True)
def fresh_rate_limits(db):
    cache.clear()


@pytest.fixture
def invite(team, owner):
    def issue(role="editor", days=14) -> str:
        end = timezone.now() + timedelta(days=days)
        return Invitation.objects.issue(team, by=owner, role=role, expires_at=end)[1]

    return issue


def page_of(token) -> str:
    return reverse("invitation_show", args=(token,))


def join_of(token) -> str:
    return reverse("invitation_accept", args=(token,))


def test_the_page_says_which_team_which_role_and_who_invites(invite, signed_in, outsider):
    token = invite("commenter")
    for browser in (Client(), signed_in(outsider)):
        answer = browser.get(page_of(token))
        page = answer.content.decode()
        assert answer.status_code == 200
        assert "Join Winter Tales" in page
        assert "Owner invites you as <b>commenter</b>" in page
        assert "no-store" in answer["Cache-Control"]


def test_looking_changes_nothing(invite, signed_in, outsider, team):
    token = invite()
    for browser in (Client(), signed_in(outsider)):
        browser.get(page_of(token))
        browser.head(page_of(token))
        assert browser.get(join_of(token)).status_code == 405
    assert Invitation.objects.get().accepted == 0
    assert not team.memberships.filter(user=outsider).exists()
    assert Client().get(reverse("account_signup")).status_code == 403


@pytest.mark.parametrize("role", Role.values)
def test_somebody_signed_in_joins_with_the_links_role(
    invite, signed_in, outsider, team, story, role
):
    browser = signed_in(outsider)
    answer = browser.post(join_of(invite(role)), follow=True)
    page = answer.content.decode()
    assert f"You are in Winter Tales as {role}." in page
    assert story.project.title in page
    assert team.memberships.get(user=outsider).role == role
    assert Invitation.objects.get().accepted == 1


def test_joining_twice_is_harmless_and_keeps_the_role_one_has(invite, signed_in, editor, team):
    browser = signed_in(editor)
    token = invite("viewer")
    assert "already in this team" in browser.get(page_of(token)).content.decode()
    for _ in range(2):
        page = browser.post(join_of(token), follow=True).content.decode()
        assert "You are already in Winter Tales, as editor." in page
    assert team.memberships.get(user=editor).role == "editor"
    assert Invitation.objects.get().accepted == 0


def test_who_joined_by_a_link_for_one_finds_the_way_in_by_it(invite, signed_in, outsider, team):
    token = invite()
    Invitation.objects.update(places=1)
    browser = signed_in(outsider)
    browser.post(join_of(token))
    assert "You are already in this team." in browser.get(page_of(token)).content.decode()
    page = browser.post(join_of(token), follow=True).content.decode()
    assert "You are already in Winter Tales, as editor." in page
    assert Invitation.objects.get().accepted == 1
    assert "everybody it was for has joined" in Client().get(page_of(token)).content.decode()


def test_signing_in_by_invitation_joins_right_after(invite, outsider, team):
    browser, token = Client(), invite()
    answer = browser.post(join_of(token), {"door": "sign-in"})
    assert answer["Location"] == reverse("account_login")
    assert "Then you join" in browser.get(answer["Location"]).content.decode()
    who = {"login": outsider.email, "password": "a long password"}
    page = browser.post(reverse("account_login"), who, follow=True).content.decode()
    assert "You are in Winter Tales as editor." in page
    assert team.memberships.get(user=outsider).role == "editor"


def test_who_joined_at_the_door_is_not_led_back_to_the_invitation(invite, outsider):
    browser, token = Client(), invite()
    browser.post(join_of(token), {"door": "sign-in"})
    who = {"login": outsider.email, "password": "a long password", "next": page_of(token)}
    assert browser.post(reverse("account_login"), who)["Location"] == reverse("project_list")


def test_signing_up_by_invitation_joins_while_sign_up_is_closed(invite, team, story):
    browser, token = Client(), invite("viewer")
    answer = browser.post(join_of(token), {"door": "sign-up"})
    assert answer["Location"] == reverse("account_signup")
    assert "Winter Tales" in browser.get(answer["Location"]).content.decode()
    page = browser.post(reverse("account_signup"), ADA, follow=True).content.decode()
    assert "You are in Winter Tales as viewer." in page
    assert story.project.title in page
    ada = User.objects.get(email=ADA["email"])
    assert team.memberships.get(user=ada).role == "viewer"
    assert ada.teams.get(personal=True).projects.count() == 1
    assert ada.founder is False
    assert Invitation.objects.get().accepted == 1


def test_an_invitation_opens_the_door_for_its_own_browser_only(invite):
    browser = Client()
    browser.post(join_of(invite()), {"door": "sign-up"})
    assert browser.get(reverse("account_signup")).status_code == 200
    assert Client().get(reverse("account_signup")).status_code == 403


def test_an_invitation_that_ends_at_the_door_lets_nobody_up(invite, team):
    browser = Client()
    browser.post(join_of(invite()), {"door": "sign-up"})
    Invitation.objects.get().revoke(timezone.now())
    assert browser.post(reverse("account_signup"), ADA).status_code == 403
    assert not User.objects.filter(email=ADA["email"]).exists()


@pytest.fixture
def last_place_taken(invite):
    """A browser with an invitation whose one place somebody takes while its account is made."""
    browser = Client()
    browser.post(join_of(invite()), {"door": "sign-up"})
    Invitation.objects.update(places=1)

    def take(**more: object) -> None:
        Invitation.objects.update(accepted=1)

    pre_save.connect(take, sender=User)
    yield browser
    pre_save.disconnect(take, sender=User)


def test_who_comes_second_to_the_last_place_gets_no_account_and_is_told(last_place_taken, team):
    answer = last_place_taken.post(reverse("account_signup"), ADA)
    assert answer.status_code == 403
    assert "No account was created" in answer.content.decode()
    assert not User.objects.filter(email=ADA["email"]).exists()
    assert team.memberships.count() == 1
    assert last_place_taken.get("/").status_code == 302


def test_where_anybody_may_sign_up_they_have_the_account_alone(last_place_taken, team, settings):
    settings.STORYBOARD_SIGNUP = "open"
    page = last_place_taken.post(reverse("account_signup"), ADA, follow=True).content.decode()
    assert "The invitation has ended. You did not join the team." in page
    ada = User.objects.get(email=ADA["email"])
    assert ada.teams.get().personal
    assert team.memberships.count() == 1


def test_an_invitation_that_ends_at_the_door_is_told_after_signing_in(invite, outsider, team):
    browser = Client()
    browser.post(join_of(invite()), {"door": "sign-in"})
    Invitation.objects.get().revoke(timezone.now())
    who = {"login": outsider.email, "password": "a long password"}
    page = browser.post(reverse("account_login"), who, follow=True).content.decode()
    assert "The invitation has ended. You did not join the team." in page
    assert not team.memberships.filter(user=outsider).exists()


def test_the_database_never_holds_the_token(invite):
    browser, token = Client(), invite()
    browser.post(join_of(token), {"door": "sign-in"})
    assert token not in Session.objects.get().session_data
    assert token not in str(Session.objects.get().get_decoded())


@pytest.mark.parametrize("end", ["expired", "revoked", "giver left", "giver is no owner now"])
def test_an_ended_invitation_says_so_and_lets_nobody_in(cast, invite, team, end):
    token = invite(days=-1 if end == "expired" else 14)
    Membership.objects.filter(team=team, user=cast.editor).update(role=Role.OWNER)
    if end == "revoked":
        Invitation.objects.get().revoke(timezone.now())
    elif end == "giver left":
        team.memberships.get(user=cast.owner).leave()
    elif end == "giver is no owner now":
        team.memberships.get(user=cast.owner).change(role=Role.EDITOR, may_spend=True)
    for browser in (Client(), cast.browser("outsider")):
        for answer in (browser.get(page_of(token)), browser.post(join_of(token))):
            assert answer.status_code == 410
            assert "This invitation has ended" in answer.content.decode()
    assert not team.memberships.filter(user=cast.outsider).exists()


# PostgreSQL stores no NUL, and must not be asked for one.
@pytest.mark.parametrize("token", ["nonsense", "x" * 500, "%2e%2e", "a%00b", "0"])
def test_an_unknown_link_is_a_missing_page(db, token):
    assert Client().get(f"/join/{token}/").status_code == 404
    assert Client().post(f"/join/{token}/accept/").status_code == 404


def test_an_expired_session_and_htmx_are_no_way_around(invite):
    answer = Client().post(join_of(invite()), headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == reverse("account_login")
