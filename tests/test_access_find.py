"""Who may do what: every role asked for every ability, on rows near and far from the team."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.template import Context, Template

from storyboard.people.access import (
    Ability,
    abilities,
    find,
    team_for_new_project,
    teams_of,
)
from storyboard.people.models import Membership, Team
from storyboard.people.roles import Role
from storyboard.stories.models import Project, Scene

A = Ability
MATRIX = {
    "viewer": {A.VIEW},
    "commenter": {A.VIEW, A.COMMENT},
    "editor": {A.VIEW, A.COMMENT, A.EDIT, A.SPEND},
    "owner": {A.VIEW, A.COMMENT, A.EDIT, A.SPEND, A.MANAGE},
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
