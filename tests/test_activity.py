"""What was done in a team: who, what, when and from where; owners read it, nobody changes it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db.models.signals import pre_save
from django.test import Client
from django.urls import reverse

from storyboard.exports.models import Film
from storyboard.people.models import Act, Activity, Invitation
from storyboard.people.roles import Role
from storyboard.renders.models import Render
from storyboard.renders.states import State
from storyboard.stories.models import Project
from tests.shelf import add_render, add_take


@pytest.fixture(autouse=True)
def fresh_rate_limits(db):
    cache.clear()


def page(browser, team, query="") -> str:
    answer = browser.get(f"/teams/{team.pk}/activity/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def lines(team) -> list[tuple[str, str, str]]:
    """Return who, what and with what of each, the first first."""
    return [(one.person_name, one.act, one.about) for one in team.activities.order_by("pk")]


def test_a_new_team_says_what_will_stand_there(cast, team):
    assert "Nothing was done here" in page(cast.browser("owner"), team)


def test_a_changed_role_is_told_with_before_and_after(cast, team):
    member = team.memberships.get(user=cast.viewer)
    url = reverse("membership_update", args=(member.pk,))
    cast.browser("owner").post(url, {"role": "editor", "may_spend": "on"})
    shown = page(cast.browser("owner"), team)
    assert '<b dir="auto">Owner</b> changed what somebody may do' in shown
    assert "Viewer: viewer → editor who may spend" in shown
    assert "from 127.0.0.1" in shown


def test_people_who_come_and_go_are_told(cast, team):
    owner = cast.browser("owner")
    owner.post(reverse("invitation_create", args=(team.pk,)), {"role": "editor", "days": "7"})
    invitation = Invitation.objects.get()
    token = Invitation.objects.issue(
        team, by=cast.owner, role=Role.VIEWER, expires_at=invitation.expires_at
    )[1]
    cast.browser("outsider").post(f"/join/{token}/accept/")
    owner.post(reverse("invitation_revoke", args=(invitation.pk,)))
    there = {one.user.name: one.pk for one in team.memberships.select_related("user")}
    owner.post(reverse("membership_remove", args=(there["Viewer"],)))
    cast.browser("outsider").post(reverse("membership_remove", args=(there["Outsider"],)))
    link = f"editor, until {invitation.expires_at:%d %b %Y}"
    assert lines(team) == [
        ("Owner", Act.INVITED, link),
        ("Outsider", Act.JOINED, "viewer"),
        ("Owner", Act.REVOKED, link),
        ("Owner", Act.REMOVED, "Viewer, viewer"),
        ("Outsider", Act.LEFT, "Outsider, viewer"),
    ]
    assert token not in page(owner, team)


def test_joining_while_signing_up_or_in_is_told(cast, team, owner, now):
    token = Invitation.objects.issue(
        team, by=owner, role=Role.VIEWER, expires_at=now.replace(year=now.year + 1)
    )[1]
    new = Client()
    new.post(f"/join/{token}/accept/", {"door": "sign-up"})
    ada = {"name": "Ada", "email": "ada@example.org", "password1": "a kite over the harbour"}
    new.post(reverse("account_signup"), ada)
    other = Client()
    other.post(f"/join/{token}/accept/")
    other.post(
        reverse("account_login"), {"login": cast.outsider.email, "password": "a long password"}
    )
    assert lines(team) == [("Ada", Act.JOINED, "viewer"), ("Outsider", Act.JOINED, "viewer")]


def test_a_team_says_who_started_and_renamed_it_and_set_its_limit(cast):
    browser = cast.browser("outsider")
    browser.post(reverse("team_create"), {"name": "Snow"})
    team = cast.outsider.teams.get(name="Snow")
    browser.post(reverse("team_rename", args=(team.pk,)), {"name": "Ice"})
    browser.post(reverse("team_limit", args=(team.pk,)), {"monthly_limit": "12.5"})
    assert lines(team) == [
        ("Outsider", Act.STARTED, "Snow"),
        ("Outsider", Act.RENAMED, "Snow → Ice"),
        ("Outsider", Act.LIMITED, "none → $12.50"),
    ]


def test_stories_that_begin_and_go_are_told(cast, story, team):
    editor, pk = cast.browser("editor"), story.project.pk
    editor.post(reverse("project_create"), {"team": team.pk, "title": "Kites"})
    editor.post(reverse("project_duplicate", args=(pk,)))
    editor.post(reverse("project_delete", args=(pk,)))
    editor.post(reverse("project_restore", args=(pk,)))
    editor.post(reverse("project_delete", args=(pk,)))
    typed = {"title": "The Little Match Girl"}
    cast.browser("owner").post(reverse("bin_project_delete", args=(pk,)), typed)
    assert [(act, about) for _, act, about in lines(team)] == [
        (Act.BEGUN, "Kites"),
        (Act.BEGUN, "The Little Match Girl (copy)"),
        (Act.BINNED, "The Little Match Girl"),
        (Act.RESTORED, "The Little Match Girl"),
        (Act.BINNED, "The Little Match Girl"),
        (Act.DELETED, "The Little Match Girl"),
    ]


def test_renders_are_told_once_with_their_cost(cast, story, team):
    editor = cast.browser("editor")
    url = reverse("render_story", args=(story.project.pk,))
    for _ in range(2):
        editor.post(url, {"nonce": "one-press"})
    [(who, act, about)] = lines(team)
    assert (who, act) == ("Editor", Act.RENDERED)
    assert about.startswith("The Little Match Girl: 1, estimated at $")


def test_what_is_sent_again_at_ones_own_risk_is_told(cast, story, team):
    render = add_render(story.project, State.UNSURE, task_id=None)
    other = add_render(story.project, State.UNSURE, task_id=None)
    editor = cast.browser("editor")
    for _ in range(2):
        editor.post(reverse("attention_send_again", args=(render.pk,)))
    editor.post(reverse("render_let_go", args=(other.pk,)))
    assert lines(team) == [
        ("Editor", Act.SENT_AGAIN, f"The Little Match Girl, render {render.pk}"),
        ("Editor", Act.LET_GO, f"The Little Match Girl, render {other.pk}"),
    ]


def test_a_film_to_take_along_is_told(cast, story, team):
    add_take(story.project, stored=True)
    url = reverse("film_create", args=(story.project.pk,))
    answer = cast.browser("editor").post(url, {"kind": "mp4"})
    assert answer.status_code == 302, answer.content.decode()
    assert lines(team) == [("Editor", Act.EXPORTED, "The Little Match Girl, mp4")]


def test_a_refused_try_is_told_once_a_minute(cast, story, team):
    url = reverse("project_delete", args=(story.project.pk,))
    viewer = cast.browser("viewer")
    for _ in range(3):
        assert viewer.post(url).status_code == 403
    [(who, act, about)] = lines(team)
    assert (who, act) == ("Viewer", Act.REFUSED)
    assert "Your role does not let you copy, move or delete the story" in about


def test_looking_and_strangers_write_nothing(cast, story, team):
    cast.browser("viewer").get(f"/teams/{team.pk}/activity/")
    cast.browser("outsider").post(reverse("project_delete", args=(story.project.pk,)))
    assert lines(team) == []


def test_what_was_refused_or_went_wrong_is_not_told_as_done(cast, team):
    own = team.memberships.get(user=cast.owner)
    url = reverse("membership_update", args=(own.pk,))
    assert cast.browser("owner").post(url, {"role": "viewer"}).status_code == 409
    assert lines(team) == []


def test_a_deleted_account_leaves_its_name_with_what_it_did(cast, story, team):
    editor = cast.browser("editor")
    editor.post(reverse("project_delete", args=(story.project.pk,)))
    assert (
        editor.post(reverse("account_delete"), {"password": "a long password"}).status_code == 302
    )
    assert lines(team) == [
        ("Editor", Act.BINNED, "The Little Match Girl"),
        ("Editor", Act.LEFT, "deleted their account"),
    ]
    assert not team.activities.exclude(person=None).exists()


def test_nobody_changes_or_deletes_what_was_done(cast, story, team):
    cast.browser("editor").post(reverse("project_delete", args=(story.project.pk,)))
    row = team.activities.get()
    row.about = "nothing"
    for change in (
        row.save,
        row.delete,
        lambda: team.activities.update(about="nothing"),
        Activity.objects.all().delete,
    ):
        with pytest.raises(TypeError):
            change()
    assert lines(team) == [("Editor", Act.BINNED, "The Little Match Girl")]


def test_owners_alone_read_it(cast, team):
    url = f"/teams/{team.pk}/activity/"
    for role in ("editor", "commenter", "viewer"):
        assert cast.browser(role).get(url).status_code == 403
    assert cast.browser("outsider").get(url).status_code == 404
    assert cast.browser("owner").post(url).status_code == 405


def test_what_people_call_things_is_shown_as_words(cast, team):
    browser = cast.browser("owner")
    browser.post(reverse("team_rename", args=(team.pk,)), {"name": "<script>x</script>"})
    shown = page(browser, team)
    assert "&lt;script&gt;x&lt;/script&gt;" in shown
    assert "<script>x" not in shown


def test_older_ones_are_a_page_further(cast, team):
    for number in range(61):
        Activity.objects.create(
            team=team,
            person=cast.owner,
            person_name="Owner",
            act=Act.BEGUN,
            about=f"Story {number}",
        )
    browser = cast.browser("owner")
    first = page(browser, team)
    assert "Story 60<" in first
    assert "Story 0<" not in first
    last = team.activities.order_by("pk")[1]
    assert f"?before={last.pk}" in first
    older = page(browser, team, f"?before={last.pk}")
    assert "Story 0<" in older
    assert "Newest" in older


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "%00"])
def test_nonsense_for_a_page_shows_the_newest(cast, team, before):
    cast.browser("owner").post(reverse("team_rename", args=(team.pk,)), {"name": "Ice"})
    assert "Winter Tales → Ice" in page(cast.browser("owner"), team, f"?before={before}")


def test_renders_given_up_and_requests_taken_back_are_told(cast, story, team):
    editor = cast.browser("editor")
    asked = add_render(story.project, State.ASKED, task_id=None, next_step_at=None)
    queued = add_render(story.project, State.QUEUED, task_id=None)
    sent, other = add_render(story.project, State.WAITING), add_render(story.project, State.WAITING)
    for name, render in (
        ("render_withdraw", asked),
        ("render_cancel", queued),
        ("render_stop_waiting", sent),
        ("attention_stop_waiting", other),
    ):
        for _ in range(2):
            editor.post(reverse(name, args=(render.pk,)))
    assert [(act, about.rpartition(" ")[2]) for _, act, about in lines(team)] == [
        (Act.WITHDRAWN, str(asked.pk)),
        (Act.CANCELLED, str(queued.pk)),
        (Act.STOPPED, str(sent.pk)),
        (Act.STOPPED, str(other.pk)),
    ]


def test_a_forgotten_key_is_told(cast, team):
    owner = cast.browser("owner")
    words = {"key": "canary-key-7f3e", "address": "https://api.novita.ai"}
    owner.post(reverse("team_key_enter", args=(team.pk,)), words)
    for _ in range(2):
        owner.post(reverse("team_key_forget", args=(team.pk,)))
    assert [act for _, act, _ in lines(team)] == [Act.KEYED, Act.UNKEYED]
    assert "7f3e" in lines(team)[1][2]


def test_what_was_done_already_is_told_once(cast, story, team, owner, now):
    end = now + timedelta(days=7)
    invitation, _ = Invitation.objects.issue(team, by=owner, role="viewer", expires_at=end)
    browser, pk = cast.browser("owner"), story.project.pk
    assert browser.post(reverse("project_restore", args=(pk,))).status_code == 302
    for _ in range(2):
        browser.post(reverse("invitation_revoke", args=(invitation.pk,)))
    browser.post(reverse("project_delete", args=(pk,)))
    for _ in range(2):
        assert browser.post(reverse("project_restore", args=(pk,))).status_code == 302
    assert [act for _, act, _ in lines(team)] == [Act.REVOKED, Act.BINNED, Act.RESTORED]


@pytest.fixture
def full_book():
    """Nothing can be written down: as where the process dies between an act and its line."""

    def fails(**_: object) -> None:
        raise RuntimeError("the line could not be written")

    pre_save.connect(fails, sender=Activity)
    yield
    pre_save.disconnect(fails, sender=Activity)


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("render_story", ""),
        ("render_ask_story", ""),
        ("film_create", ""),
        ("bin_project_delete", ""),
        ("render_send_again", State.UNSURE),
        ("attention_send_again", State.FAILED),
        ("render_let_go", State.UNSURE),
        ("attention_let_go", State.UNSURE),
        ("render_cancel", State.QUEUED),
        ("render_withdraw", State.ASKED),
        ("attention_stop_waiting", State.WAITING),
    ],
)
@pytest.mark.usefixtures("full_book")
def test_nothing_is_done_that_cannot_be_written_down(cast, story, now, name, state):
    row = story.project
    if state:
        row = add_render(story.project, state, task_id="one" if state == State.WAITING else None)
    if name == "film_create":
        add_take(story.project)
    if name == "bin_project_delete":
        Project.objects.filter(pk=row.pk).update(deleted_at=now)
    before = [list(model.objects.values()) for model in (Project, Render, Film)]
    browser = cast.browser("owner")
    browser.raise_request_exception = False
    words = {"nonce": "one-press", "kind": "mp4", "title": row.title if not state else ""}
    assert browser.post(reverse(name, args=(row.pk,)), words).status_code == 500
    assert [list(model.objects.values()) for model in (Project, Render, Film)] == before
