"""Who may do what: every role asked for every ability, on rows near and far from the team."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.apps import apps as django_apps
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.template import Context, Template

from storyboard.exports.asking import ask
from storyboard.people.access import (
    Ability,
    abilities,
    find,
    is_guest,
    team_for_new_project,
    teams_of,
)
from storyboard.people.models import Guest, Invitation, Membership, Team
from storyboard.people.roles import Role
from storyboard.renders.checks import Check
from storyboard.stories.models import Project, Scene
from tests.shelf import add_take

A = Ability
MATRIX = {
    "viewer": {A.VIEW, A.MEET},
    "commenter": {A.VIEW, A.MEET, A.COMMENT},
    "editor": {A.VIEW, A.MEET, A.COMMENT, A.EDIT, A.DISPOSE, A.SPEND},
    "owner": {A.VIEW, A.MEET, A.COMMENT, A.EDIT, A.DISPOSE, A.SPEND, A.MANAGE},
}
# Of one story, with the switch on.
GUESTS = {
    "viewer": {A.VIEW},
    "commenter": {A.VIEW, A.COMMENT},
    "editor": {A.VIEW, A.COMMENT, A.EDIT, A.SPEND},
}


@pytest.mark.parametrize("ability", Ability)
@pytest.mark.parametrize("role", MATRIX)
def test_a_role_may_do_exactly_what_the_table_says(cast, story, role, ability):
    person, pk = getattr(cast, role), story.project.pk
    if ability in MATRIX[role]:
        assert find(person, Project.objects.all(), ability, pk=pk).abilities == MATRIX[role]
    else:
        with pytest.raises(PermissionDenied):
            find(person, Project.objects.all(), ability, pk=pk)


@pytest.mark.parametrize("ability", Ability)
def test_what_is_not_ones_own_does_not_exist(cast, story, ability):
    with pytest.raises(Http404):
        find(cast.outsider, Project.objects.all(), ability, pk=story.project.pk)
    with pytest.raises(Http404):
        find(AnonymousUser(), Project.objects.all(), ability, pk=story.project.pk)


def test_a_team_that_everybody_left_is_nobodys(team):
    with pytest.raises(Http404):
        find(AnonymousUser(), Team.objects.all(), Ability.VIEW, pk=team.pk)


def test_access_follows_the_way_to_the_team(cast, story, team):
    for rows, pk in (
        (Team.objects.all(), team.pk),
        (Project.objects.all(), story.project.pk),
        (Scene.objects.all(), story.scenes[0].pk),
        (Membership.objects.all(), team.memberships.get(user=cast.viewer).pk),
    ):
        assert find(cast.editor, rows, Ability.VIEW, pk=pk).abilities == MATRIX["editor"]
        with pytest.raises(PermissionDenied):
            find(cast.editor, rows, Ability.MANAGE, pk=pk)
        with pytest.raises(Http404):
            find(cast.outsider, rows, Ability.VIEW, pk=pk)


def test_rows_narrowed_by_other_members_still_answer_with_ones_own_role(cast, story, team):
    rows = Team.objects.filter(memberships__user=cast.owner)
    found = find(cast.viewer, rows, Ability.VIEW, pk=team.pk)
    assert found.abilities == MATRIX["viewer"]


def test_finding_is_one_query(cast, story, django_assert_num_queries):
    with django_assert_num_queries(1):
        find(cast.editor, Scene.objects.all(), Ability.EDIT, pk=story.scenes[0].pk)


@pytest.mark.parametrize("ability", Ability)
@pytest.mark.parametrize("role", GUESTS)
def test_a_guest_may_do_what_the_role_says_and_nothing_to_the_team(guest, story, role, ability):
    person, pk = guest(role, may_spend=True), story.project.pk
    if ability in GUESTS[role]:
        assert find(person, Project.objects.all(), ability, pk=pk).abilities == GUESTS[role]
    else:
        with pytest.raises(PermissionDenied):
            find(person, Project.objects.all(), ability, pk=pk)


def test_a_guest_finds_whatever_hangs_on_the_story(guest, story, now):
    person, project = guest("viewer"), story.project
    take = add_take(project)
    rows = [
        project,
        story.scenes[0],
        take,
        take.render,
        take.spans.get(order=0),
        project.loras.create(api_name="snow", strength=1, position=0),
        project.embeddings.create(api_name="soft", position=0),
        project.revisions.create(changes={}, began_at=now, at=now),
        ask(project, person, now, kind="mp4", burnt=False, title_card=True),
        project.guests.get(),
    ]
    for row in rows:
        found = find(person, type(row).objects.all(), Ability.VIEW, pk=row.pk)
        assert found.abilities == GUESTS["viewer"]
        assert is_guest(found)
    assert {type(row) for row in rows} == {
        model for model in django_apps.get_models() if hasattr(model, "PROJECT_PATH")
    }


def test_what_hangs_on_a_story_says_so():
    """Else its guests would not find it; and what does not must not lead them to the team."""
    for model in django_apps.get_models():
        team = getattr(model, "TEAM_PATH", None)
        if team is not None and "project" in team:
            assert f"{model.PROJECT_PATH}__team" == team, model
        elif model is not Project:
            assert not hasattr(model, "PROJECT_PATH"), model


def test_to_a_guest_everything_else_of_the_team_does_not_exist(guest, cast, story, team, now):
    person = guest("editor", may_spend=True)
    other = Project.objects.create(team=team, title="Another")
    scene = other.add_scene("Not theirs")
    invitation, _ = Invitation.objects.issue(
        team, by=cast.owner, role=Role.VIEWER, expires_at=now + timedelta(days=1)
    )
    for row in (
        team,
        other,
        scene,
        team.memberships.get(user=cast.viewer),
        invitation,
        Check.objects.create(team=team, asked_at=now, changed_at=now),
    ):
        for ability in Ability:
            with pytest.raises(Http404):
                find(person, type(row).objects.all(), ability, pk=row.pk)
    assert not teams_of(person).filter(pk=team.pk).exists()
    assert team_for_new_project(person).personal


@pytest.mark.parametrize(
    ("member", "as_guest", "able"),
    [
        ("viewer", "editor", GUESTS["editor"] | MATRIX["viewer"]),
        ("editor", "viewer", MATRIX["editor"]),
        ("owner", "viewer", MATRIX["owner"]),
    ],
)
def test_of_a_members_and_a_guests_role_the_wider_counts(cast, story, member, as_guest, able):
    person = getattr(cast, member)
    Guest.objects.create(project=story.project, user=person, role=as_guest, may_spend=True)
    found = find(person, Project.objects.all(), Ability.VIEW, pk=story.project.pk)
    assert found.abilities == able
    assert not is_guest(found)


def test_a_guests_switch_of_spending_is_off_and_a_viewers_opens_nothing(cast, guest, story):
    project = Project.objects.all()
    found = find(guest(), project, Ability.EDIT, pk=story.project.pk)
    assert found.abilities == GUESTS["editor"] - {Ability.SPEND}
    # The switch of a member who may not write is no key to a guest's writing.
    Guest.objects.create(project=story.project, user=cast.viewer, role=Role.EDITOR)
    both = find(cast.viewer, project, Ability.EDIT, pk=story.project.pk)
    assert Ability.SPEND not in both.abilities


def test_finding_as_a_guest_is_one_query(guest, story, django_assert_num_queries):
    person = guest()
    with django_assert_num_queries(1):
        find(person, Scene.objects.all(), Ability.EDIT, pk=story.scenes[0].pk)


def test_spending_is_a_switch_beside_the_role(cast, story, team):
    team.memberships.filter(user=cast.editor).update(may_spend=False)
    project = find(cast.editor, Project.objects.all(), Ability.EDIT, pk=story.project.pk)
    assert project.abilities == MATRIX["editor"] - {Ability.SPEND}
    assert Ability.SPEND not in abilities(Role.OWNER, may_spend=False)
    assert Ability.SPEND not in abilities(Role.VIEWER, may_spend=True)


def test_removal_takes_effect_at_the_next_request(cast, story, team):
    browser = cast.browser("editor")
    page, act = f"/teams/{team.pk}/", f"/projects/{story.project.pk}/rename/"
    assert browser.get(page).status_code == 200
    team.memberships.get(user=cast.editor).leave()
    assert browser.get(page).status_code == 404
    assert browser.post(act, {"title": "Mine"}).status_code == 404


def test_templates_ask_the_same_question(cast, story):
    asked = Template('{% load people %}{% if project|may:"EDIT" %}yes{% else %}no{% endif %}')
    for role, answer in (("editor", "yes"), ("viewer", "no")):
        project = find(
            getattr(cast, role), Project.objects.all(), Ability.VIEW, pk=story.project.pk
        )
        assert asked.render(Context({"project": project})) == answer
    assert asked.render(Context({"project": story.project})) == "no"


def test_new_stories_go_to_the_personal_team_unless_one_cannot_write_there(cast, team):
    assert teams_of(cast.viewer).count() == 2
    assert team_for_new_project(cast.viewer).personal
    Membership.objects.filter(user=cast.viewer, team__personal=True).delete()
    assert team_for_new_project(cast.viewer) is None
    Membership.objects.filter(user=cast.editor, team__personal=True).delete()
    assert team_for_new_project(cast.editor) == team
    assert not teams_of(AnonymousUser()).exists()
