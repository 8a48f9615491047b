"""Handing a team over: who may, to whom, what it asks for, and what stays."""

from __future__ import annotations

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from storyboard.people.handing_over import NotHandedOver, hand_over
from storyboard.people.models import Act, Membership, Team, User
from storyboard.people.roles import Role

PASSWORD = "a long password"


@pytest.fixture(autouse=True)
def fresh_rate_limits(db):
    cache.clear()


@pytest.fixture
def url(team) -> str:
    return reverse("team_hand_over", args=(team.pk,))


def of(team: Team, user: User) -> Membership:
    return team.memberships.get(user=user)


def wish(team: Team, user: User, password: str = PASSWORD) -> dict[str, object]:
    return {"membership": of(team, user).pk, "password": password}


def roles(team: Team) -> dict[str, str]:
    return {one.user.name: one.role for one in team.memberships.select_related("user")}


def test_the_other_becomes_owner_and_the_giver_editor(cast, team, url):
    team.memberships.filter(user__in=(cast.owner, cast.editor)).update(may_spend=False)
    answer = cast.browser("owner").post(url, wish(team, cast.viewer), follow=True)
    page = answer.content.decode()
    assert "Viewer owns Winter Tales now. You are an editor of it." in page
    assert "Hand the team over" not in page
    assert roles(team) == {
        "Owner": "editor",
        "Editor": "editor",
        "Commenter": "commenter",
        "Viewer": "owner",
    }
    assert of(team, cast.owner).may_spend is False
    assert of(team, cast.viewer).may_spend is True


def test_it_is_written_down_for_the_owners(cast, team, url):
    cast.browser("owner").post(url, wish(team, cast.viewer))
    told = team.activities.get()
    assert (told.act, told.person, told.about) == (
        Act.HANDED_OVER,
        cast.owner,
        "to Viewer, who was viewer",
    )


def test_the_new_owner_is_told_by_mail_where_mail_is_sent(cast, team, url, settings):
    settings.SENDS_MAIL = True
    cast.browser("owner").post(url, wish(team, cast.editor))
    [letter] = mail.outbox
    assert letter.to == [cast.editor.email]
    assert letter.subject == "Storyboard: you own Winter Tales"
    assert "Owner handed the team Winter Tales over to you." in letter.body
    assert f"http://testserver{reverse('team_detail', args=(team.pk,))}" in letter.body


def test_without_mail_nobody_is_written_to(cast, team, url):
    cast.browser("owner").post(url, wish(team, cast.editor))
    assert mail.outbox == []


def test_a_letter_that_cannot_be_sent_is_told_and_changes_nothing(cast, team, url, settings):
    settings.SENDS_MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    page = cast.browser("owner").post(url, wish(team, cast.editor), follow=True).content.decode()
    assert "No letter could be sent to Editor: tell them yourself." in page
    assert roles(team)["Editor"] == "owner"


@pytest.mark.parametrize("password", ["", "a guess"])
def test_without_the_right_password_nothing_changes_and_the_choice_is_kept(
    cast, team, url, password
):
    answer = cast.browser("owner").post(url, wish(team, cast.editor, password))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "field__error" in page
    assert f'value="{of(team, cast.editor).pk}" selected' in page
    assert "a guess" not in page
    assert roles(team)["Owner"] == "owner"
    assert not team.activities.exists()


@pytest.mark.parametrize("who", ["", "0", "nonsense", "themself", "somebody of another team"])
def test_it_goes_to_somebody_else_of_the_team_alone(cast, team, url, who):
    other = Team.objects.create_owned("Elsewhere", by=cast.outsider)
    named = {
        "themself": of(team, cast.owner).pk,
        "somebody of another team": of(other, cast.outsider).pk,
    }
    data = {"membership": named.get(who, who), "password": PASSWORD}
    answer = cast.browser("owner").post(url, data)
    assert answer.status_code == 422
    assert "Choose" in answer.content.decode()
    assert roles(team)["Owner"] == "owner"
    assert roles(other) == {"Outsider": "owner"}


def test_only_owners_hand_over(cast, team, url):
    for role in ("editor", "commenter", "viewer"):
        others = cast.viewer if role != "viewer" else cast.editor
        assert cast.browser(role).post(url, wish(team, others)).status_code == 403
        page = cast.browser(role).get(reverse("team_detail", args=(team.pk,)))
        assert "Hand the team over" not in page.content.decode()
    assert cast.browser("outsider").post(url, wish(team, cast.viewer)).status_code == 404
    assert Client().post(url, wish(team, cast.viewer)).status_code == 302
    assert cast.browser("owner").get(url).status_code == 405
    assert [row.user for row in team.owners()] == [cast.owner]


def test_the_password_cannot_be_guessed_here(cast, team, url):
    owner = cast.browser("owner")
    wrong = wish(team, cast.editor, "a guess")
    codes = [owner.post(url, wrong).status_code for _ in range(12)]
    assert (codes[0], codes[-1]) == (422, 429)
    assert owner.post(url, wish(team, cast.editor)).status_code == 429
    assert roles(team)["Owner"] == "owner"


def test_somebody_alone_has_nobody_to_hand_over_to(signed_in, outsider):
    team = outsider.teams.get()
    browser = signed_in(outsider)
    page = browser.get(reverse("team_detail", args=(team.pk,))).content.decode()
    assert "Hand the team over" not in page
    url = reverse("team_hand_over", args=(team.pk,))
    assert browser.post(url, {"membership": "", "password": PASSWORD}).status_code == 422


@pytest.mark.parametrize("meanwhile", ["the other left", "the giver owns it no more"])
def test_what_changed_meanwhile_leaves_the_team_as_it_is(cast, team, meanwhile):
    to = of(team, cast.editor)
    if meanwhile == "the other left":
        Membership.objects.filter(pk=to.pk).delete()
    else:
        Membership.objects.filter(user=cast.owner, team=team).update(role=Role.VIEWER)
        Membership.objects.filter(user=cast.commenter, team=team).update(role=Role.OWNER)
    before = roles(team)
    with pytest.raises(NotHandedOver):
        hand_over(team, cast.owner, to)
    assert roles(team) == before


def test_other_owners_stay_owners(cast, team, url):
    Membership.objects.filter(user=cast.commenter, team=team).update(role=Role.OWNER)
    cast.browser("owner").post(url, wish(team, cast.commenter))
    assert roles(team)["Commenter"] == "owner"
    assert roles(team)["Owner"] == "editor"
    assert roles(team)["Editor"] == "editor"


def test_a_personal_team_becomes_an_ordinary_one(cast):
    team = cast.owner.teams.get(personal=True)
    other = Membership.objects.create(team=team, user=cast.viewer, role=Role.EDITOR)
    url = reverse("team_hand_over", args=(team.pk,))
    cast.browser("owner").post(url, {"membership": other.pk, "password": PASSWORD})
    team.refresh_from_db()
    assert team.personal is False
    assert cast.viewer.teams.filter(personal=True).count() == 1


def test_nobody_who_is_switched_off_becomes_the_owner(cast, team, url):
    User.objects.filter(pk=cast.viewer.pk).update(is_active=False)
    page = cast.browser("owner").get(reverse("team_detail", args=(team.pk,))).content.decode()
    assert "Editor, editor</option>" in page
    assert "Viewer, viewer</option>" not in page
    answer = cast.browser("owner").post(url, wish(team, cast.viewer))
    assert answer.status_code == 422
    assert roles(team)["Viewer"] == "viewer"
