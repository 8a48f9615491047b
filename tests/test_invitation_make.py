"""Links that owners make and take back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from storyboard.people.models import Invitation, Membership, User, token_hash

HTMX = {"HX-Request": "true"}


@pytest.fixture
def url(team):
    return reverse("invitation_create", args=(team.pk,))


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_the_link_is_shown_once_and_kept_as_a_hash(cast, team, url, headers):
    browser = cast.browser("owner")
    answer = browser.post(url, {"role": "editor", "days": "14"}, headers=headers)
    page = answer.content.decode()
    assert answer.status_code == 201
    assert "no-store" in answer["Cache-Control"]
    token = re.search(r"http://testserver/join/([\w-]+)/", page).group(1)
    assert len(token) >= 32
    row = Invitation.objects.get()
    assert row.token_hash == token_hash(token)
    assert (row.team, row.role, row.created_by) == (team, "editor", cast.owner)
    assert abs(row.expires_at - timezone.now() - timedelta(days=14)) < timedelta(minutes=1)
    again = browser.get(reverse("team_detail", args=(team.pk,))).content.decode()
    assert token not in again
    assert "0 joined" in again
    assert page.strip().startswith('<section id="invitations"') is bool(headers)


def test_the_link_names_the_address_that_people_type(cast, url, settings):
    settings.PUBLIC_URL = "https://stories.example.org"
    page = cast.browser("owner").post(url, {"role": "viewer", "days": "1"}).content.decode()
    assert 'value="https://stories.example.org/join/' in page


def test_the_form_begins_with_editor_and_two_weeks(cast, team):
    page = cast.browser("owner").get(reverse("team_detail", args=(team.pk,))).content.decode()
    assert '<option value="editor" selected>' in page
    assert 'name="days" value="14"' in page


@pytest.mark.parametrize("headers", [HTMX, {}])
@pytest.mark.parametrize(
    ("role", "days"),
    [("emperor", "14"), ("editor", "0"), ("editor", "91"), ("editor", "soon"), ("", "")],
)
def test_a_bad_wish_is_refused_and_kept(cast, url, role, days, headers):
    answer = cast.browser("owner").post(url, {"role": role, "days": days}, headers=headers)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "field__error" in page
    assert not days or f'value="{days}"' in page
    assert not Invitation.objects.exists()


def test_only_owners_make_links(cast, url):
    wish = {"role": "owner", "days": "14"}
    for role in ("editor", "commenter", "viewer"):
        assert cast.browser(role).post(url, wish).status_code == 403
    assert cast.browser("outsider").post(url, wish).status_code == 404
    assert Client().post(url, wish).status_code == 302
    assert cast.browser("owner").get(url).status_code == 405
    assert not Invitation.objects.exists()


@pytest.fixture
def invitation(team, owner):
    end = timezone.now() + timedelta(days=14)
    return Invitation.objects.issue(team, by=owner, role="editor", expires_at=end)[0]


def test_only_owners_take_links_back(cast, invitation):
    url = reverse("invitation_revoke", args=(invitation.pk,))
    for role in ("editor", "commenter", "viewer"):
        assert cast.browser(role).post(url).status_code == 403
    assert cast.browser("outsider").post(url).status_code == 404
    assert Client().post(url).status_code == 302
    assert cast.browser("owner").get(url).status_code == 405
    assert Invitation.objects.open_at(timezone.now()).exists()


def test_a_link_taken_back_is_off_the_list_and_stays_so(cast, team, invitation):
    browser = cast.browser("owner")
    url = reverse("invitation_revoke", args=(invitation.pk,))
    page = browser.post(url, follow=True).content.decode()
    assert "No link is open now" in page
    first = Invitation.objects.get().revoked_at
    browser.post(url)
    assert Invitation.objects.get().revoked_at == first


def test_a_link_lets_in_as_many_as_it_says(cast, url, team, signed_in):
    owner = cast.browser("owner")
    page = owner.post(url, {"role": "viewer", "days": "1", "places": "2"}).content.decode()
    assert "It lets 2 people who have it join" in page
    accept = re.search(r"http://testserver(/join/[\w-]+/)", page).group(1) + "accept/"
    for number in range(3):
        guest = User.objects.create_user(f"guest{number}@example.org", "a long password")
        answer = signed_in(guest).post(accept)
        assert answer.status_code == (302 if number < 2 else 410)
    assert Membership.objects.filter(team=team, user__email__startswith="guest").count() == 2
    # Used up, it is off the list; a member who opens it is told that they are in.
    assert (
        "No link is open now."
        in owner.get(reverse("team_detail", args=(team.pk,))).content.decode()
    )
    assert Invitation.objects.get().accepted == 2


@pytest.mark.parametrize("places", ["0", "-1", "501", "few"])
def test_a_number_of_places_that_is_none_is_refused(cast, url, places):
    answer = cast.browser("owner").post(url, {"role": "viewer", "days": "1", "places": places})
    assert answer.status_code == 422
    assert f'value="{places}"' in answer.content.decode()
    assert not Invitation.objects.exists()


def test_a_link_is_sent_by_mail_and_lets_one_person_in(cast, url, settings):
    settings.SENDS_MAIL = True
    wish = {"role": "editor", "days": "3", "email": "mia@example.org"}
    page = cast.browser("owner").post(url, wish).content.decode()
    assert "It was sent to mia@example.org, too." in page
    [letter] = mail.outbox
    assert letter.to == ["mia@example.org"]
    link = re.search(r"http://testserver/join/[\w-]+/", page).group(0)
    assert link in letter.body
    assert "for one person" in letter.body
    assert Invitation.objects.get().places == 1


def test_a_mail_that_cannot_be_sent_leaves_the_link_to_be_copied(cast, url, settings):
    settings.SENDS_MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1
    wish = {"role": "editor", "days": "3", "email": "mia@example.org"}
    page = cast.browser("owner").post(url, wish).content.decode()
    assert "The mail to mia@example.org could not be sent." in page
    assert "http://testserver/join/" in page


def test_without_a_mail_server_no_mail_is_offered(cast, team, url):
    page = cast.browser("owner").get(reverse("team_detail", args=(team.pk,))).content.decode()
    assert "Send it by mail" not in page
    cast.browser("owner").post(url, {"role": "editor", "days": "3", "email": "mia@example.org"})
    assert mail.outbox == []
