"""A team's page, its name, and starting another team."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from storyboard.people.models import Membership, Team, User
from storyboard.people.roles import Role


@pytest.fixture
def url(team):
    return reverse("team_detail", args=(team.pk,))


@pytest.mark.parametrize("role", ["owner", "editor", "commenter", "viewer"])
def test_every_member_sees_who_else_is_in(cast, url, role):
    answer = cast.browser(role).get(url)
    page = answer.content.decode()
    assert answer.status_code == 200
    for person in (cast.owner, cast.editor, cast.commenter, cast.viewer):
        assert person.email in page
    assert ("Invite by link" in page) is (role == "owner")
    assert ("Remove from the team" in page) is (role == "owner")
    assert ("Leave the team" in page) is (role != "owner")
    assert "style=" not in page


def test_outsiders_and_the_signed_out_see_nothing(cast, url):
    assert cast.browser("outsider").get(url).status_code == 404
    assert Client().get(url)["Location"] == f"{reverse('account_login')}?next={url}"
    assert cast.browser("owner").post(url).status_code == 405


def test_the_page_asks_as_much_for_ten_people_as_for_four(cast, team, url, queries):
    browser = cast.browser("owner")
    browser.get(url)
    few = queries(lambda: browser.get(url))
    for number in range(6):
        user = User.objects.create_user(f"m{number}@example.org")
        Membership.objects.create(team=team, user=user, role=Role.VIEWER)
    assert queries(lambda: browser.get(url)) == few


@pytest.fixture
def queries(django_assert_max_num_queries):
    def count(act) -> int:
        with django_assert_max_num_queries(100) as captured:
            act()
        return len(captured)

    return count


def test_an_owner_renames_the_team(cast, team):
    url = reverse("team_rename", args=(team.pk,))
    answer = cast.browser("owner").post(url, {"name": "Summer Tales"})
    assert answer["Location"] == reverse("team_detail", args=(team.pk,))
    team.refresh_from_db()
    assert team.name == "Summer Tales"


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
def test_a_bad_name_is_refused_and_kept_for_correction(cast, team, name):
    answer = cast.browser("owner").post(reverse("team_rename", args=(team.pk,)), {"name": name})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "field__error" in page
    assert "Winter Tales" in page
    if name.strip():
        assert name in page
    team.refresh_from_db()
    assert team.name == "Winter Tales"


def test_only_owners_rename(cast, team):
    url = reverse("team_rename", args=(team.pk,))
    for role in ("editor", "commenter", "viewer"):
        assert cast.browser(role).post(url, {"name": "Mine"}).status_code == 403
    assert cast.browser("outsider").post(url, {"name": "Mine"}).status_code == 404
    assert Client().post(url, {"name": "Mine"}).status_code == 302
    assert cast.browser("owner").get(url).status_code == 405
    team.refresh_from_db()
    assert team.name == "Winter Tales"


def test_a_name_cannot_carry_markup(cast, team, url):
    team.name = '<img src=x onerror="alert(1)">'
    team.save()
    assert "<img" not in cast.browser("owner").get(url).content.decode()


def test_anyone_signed_in_starts_a_team_and_owns_it(cast):
    answer = cast.browser("viewer").post(reverse("team_create"), {"name": "Harbour Tales"})
    team = Team.objects.get(name="Harbour Tales")
    assert answer["Location"] == reverse("team_detail", args=(team.pk,))
    assert team.personal is False
    membership = team.memberships.get()
    assert (membership.user, membership.role) == (cast.viewer, Role.OWNER)


def test_a_team_without_a_name_is_not_started(cast):
    before = Team.objects.count()
    answer = cast.browser("viewer").post(reverse("team_create"), {"name": " "})
    assert answer.status_code == 422
    assert "This field is required" in answer.content.decode()
    assert Team.objects.count() == before
    assert cast.browser("viewer").get(reverse("team_create")).status_code == 405
    assert Client().post(reverse("team_create"), {"name": "X"}).status_code == 302
    assert Team.objects.count() == before
