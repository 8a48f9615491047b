"""Who left, or was taken out, comes back by a new invitation alone, with what it gives."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from storyboard.people.models import Guest, Invitation, Membership, User
from storyboard.people.roles import Role


@pytest.fixture(autouse=True)
def fresh_rate_limits(db):
    cache.clear()


@pytest.fixture
def link(team, owner):
    """Return a function that makes a link, open to any number of people, as an owner."""

    def make(role: str = "editor", story: int | None = None) -> str:
        end = timezone.now() + timedelta(days=14)
        return Invitation.objects.issue(team, by=owner, role=role, expires_at=end, story=story)[1]

    return make


def join(browser, token):
    return browser.post(reverse("invitation_accept", args=(token,)))


def is_in(team, user: User) -> bool:
    return team.memberships.filter(user=user).exists()


def assert_closed_to(browser, token: str) -> None:
    for answer in (browser.get(reverse("invitation_show", args=(token,))), join(browser, token)):
        assert answer.status_code == 410
        assert "you left since it was made" in answer.content.decode()


def test_who_was_made_less_does_not_leave_to_come_back_as_more(cast, team, link):
    token = link("editor")
    browser = cast.browser("outsider")
    join(browser, token)
    member = team.memberships.get(user=cast.outsider)
    member.change(role=Role.VIEWER, may_spend=False)
    browser.post(reverse("membership_remove", args=(member.pk,)))
    assert_closed_to(browser, token)
    assert not is_in(team, cast.outsider)


def test_who_was_taken_out_comes_back_by_a_new_link_alone(cast, team, link):
    token = link("editor")
    browser = cast.browser("outsider")
    join(browser, token)
    member = team.memberships.get(user=cast.outsider)
    cast.browser("owner").post(reverse("membership_remove", args=(member.pk,)))
    assert_closed_to(browser, token)
    assert join(browser, link("viewer")).status_code == 302
    assert team.memberships.get(user=cast.outsider).role == Role.VIEWER


def test_nobody_else_is_kept_out_by_it(cast, team, link):
    token = link("editor")
    cast.browser("owner").post(
        reverse("membership_remove", args=(team.memberships.get(user=cast.editor).pk,))
    )
    assert join(cast.browser("outsider"), token).status_code == 302
    assert is_in(team, cast.outsider)


def test_who_went_from_the_team_comes_in_to_none_of_its_stories(cast, story, team, link):
    token = link("viewer", story.project.pk)
    cast.browser("editor").post(
        reverse("membership_remove", args=(team.memberships.get(user=cast.editor).pk,))
    )
    assert_closed_to(cast.browser("editor"), token)
    assert not Guest.objects.exists()


@pytest.mark.parametrize("who", ["owner", "guest"])
def test_a_guest_who_went_comes_back_by_a_new_link_alone(cast, story, link, guest, signed_in, who):
    of_story, of_team = link("editor", story.project.pk), link("editor")
    one = guest(Role.VIEWER)
    browser = signed_in(one)
    if who == "owner":
        seat = Guest.objects.get(user=one)
        cast.browser("owner").post(reverse("guest_remove", args=(seat.pk,)))
    else:
        browser.post(reverse("project_leave", args=(story.project.pk,)))
    assert_closed_to(browser, of_story)
    assert_closed_to(browser, of_team)
    assert join(browser, link("viewer", story.project.pk)).status_code == 302
    assert Guest.objects.get(user=one).role == Role.VIEWER


def test_a_guest_who_went_from_one_story_comes_in_to_another(story, team, link, guest, signed_in):
    another = team.projects.create(title="Another")
    token = link("viewer", another.pk)
    one = guest(Role.VIEWER)
    browser = signed_in(one)
    browser.post(reverse("project_leave", args=(story.project.pk,)))
    assert join(browser, token).status_code == 302
    assert Guest.objects.get(user=one).project == another


def test_joining_while_signing_in_is_refused_to_who_went(cast, team, link, client):
    token = link("editor")
    Membership.objects.get(team=team, user=cast.editor).leave()
    join(client, token)
    words = {"login": cast.editor.email, "password": "a long password"}
    answer = client.post(reverse("account_login"), words, follow=True)
    assert "The invitation has ended. You did not join the team." in answer.content.decode()
    assert not is_in(team, cast.editor)


@pytest.mark.parametrize("how", ["steps down", "hands over", "leaves"])
def test_the_links_of_who_owned_a_team_end_for_good(cast, team, link, how):
    """They would sleep unseen by the owners there are, and open again with the giver's role."""
    other = team.memberships.get(user=cast.editor)
    token = link("owner")
    mine = team.memberships.get(user=cast.owner)
    browser = cast.browser("owner")
    if how == "hands over":
        words = {"membership": other.pk, "password": "a long password"}
        assert browser.post(reverse("team_hand_over", args=(team.pk,)), words).status_code == 302
    else:
        other.change(role=Role.OWNER, may_spend=True)
        if how == "steps down":
            browser.post(reverse("membership_update", args=(mine.pk,)), {"role": "editor"})
        else:
            browser.post(reverse("membership_remove", args=(mine.pk,)))
    Membership.objects.update_or_create(
        team=team, user=cast.owner, defaults={"role": Role.OWNER, "may_spend": True}
    )
    assert join(cast.browser("outsider"), token).status_code == 410
    assert not is_in(team, cast.outsider)
