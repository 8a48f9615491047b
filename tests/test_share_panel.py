"""Who shares a story, in one look; what owners change there, and what others read."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from storyboard.people.models import Act, Guest, Membership, User
from storyboard.people.roles import Role

HTMX = {"HX-Request": "true"}


@pytest.fixture
def url(story) -> str:
    return reverse("project_share", args=(story.project.pk,))


def table(page: str) -> dict[str, str]:
    """Return what stands in the four columns of each person: YYNN."""
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    return {
        re.search(r'<b dir="auto">([^<]+)', row)[1].strip(): "".join(
            re.findall(r"</svg>(Y|N)", row)
        )
        for row in body.split("<tr>")[1:]
    }


def of(guest: User) -> Guest:
    return Guest.objects.get(user=guest)


def act(name: str, guest: Guest) -> str:
    return reverse(name, args=(guest.pk,))


def test_everybody_stands_in_it_with_what_they_can_do(cast, guest, team, url):
    Membership.objects.create(
        team=team,
        user=User.objects.create_user("saver@example.org", name="Saver"),
        role=Role.EDITOR,
        may_spend=False,
    )
    guest("editor", may_spend=True)
    guest("viewer", may_spend=True)
    page = cast.browser("owner").get(url).content.decode()
    assert table(page) == {
        "Owner": "YYYY",
        "Editor": "YYYY",
        "Saver": "YYYN",
        "Commenter": "YYNN",
        "Viewer": "YNNN",
        "Guest editor": "YYYY",
        "Guest viewer": "YNNN",
    }
    assert re.findall(r'<td class="number">(\d)</td>', page) == ["7", "5", "4", "3"]
    # The widest first, the team before its guests.
    assert list(table(page))[0::6] == ["Owner", "Guest viewer"]


def test_who_is_both_stands_once_with_the_wider_of_each(cast, story, url):
    Guest.objects.create(project=story.project, user=cast.viewer, role=Role.EDITOR)
    page = cast.browser("owner").get(url).content.decode()
    assert table(page)["Viewer"] == "YYYN"
    assert "Viewer of the team and guest, editor" in page
    assert len(table(page)) == 4


@pytest.mark.parametrize("role", ["editor", "commenter", "viewer"])
def test_members_read_it_without_addresses_and_change_nothing(cast, guest, url, role):
    there = guest("viewer")
    page = cast.browser(role).get(url).content.decode()
    assert table(page)["Guest viewer"] == "YNNN"
    own = getattr(cast, role).email
    main = page.partition("<main")[2]
    assert "@example.org" not in main, own
    assert "<form" not in main
    assert act("guest_remove", of(there)) not in page
    assert "Invite a guest" not in page


def test_owners_read_the_addresses_and_find_what_to_change(cast, guest, url, team):
    there = of(guest("viewer"))
    page = cast.browser("owner").get(url).content.decode()
    assert there.user.email in page
    assert cast.viewer.email in page
    for name in ("guest_update", "guest_remove"):
        assert act(name, there) in page
    assert "Invite a guest by link" in page
    assert reverse("team_detail", args=(team.pk,)) in page


def test_guests_and_strangers_do_not_see_it(cast, guest, signed_in, url):
    assert signed_in(guest()).get(url).status_code == 403
    assert cast.browser("outsider").get(url).status_code == 404
    assert Client().get(url).status_code == 302
    assert cast.browser("owner").post(url).status_code == 405


def test_the_editor_leads_members_to_it_and_no_guest(cast, guest, signed_in, story, url):
    editor = reverse("project_detail", args=(story.project.pk,))
    for role in ("owner", "editor", "commenter", "viewer"):
        assert f'href="{url}"' in cast.browser(role).get(editor).content.decode()
    assert url not in signed_in(guest()).get(editor).content.decode()


def test_it_asks_as_much_for_many_guests_as_for_one(cast, guest, story, url):
    guest()
    browser = cast.browser("owner")
    browser.get(url)

    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(url).status_code == 200
        return len(asked)

    few = count()
    for number in range(6):
        user = User.objects.create_user(f"g{number}@example.org")
        Guest.objects.create(project=story.project, user=user, role=Role.VIEWER)
    assert count() == few


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_an_owner_changes_a_guests_role_and_spending(cast, guest, url, team, headers):
    there = of(guest("viewer"))
    answer = cast.browser("owner").post(
        act("guest_update", there), {"role": "editor", "may_spend": "on"}, headers=headers
    )
    assert answer.status_code == (200 if headers else 302)
    there.refresh_from_db()
    assert (there.role, there.may_spend) == ("editor", True)
    told = team.activities.get()
    assert (told.act, told.about) == (
        Act.ROLE,
        "Guest viewer, guest of “The Little Match Girl”: viewer → editor who may spend",
    )
    cast.browser("owner").post(act("guest_update", there), {"role": "editor"}, headers=headers)
    there.refresh_from_db()
    assert there.may_spend is False


def test_the_answer_to_htmx_is_the_panel_alone_as_it_is_now(cast, guest):
    there = of(guest("viewer"))
    answer = cast.browser("owner").post(
        act("guest_update", there), {"role": "commenter"}, headers=HTMX
    )
    page = answer.content.decode().strip()
    assert page.startswith('<div id="share"')
    assert "<html" not in page
    assert "Invite a guest" not in page
    assert table(page)["Guest viewer"] == "YYNN"


@pytest.mark.parametrize("headers", [HTMX, {}])
@pytest.mark.parametrize("role", ["", "owner", "emperor"])
def test_a_role_that_no_guest_has_is_refused(cast, guest, role, headers):
    there = of(guest("viewer"))
    answer = cast.browser("owner").post(
        act("guest_update", there), {"role": role, "may_spend": "on"}, headers=headers
    )
    assert answer.status_code == 422
    assert "Choose one of the roles." in answer.content.decode()
    there.refresh_from_db()
    assert (there.role, there.may_spend) == ("viewer", False)


def test_an_owner_removes_a_guest_whose_next_request_finds_nothing(
    cast, guest, signed_in, story, url, team
):
    person = guest()
    browser = signed_in(person)
    editor = reverse("project_detail", args=(story.project.pk,))
    assert browser.get(editor).status_code == 200
    answer = cast.browser("owner").post(act("guest_remove", of(person)), follow=True)
    assert "Guest editor is no longer a guest of this story." in answer.content.decode()
    assert answer.redirect_chain[-1][0] == url
    assert browser.get(editor).status_code == 404
    told = team.activities.get()
    assert (told.act, told.about) == (
        Act.GUEST_REMOVED,
        "Guest editor, editor of “The Little Match Girl”",
    )


@pytest.mark.parametrize("name", ["guest_update", "guest_remove"])
def test_only_owners_change_guests(cast, guest, signed_in, name):
    there = of(guest("editor", may_spend=True))
    url, wish = act(name, there), {"role": "editor", "may_spend": "on"}
    for role in ("editor", "commenter", "viewer"):
        assert cast.browser(role).post(url, wish).status_code == 403
    # Not even for themself: nobody turns the switch of spending on but an owner.
    assert signed_in(there.user).post(url, wish).status_code == 403
    assert cast.browser("outsider").post(url, wish).status_code == 404
    assert cast.browser("owner").get(url).status_code == 405
    there.refresh_from_db()
    assert (there.role, there.may_spend) == ("editor", True)


def test_a_guest_of_a_story_in_the_bin_is_changed_by_nobody(cast, guest, story, now):
    there = of(guest())
    story.project.delete_at(now)
    assert cast.browser("owner").post(act("guest_remove", there)).status_code == 404


def test_the_teams_page_tells_owners_alone_of_guests(cast, guest, team, url):
    guest("viewer")
    page = reverse("team_detail", args=(team.pk,))
    owners = cast.browser("owner").get(page).content.decode()
    assert "Guests of single stories" in owners
    assert f'href="{url}"' in owners
    assert "Guests of single stories" not in cast.browser("editor").get(page).content.decode()
