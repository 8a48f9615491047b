"""Roles given and taken, people removed, and the owner a team always keeps."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from storyboard.people.departures import Departure
from storyboard.people.models import Gone, Membership, User
from storyboard.people.roles import Role

HTMX = {"HX-Request": "true"}


def of(team, user) -> Membership:
    return team.memberships.get(user=user)


def act(name, membership) -> str:
    return reverse(name, args=(membership.pk,))


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_an_owner_changes_a_role_and_who_may_render(cast, team, headers):
    url = act("membership_update", of(team, cast.viewer))
    answer = cast.browser("owner").post(url, {"role": "editor"}, headers=headers)
    assert answer.status_code == (200 if headers else 302)
    changed = of(team, cast.viewer)
    assert (changed.role, changed.may_spend) == ("editor", False)
    cast.browser("owner").post(url, {"role": "editor", "may_spend": "on"}, headers=headers)
    assert of(team, cast.viewer).may_spend is True


def test_the_answer_to_htmx_is_the_list_of_people_alone(cast, team):
    url = act("membership_update", of(team, cast.viewer))
    answer = cast.browser("owner").post(url, {"role": "commenter"}, headers=HTMX)
    page = answer.content.decode().strip()
    assert page.startswith('<section id="members"')
    assert "<html" not in page


@pytest.mark.parametrize("headers", [HTMX, {}])
@pytest.mark.parametrize("role", ["", "emperor"])
def test_an_unknown_role_is_refused(cast, team, role, headers):
    url = act("membership_update", of(team, cast.viewer))
    answer = cast.browser("owner").post(url, {"role": role}, headers=headers)
    assert answer.status_code == 422
    assert "Choose one of the roles" in answer.content.decode()
    assert of(team, cast.viewer).role == "viewer"


@pytest.mark.parametrize("name", ["membership_update", "membership_remove"])
def test_only_owners_manage_others(cast, team, name):
    for role in ("editor", "commenter", "viewer"):
        others = cast.commenter if role != "commenter" else cast.viewer
        url = act(name, of(team, others))
        assert cast.browser(role).post(url, {"role": "viewer"}).status_code == 403
    url = act(name, of(team, cast.viewer))
    assert cast.browser("outsider").post(url, {"role": "viewer"}).status_code == 404
    assert Client().post(url, {"role": "viewer"}).status_code == 302
    assert cast.browser("owner").get(url).status_code == 405
    roles = sorted(team.memberships.values_list("role", flat=True))
    assert roles == ["commenter", "editor", "owner", "viewer"]


def test_nobody_promotes_themself(cast, team):
    url = act("membership_update", of(team, cast.editor))
    assert cast.browser("editor").post(url, {"role": "owner"}).status_code == 403
    assert of(team, cast.editor).role == "editor"


def test_owning_another_team_gives_no_rights_here(cast, team):
    """Everybody owns a personal team; that role must not be read for this one."""
    url = act("membership_remove", of(team, cast.owner))
    assert cast.browser("outsider").post(url).status_code == 404
    assert cast.browser("editor").post(url).status_code == 403


def test_an_owner_removes_a_member_whose_stories_stay(cast, team, story):
    url = act("membership_remove", of(team, cast.editor))
    answer = cast.browser("owner").post(url, follow=True)
    assert "Editor is no longer in Winter Tales" in answer.content.decode()
    assert not team.memberships.filter(user=cast.editor).exists()
    assert team.projects.count() == 1


@pytest.mark.parametrize("role", ["editor", "commenter", "viewer"])
def test_everybody_may_leave(cast, team, role):
    url = act("membership_remove", of(team, getattr(cast, role)))
    answer = cast.browser(role).post(url)
    assert answer["Location"] == reverse("project_list")
    assert not team.memberships.filter(user=getattr(cast, role)).exists()


@pytest.mark.parametrize("headers", [HTMX, {}])
@pytest.mark.parametrize("name", ["membership_update", "membership_remove"])
def test_the_last_owner_stays_owner(cast, team, name, headers):
    url = act(name, of(team, cast.owner))
    answer = cast.browser("owner").post(url, {"role": "viewer"}, headers=headers)
    assert answer.status_code == 409
    assert "A team keeps one owner" in answer.content.decode()
    assert of(team, cast.owner).role == "owner"


def test_an_owner_may_step_down_when_another_owns_the_team(cast, team):
    browser = cast.browser("owner")
    browser.post(act("membership_update", of(team, cast.editor)), {"role": Role.OWNER})
    mine = act("membership_update", of(team, cast.owner))
    answer = browser.post(mine, {"role": "viewer"}, headers=HTMX)
    assert answer["HX-Redirect"] == reverse("team_detail", args=(team.pk,))
    assert browser.post(mine, {"role": "owner"}).status_code == 403
    assert [row.user for row in team.owners()] == [cast.editor]


def test_an_owner_who_is_switched_off_does_not_look_after_the_team(cast, team):
    of(team, cast.editor).change(role=Role.OWNER, may_spend=True)
    User.objects.filter(pk=cast.editor.pk).update(is_active=False)
    leaving = act("membership_remove", of(team, cast.owner))
    assert cast.browser("owner").post(leaving).status_code == 409
    assert of(team, cast.owner).role == "owner"


def test_two_owners_cannot_both_step_down(cast, team):
    """Each was read while the other still owned the team."""
    of(team, cast.editor).change(role=Role.OWNER, may_spend=True)
    browsers = cast.browser("owner"), cast.browser("editor")
    people = cast.owner, cast.editor
    codes = [
        browser.post(act("membership_update", of(team, person)), {"role": "viewer"}).status_code
        for browser, person in zip(browsers, people, strict=True)
    ]
    assert codes == [302, 409]
    assert team.owners().count() == 1


def test_who_owns_no_team_may_leave_though_its_owner_was_switched_off(cast, team):
    User.objects.filter(pk=cast.owner.pk).update(is_active=False)
    cast.browser("viewer").post(act("membership_remove", of(team, cast.viewer)))
    assert not team.memberships.filter(user=cast.viewer).exists()


def test_who_went_meanwhile_is_told_of_as_gone_and_nothing_is_written_down(cast, team):
    """Of two owners at once, the second finds nobody there any more."""
    member = of(team, cast.viewer)
    Membership.objects.filter(pk=member.pk).delete()
    with pytest.raises(Gone):
        member.change(role=Role.OWNER, may_spend=True)
    with pytest.raises(Gone):
        member.leave()
    assert not Departure.objects.exists()
