"""Guests of one story: what they are shown, what they are not, and how they go."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from storyboard.people.models import Guest, Membership, Team, User
from storyboard.people.roles import Role
from storyboard.renders.models import Gate, Render
from storyboard.renders.states import State
from storyboard.renders.terms import terms_of
from storyboard.stories.models import Project
from tests.ladder import assert_only_writers_may
from tests.shelf import add_render, add_take

HTMX = {"HX-Request": "true"}
NONCE = {"nonce": "one-press-of-the-button"}


@pytest.fixture
def editor_page(story) -> str:
    return reverse("project_detail", args=(story.project.pk,))


def words(browser, path, **data) -> str:
    answer = browser.get(path, data)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_shelf_shows_a_guest_the_story_in_a_group_of_its_own(
    guest, signed_in, story, team, editor_page
):
    Project.objects.create(team=team, title="Not for guests")
    browser = signed_in(guest("viewer"))
    page = words(browser, "/")
    assert "Shared with you" in page
    assert page.index("Shared with you") < page.index(editor_page)
    assert team.name in page
    assert "Not for guests" not in page
    assert reverse("team_detail", args=(team.pk,)) not in page


def test_the_shelf_of_a_member_has_no_such_group_even_for_one_who_was_a_guest(
    cast, story, editor_page
):
    Guest.objects.create(project=story.project, user=cast.viewer, role=Role.VIEWER)
    page = words(cast.browser("viewer"), "/")
    assert "Shared with you" not in page
    assert page.count(f'href="{editor_page}"') == 1


@pytest.mark.parametrize(("asked", "found"), [("match girl", True), ("zebra", False)])
def test_search_finds_what_is_shared(guest, signed_in, editor_page, asked, found):
    page = words(signed_in(guest()), "/", q=asked)
    assert (editor_page in page) is found
    assert ("Nothing in your stories" in page) is not found


def test_what_is_shared_comes_in_pages_too(guest, signed_in, editor_page, team):
    person = guest()
    for number in range(60):
        project = Project.objects.create(team=team, title=f"Chapter {number}")
        Guest.objects.create(project=project, user=person, role=Role.VIEWER)
    browser = signed_in(person)
    assert "61 stories" in words(browser, "/")
    assert editor_page not in words(browser, "/")
    assert editor_page in words(browser, "/", shared="2")


def test_a_deleted_story_is_on_no_guests_shelf(guest, signed_in, story, editor_page, now):
    story.project.delete_at(now)
    browser = signed_in(guest())
    assert editor_page not in words(browser, "/")
    assert story.project.title not in words(browser, reverse("bin"))
    assert browser.get(editor_page).status_code == 404


def test_a_guests_editor_offers_the_story_and_nothing_of_the_team(
    guest, signed_in, story, team, editor_page
):
    page = words(signed_in(guest("editor", may_spend=True)), editor_page)
    assert "<textarea" in page
    assert "Render story" in page
    assert "You are a guest here" in page
    assert reverse("team_detail", args=(team.pk,)) not in page
    for name in ("project_duplicate", "project_delete"):
        assert reverse(name, args=(story.project.pk,)) not in page


def test_a_guest_who_begins_a_story_is_not_sent_to_the_teams_sample(guest, signed_in, team):
    empty = Project.objects.create(team=team, title="Empty")
    person = User.objects.create_user("begins@example.org", "a long password")
    Guest.objects.create(project=empty, user=person, role=Role.EDITOR)
    page = words(signed_in(person), reverse("project_detail", args=(empty.pk,)))
    assert "Write a line" in page
    assert reverse("sample_create") not in page


def test_a_guest_who_only_watches_reads_so_and_may_leave(guest, signed_in, story, editor_page):
    page = words(signed_in(guest("viewer")), editor_page)
    assert "You can read this story, not change it" in page
    assert "<textarea" not in page
    assert reverse("project_leave", args=(story.project.pk,)) in page
    assert reverse("project_bin", args=(story.project.pk,)) not in page


def test_members_are_not_offered_to_leave_a_story(cast, story, editor_page):
    assert reverse("project_leave", args=(story.project.pk,)) not in words(
        cast.browser("editor"), editor_page
    )


def test_a_guest_editor_writes_and_renders_only_with_the_switch(guest, signed_in, story):
    person = guest()
    browser = signed_in(person)
    frames = reverse("scene_frames", args=(story.scenes[0].pk,))
    assert browser.post(frames, {"frames": "24"}, headers=HTMX).status_code == 200
    render = reverse("render_story", args=(story.project.pk,))
    assert browser.post(render, NONCE).status_code == 403
    assert not Render.objects.exists()
    Guest.objects.update(may_spend=True)
    assert browser.post(render, NONCE).status_code == 302
    assert Render.objects.get().asked_by == person


def test_what_a_guest_is_refused_the_owners_can_read(guest, signed_in, story, team):
    signed_in(guest("viewer")).post(
        reverse("project_rename", args=(story.project.pk,)), {"title": "Mine"}
    )
    assert team.activities.get().about == (
        f"project {story.project.pk}: Your role does not let you change it."
    )


def test_a_guest_over_the_limit_is_not_told_what_the_team_spent(
    guest, signed_in, story, team, settings
):
    settings.PRICE_MINIMUM = 1
    Team.objects.filter(pk=team.pk).update(monthly_limit=Decimal("31.41"))
    add_render(story.project, estimate=Decimal("31.40"))
    browser = signed_in(guest(may_spend=True))
    url = reverse("render_story", args=(story.project.pk,))
    terms = {"terms": terms_of(team.account)}
    page = browser.post(url, NONCE | terms, headers=HTMX).content.decode()
    assert "over the monthly limit. An owner can raise the limit." in page
    assert "31.4" not in page
    failed = add_render(story.project, State.UNSURE, task_id=None, estimate=Decimal(1))
    url = reverse("render_send_again", args=(failed.pk,))
    page = browser.post(url, terms, headers=HTMX).content.decode()
    assert "over the monthly limit. An owner can raise the limit." in page
    assert "31.4" not in page


@pytest.mark.parametrize("may_spend", [True, False])
def test_a_render_that_waits_for_a_choice_asks_the_guest_who_may_make_it(
    guest, signed_in, story, team, may_spend
):
    browser = signed_in(guest(may_spend=may_spend))
    add_render(story.project, State.UNSURE, task_id=None)
    other = Project.objects.create(team=team, title="Not for guests")
    add_render(other, State.UNSURE, task_id=None)
    page = words(browser, reverse("attention"))
    assert (story.project.title in page) is may_spend
    assert "Not for guests" not in page


def test_a_service_that_refuses_is_told_to_the_guest_whose_story_waits(guest, signed_in, story):
    browser = signed_in(guest())
    render = add_render(story.project, State.READY)
    Gate.objects.create(account=render.account, refused="INVALID_API_KEY")
    assert "The service refused the" not in words(browser, "/")
    add_render(story.project, State.QUEUED, task_id=None)
    assert "The service refused the" in words(browser, "/")


def test_the_editor_page_asks_as_much_for_a_guest_as_for_a_member(cast, guest, signed_in, story):
    add_take(story.project)
    counts = []
    for browser in (cast.browser("editor"), signed_in(guest(may_spend=True))):
        url = reverse("project_detail", args=(story.project.pk,))
        browser.get(url)
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(url).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 12


def test_removal_takes_effect_at_a_guests_next_request(guest, signed_in, story, editor_page):
    browser = signed_in(guest())
    write = reverse("scene_frames", args=(story.scenes[0].pk,))
    assert browser.get(editor_page).status_code == 200
    Guest.objects.all().delete()
    assert browser.get(editor_page).status_code == 404
    assert browser.post(write, {"frames": "8"}).status_code == 404


def test_a_guest_leaves_and_the_owners_read_of_it(guest, signed_in, story, team, editor_page):
    browser = signed_in(guest())
    answer = browser.post(reverse("project_leave", args=(story.project.pk,)), follow=True)
    assert "You left “The Little Match Girl”." in answer.content.decode()
    assert not Guest.objects.exists()
    assert browser.get(editor_page).status_code == 404
    assert team.activities.get().about == "The Little Match Girl, editor"


def test_a_member_leaves_the_team_and_not_a_story(cast, story):
    url = reverse("project_leave", args=(story.project.pk,))
    answer = cast.browser("viewer").post(url, follow=True)
    assert "leave that on its page" in answer.content.decode()
    assert cast.browser("outsider").post(url).status_code == 404
    assert Membership.objects.filter(user=cast.viewer, team=story.project.team).exists()


def test_who_is_taken_out_of_the_team_is_not_left_behind_as_a_guest(cast, story, team):
    Guest.objects.create(project=story.project, user=cast.viewer, role=Role.EDITOR)
    elsewhere = Project.objects.create(team=Team.objects.create(name="Else"), title="Else")
    stays = Guest.objects.create(project=elsewhere, user=cast.viewer, role=Role.VIEWER)
    membership = team.memberships.get(user=cast.viewer)
    cast.browser("owner").post(reverse("membership_remove", args=(membership.pk,)))
    assert list(Guest.objects.all()) == [stays]


def test_only_members_copy_delete_and_bring_back(cast, guest, signed_in, story, now):
    browser = signed_in(guest(may_spend=True))
    for name in ("project_duplicate", "project_delete", "project_restore"):
        url = reverse(name, args=(story.project.pk,))
        assert browser.post(url).status_code == 403, name
    assert list(Project.objects.kept().filter(team=story.project.team)) == [story.project]
    assert_only_writers_may(cast, reverse("project_duplicate", args=(story.project.pk,)))


def test_nobody_is_a_guest_twice_or_as_an_owner(story, outsider):
    Guest.objects.create(project=story.project, user=outsider, role=Role.VIEWER)
    for role in (Role.VIEWER, Role.OWNER):
        person = outsider if role == Role.VIEWER else User.objects.create_user("b@example.org")
        with pytest.raises(IntegrityError), transaction.atomic():
            Guest.objects.create(project=story.project, user=person, role=role)


def test_what_is_kept_of_a_guest_is_in_their_file(guest, signed_in, story, team):
    told = json.loads(signed_in(guest("viewer")).get(reverse("account_export")).content)
    shared = [(one["project__title"], one["project__team__name"]) for one in told["guest_of"]]
    assert shared == [(story.project.title, team.name)]
    assert told["guest_of"][0]["role"] == "viewer"


def test_a_guest_who_deletes_the_account_is_gone_from_the_story(guest, signed_in, story, team):
    browser = signed_in(guest())
    browser.post(reverse("account_delete"), {"password": "a long password"})
    assert not Guest.objects.exists()
    assert Project.objects.kept().filter(pk=story.project.pk).exists()
    assert team.activities.get().about == "The Little Match Girl, deleted their account"
