"""Inviting somebody to one story: the link, what opening it does, and what it never does."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from storyboard.people.models import Act, Guest, Invitation, Membership, Team, User
from storyboard.people.roles import Role
from storyboard.stories.models import Project

HTMX = {"HX-Request": "true"}
ADA = {"name": "Ada", "email": "ada@example.org", "password1": "a kite over the harbour"}


@pytest.fixture(autouse=True)
def fresh_rate_limits(db):
    cache.clear()


@pytest.fixture
def url(story) -> str:
    return reverse("guest_invite", args=(story.project.pk,))


@pytest.fixture
def link(cast, url):
    """Return a function that makes a link as an owner, and returns its path."""

    def make(role: str = "editor", **wish: str) -> str:
        answer = cast.browser("owner").post(url, {"role": role, "days": "14", **wish})
        assert answer.status_code == 201
        return re.search(r"http://testserver(/join/[\w-]+/)", answer.content.decode()).group(1)

    return make


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_an_owner_makes_a_link_that_is_shown_once(cast, story, team, url, headers):
    browser = cast.browser("owner")
    answer = browser.post(url, {"role": "commenter", "days": "7"}, headers=headers)
    page = answer.content.decode()
    assert answer.status_code == 201
    assert "no-store" in answer["Cache-Control"]
    token = re.search(r"/join/([\w-]+)/", page).group(1)
    row = Invitation.objects.get()
    assert (row.team, row.project, row.role) == (team, story.project, "commenter")
    assert page.strip().startswith('<section id="invitations"') is bool(headers)
    again = browser.get(reverse("project_share", args=(story.project.pk,))).content.decode()
    assert token not in again
    assert "0 joined" in again
    assert team.activities.get().about.startswith(
        "commenter, guest of “The Little Match Girl”, until"
    )


@pytest.mark.parametrize("headers", [HTMX, {}])
@pytest.mark.parametrize(
    ("role", "days", "places"),
    [("owner", "14", ""), ("emperor", "14", ""), ("editor", "91", ""), ("viewer", "7", "0")],
)
def test_a_bad_wish_is_refused_and_kept(cast, url, role, days, places, headers):
    wish = {"role": role, "days": days, "places": places}
    answer = cast.browser("owner").post(url, wish, headers=headers)
    assert answer.status_code == 422
    assert "field__error" in answer.content.decode()
    assert f'value="{days}"' in answer.content.decode()
    assert not Invitation.objects.exists()


def test_nobody_owns_a_story_by_a_link(team, story, owner):
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.issue(
            team, by=owner, role=Role.OWNER, expires_at=timezone.now(), story=story.project.pk
        )


def test_only_owners_invite(cast, guest, signed_in, url):
    wish = {"role": "viewer", "days": "14"}
    for role in ("editor", "commenter", "viewer"):
        assert cast.browser(role).post(url, wish).status_code == 403
    assert signed_in(guest()).post(url, wish).status_code == 403
    assert cast.browser("outsider").post(url, wish).status_code == 404
    assert Client().post(url, wish).status_code == 302
    assert cast.browser("owner").get(url).status_code == 405
    assert not Invitation.objects.exists()


def test_the_link_is_sent_by_mail_for_one_person(cast, link, settings):
    settings.SENDS_MAIL = True
    link("viewer", email="bo@example.org")
    letter = mail.outbox[0]
    assert letter.to == ["bo@example.org"]
    assert letter.subject == "Storyboard: Owner invites you to “The Little Match Girl”"
    assert "“The Little Match Girl”, a story of Winter Tales" in letter.body
    assert "as viewer" in letter.body
    assert Invitation.objects.get().places == 1


def test_the_page_names_the_story_and_its_team_and_looking_changes_nothing(cast, link):
    path = link("editor")
    for browser in (Client(), cast.browser("outsider")):
        page = browser.get(path).content.decode()
        assert "Join “The Little Match Girl”" in page
        assert "Winter Tales" in page
        assert "Owner invites you to this one story" in page
        assert "Nothing else of the team is shown to you." in page
        browser.head(path)
    assert Invitation.objects.get().accepted == 0
    assert not Guest.objects.exists()


@pytest.mark.parametrize("role", ["editor", "commenter", "viewer"])
def test_somebody_signed_in_comes_in_as_a_guest_who_may_not_spend(cast, link, team, story, role):
    answer = cast.browser("outsider").post(f"{link(role)}accept/", follow=True)
    assert answer.redirect_chain[-1][0] == reverse("project_detail", args=(story.project.pk,))
    assert f"You are in “The Little Match Girl” as {role}." in answer.content.decode()
    guest = Guest.objects.get()
    assert (guest.user, guest.role, guest.may_spend) == (cast.outsider, role, False)
    assert not team.memberships.filter(user=cast.outsider).exists()
    assert Invitation.objects.get().accepted == 1
    joined = team.activities.order_by("-pk")[0]
    assert (joined.act, joined.about) == (Act.GUEST_JOINED, f"The Little Match Girl, {role}")
    assert joined.person == cast.outsider


def test_a_member_who_opens_the_link_stays_as_they_are(cast, link, team):
    path = link("viewer")
    assert "already in this story" in cast.browser("editor").get(path).content.decode()
    page = cast.browser("editor").post(f"{path}accept/", follow=True).content.decode()
    assert "You are already in “The Little Match Girl”, as editor." in page
    assert not Guest.objects.exists()
    assert team.memberships.get(user=cast.editor).role == "editor"
    assert Invitation.objects.get().accepted == 0


def test_a_guest_who_opens_another_link_keeps_the_role_and_takes_no_place(cast, link):
    cast.browser("outsider").post(f"{link('editor')}accept/")
    Guest.objects.update(may_spend=True)
    path = link("viewer", places="1")
    page = cast.browser("outsider").post(f"{path}accept/", follow=True).content.decode()
    assert "You are already in “The Little Match Girl”, as editor." in page
    guest = Guest.objects.get()
    assert (guest.role, guest.may_spend) == ("editor", True)
    assert Invitation.objects.latest("pk").accepted == 0


def test_a_guest_may_still_join_the_team(cast, link, team, story):
    cast.browser("outsider").post(f"{link('viewer')}accept/")
    end = timezone.now() + timedelta(days=1)
    token = Invitation.objects.issue(team, by=cast.owner, role="editor", expires_at=end)[1]
    page = cast.browser("outsider").post(f"/join/{token}/accept/", follow=True).content.decode()
    assert "You are in Winter Tales as editor." in page
    shelf = cast.browser("outsider").get("/").content.decode()
    assert "Shared with you" not in shelf


def test_signing_in_by_the_link_leads_to_the_story(cast, link, story):
    browser = Client()
    answer = browser.post(f"{link('viewer')}accept/", {"door": "sign-in"})
    door = browser.get(answer["Location"]).content.decode()
    assert "Then you join <b>“The Little Match Girl”</b> as viewer." in door
    who = {"login": cast.outsider.email, "password": "a long password"}
    answer = browser.post(reverse("account_login"), who)
    assert answer["Location"] == reverse("project_detail", args=(story.project.pk,))
    assert Guest.objects.get().user == cast.outsider


def test_signing_up_by_the_link_while_sign_up_is_closed(link, story, team):
    browser = Client()
    answer = browser.post(f"{link('editor')}accept/", {"door": "sign-up"})
    assert answer["Location"] == reverse("account_signup")
    page = browser.post(reverse("account_signup"), ADA, follow=True).content.decode()
    assert "You are in “The Little Match Girl” as editor." in page
    ada = User.objects.get(email=ADA["email"])
    assert Guest.objects.get().user == ada
    assert [team.personal for team in ada.teams.all()] == [True]


def test_an_invitation_that_ends_at_the_door_is_told_after_signing_in(cast, link):
    browser = Client()
    browser.post(f"{link()}accept/", {"door": "sign-in"})
    Invitation.objects.get().revoke(timezone.now())
    who = {"login": cast.outsider.email, "password": "a long password"}
    page = browser.post(reverse("account_login"), who, follow=True).content.decode()
    assert "The invitation has ended. You did not join the story." in page
    assert not Guest.objects.exists()


@pytest.mark.parametrize(
    "end",
    [
        "expired",
        "revoked",
        "used up",
        "giver is no owner now",
        "story in the bin",
        "made while the story went to another team",
    ],
)
def test_an_ended_link_says_so_and_lets_nobody_in(cast, link, team, story, end):
    path = link("viewer")
    rows = Invitation.objects.all()
    if end == "expired":
        rows.update(expires_at=timezone.now())
    elif end == "revoked":
        rows.get().revoke(timezone.now())
    elif end == "used up":
        rows.update(places=1, accepted=1)
    elif end == "giver is no owner now":
        Membership.objects.filter(team=team, user=cast.editor).update(role=Role.OWNER)
        team.memberships.get(user=cast.owner).change(role=Role.EDITOR, may_spend=True)
    elif end == "story in the bin":
        story.project.delete_at(timezone.now())
    else:
        other = Team.objects.create(name="Buyers")
        Project.objects.filter(pk=story.project.pk).update(team=other)
    for browser in (Client(), cast.browser("outsider")):
        for answer in (browser.get(path), browser.post(f"{path}accept/")):
            assert answer.status_code == 410
            assert "This invitation has ended" in answer.content.decode()
    assert not Guest.objects.exists()


def test_a_link_to_a_story_that_was_deleted_for_good_is_a_missing_page(link, story):
    path = link("viewer")
    Project.objects.filter(pk=story.project.pk).delete()
    assert Client().get(path).status_code == 404


def test_only_owners_take_it_back_and_come_back_to_the_story(cast, link, story, guest, signed_in):
    link("viewer")
    url = reverse("invitation_revoke", args=(Invitation.objects.get().pk,))
    assert cast.browser("editor").post(url).status_code == 403
    # It is the team's, not the story's: a guest does not find it.
    assert signed_in(guest()).post(url).status_code == 404
    answer = cast.browser("owner").post(url)
    assert answer["Location"] == reverse("project_share", args=(story.project.pk,))
    assert Invitation.objects.get().revoked_at is not None


def test_links_to_stories_stand_with_their_story_and_not_among_the_teams(cast, link, team, story):
    link("viewer")
    row = Invitation.objects.get()
    other = Project.objects.create(team=team, title="Another")
    owner = cast.browser("owner")
    mark = f'id="invitation-{row.pk}"'
    assert mark in owner.get(reverse("project_share", args=(story.project.pk,))).content.decode()
    assert mark not in owner.get(reverse("project_share", args=(other.pk,))).content.decode()
    assert mark not in owner.get(reverse("team_detail", args=(team.pk,))).content.decode()
