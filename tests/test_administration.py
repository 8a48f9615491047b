"""The rows for support at /admin/: behind a second step, without secrets and stories' words."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.admin.models import LogEntry
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from storyboard.keeping.admin import administration
from storyboard.people.models import (
    Act,
    Guest,
    Invitation,
    KeeperAct,
    KeeperActivity,
    Membership,
    User,
)
from storyboard.people.roles import Role
from storyboard.renders.models import Render
from storyboard.renders.states import OVER_LIMIT, State
from tests.shelf import add_render, add_take
from tests.test_second_step import code_for

PASSWORD = "a long password"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
INDEX = "/admin/"
PASSING = re.compile(rb"<code>[0-9a-f]{10}</code>|[A-Za-z0-9]{64}")


@pytest.fixture(autouse=True)
def fresh_rate_limits(db, settings):
    cache.clear()
    # A half minute may end between making a code and sending it.
    settings.MFA_TOTP_TOLERANCE = 1


@pytest.fixture
def keeper(cast) -> User:
    """The first account; it is in no team with others."""
    User.objects.filter(pk=cast.outsider.pk).update(founder=True)
    return User.objects.get(pk=cast.outsider.pk)


def sign_in(person: User, *, with_code: bool = True, **options) -> Client:
    browser = Client(**options)
    browser.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    if with_code:
        browser.post(reverse("mfa_authenticate"), {"code": code_for(SECRET)})
    return browser


@pytest.fixture
def rows(keeper) -> Client:
    """The keeper's browser, let in by a code."""
    TOTP.activate(keeper, SECRET)
    return sign_in(keeper)


def shown(browser: Client, path: str, **query: str) -> str:
    answer = browser.get(path, query)
    assert answer.status_code == 200, path
    return answer.content.decode()


def address(kind: str, pk: int | None = None) -> str:
    return (
        reverse(f"admin:{kind}_change", args=(pk,)) if pk else reverse(f"admin:{kind}_changelist")
    )


def told() -> list[tuple[str, str]]:
    return [(row.act, row.about) for row in KeeperActivity.objects.order_by("pk")]


@pytest.mark.parametrize("method", ["get", "post", "put", "options"])
@pytest.mark.parametrize(
    "path", ["/admin/", "/admin", "/admin/login/", "/admin/people/user/", "/admin/people/user"]
)
def test_to_strangers_it_is_a_missing_page(cast, keeper, method, path):
    """Signed in or not, with or without a token of ours."""
    for person in (None, cast.owner):
        browser = Client(enforce_csrf_checks=True)
        if person:
            browser.force_login(
                person, backend="allauth.account.auth_backends.AuthenticationBackend"
            )
        there, missing = getattr(browser, method)(path), getattr(browser, method)("/nowhere/")
        assert there.status_code == missing.status_code == 404
        assert PASSING.sub(b"", there.content) == PASSING.sub(b"", missing.content)
        kept = {"X-Request-ID", "Content-Length"}
        assert {k: v for k, v in there.headers.items() if k not in kept} == {
            k: v for k, v in missing.headers.items() if k not in kept
        }


def test_without_a_second_step_the_keeper_is_led_to_set_one_up(keeper):
    answer = sign_in(keeper, with_code=False).get(INDEX)
    assert answer.status_code == 403
    page = answer.content.decode()
    assert "Your account has none" in page
    assert f'href="{reverse("mfa_index")}"' in page


def test_a_browser_that_the_password_alone_let_in_enters_a_code_first(cast, keeper):
    browser = sign_in(keeper, with_code=False)
    # Set up in another browser meanwhile.
    TOTP.activate(keeper, SECRET)
    page = browser.get(address("people_user")).content.decode()
    link = f"{reverse('mfa_reauthenticate')}?next=%2Fadmin%2Fpeople%2Fuser%2F"
    assert f'href="{link}"' in page
    answer = browser.post(link, {"code": code_for(SECRET)})
    assert answer["Location"] == address("people_user")
    assert "editor@example.org" in shown(browser, address("people_user"))


def test_behind_the_second_step_every_kind_of_row_is_listed(rows):
    page = shown(rows, INDEX)
    for name in ("Users", "Teams", "Memberships", "Activities", "Projects", "Renders", "Takes"):
        assert f">{name}</a>" in page
    assert "/admin/logout/" not in page
    assert "password" not in page


def test_a_second_step_that_was_turned_off_opens_nothing_more(rows, keeper):
    Authenticator.objects.filter(user=keeper).delete()
    assert rows.get(INDEX).status_code == 403


def test_another_second_step_must_be_used_before_it_opens(rows, keeper):
    Authenticator.objects.filter(user=keeper).delete()
    TOTP.activate(keeper, SECRET)
    assert rows.get(INDEX).status_code == 403


def test_somebody_elses_second_step_does_not_open_it(cast, keeper):
    TOTP.activate(cast.owner, SECRET)
    assert sign_in(cast.owner).get(INDEX).status_code == 404


def test_no_secret_and_no_word_of_a_story_is_on_any_page(rows, cast, keeper, story, team, now):
    invitation, token = Invitation.objects.issue(
        team, by=cast.owner, role=Role.VIEWER, expires_at=now
    )
    take = add_take(story.project, stored=True)
    render = add_render(
        story.project,
        State.FAILED,
        request={"prompts": "canary of a request"},
        message="canary of a message",
        nonce="canary-of-a-nonce",
    )
    render.log(State.FAILED, now, "canary of a note")
    type(take).objects.filter(pk=take.pk).update(name="canary of a take")
    act = team.activities.create(person_name="Ada", act=Act.BEGUN, about="canary of a title")
    Membership.objects.filter(team=team).exclude(user=cast.owner).delete()
    secrets = [
        "canary",
        SECRET,
        token,
        invitation.token_hash,
        render.token,
        cast.owner.password,
        User.objects.get(pk=keeper.pk).password,
        story.project.title,
        *(scene.prompt for scene in story.scenes),
    ]
    shown_rows = {
        "people_user": cast.owner.pk,
        "people_team": team.pk,
        "people_membership": team.memberships.get().pk,
        "people_activity": act.pk,
        "stories_project": story.project.pk,
        "renders_render": render.pk,
        "renders_renderevent": render.events.get().pk,
        "renders_take": take.pk,
    }
    assert len(shown_rows) == len(administration._registry)
    pages = [INDEX, "/admin/people/", *map(address, shown_rows)]
    pages += [address(kind, pk) for kind, pk in shown_rows.items()]
    for path in pages:
        page = shown(rows, path)
        assert [one for one in secrets if one in page] == [], path
        assert 'type="password"' not in page


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        ("people_user", "password__startswith=md5"),
        ("people_user", "password=x"),
        ("people_membership", "team__invitations__token_hash__startswith=a"),
        ("renders_render", "token__startswith=a"),
        ("renders_render", "request__icontains=dusk"),
        ("stories_project", "title__startswith=The"),
        ("stories_project", "scenes__prompt__icontains=dusk"),
        ("people_activity", "about__icontains=dusk"),
    ],
)
def test_what_is_not_shown_is_not_guessed_by_filters(rows, story, kind, query):
    assert rows.get(f"{address(kind)}?{query}").status_code == 400


@pytest.mark.parametrize("words", ["Dusk", "Match Girl", "md5"])
def test_searching_finds_no_row_by_what_is_not_shown(rows, story, words):
    add_render(story.project)
    for kind in ("people_user", "stories_project", "renders_render"):
        assert "0 results" in shown(rows, address(kind), q=words)


def test_renders_and_takes_and_what_was_done_are_only_read(rows, story, team):
    take = add_take(story.project)
    row = team.activities.create(person_name="Ada", act=Act.JOINED, about="viewer")
    before = Render.objects.values().get()
    for kind, pk in (
        ("renders_render", take.render_id),
        ("renders_take", take.pk),
        ("stories_project", story.project.pk),
        ("people_activity", row.pk),
    ):
        page = shown(rows, address(kind, pk))
        assert "<select" not in page
        assert 'type="text"' not in page
        assert 'name="_save"' not in page
        assert rows.post(address(kind, pk), {"state": "ready"}).status_code == 405
        for act in ("add/", f"{pk}/delete/"):
            assert rows.get(f"{address(kind)}{act}").status_code == 404
            assert rows.post(f"{address(kind)}{act}", {"post": "yes"}).status_code == 404
        assert rows.post(address(kind), {"action": "delete_selected"}).status_code == 405
    assert Render.objects.values().get() == before


def test_what_happened_among_people_is_told_and_what_is_about_stories_is_not(rows, team):
    among = team.activities.create(person_name="Ada", act=Act.JOINED, about="as a viewer")
    assert "as a viewer" in shown(rows, address("people_activity", among.pk))


def test_whatever_is_done_about_guests_and_stories_names_no_story(rows, cast, story, team):
    """Every act that owners read of, as it is written down for them."""
    owner, project = cast.browser("owner"), story.project
    owner.post(reverse("guest_invite", args=(project.pk,)), {"role": "viewer", "days": "7"})
    owner.post(reverse("invitation_revoke", args=(Invitation.objects.get().pk,)))
    guest = Guest.objects.create(project=project, user=cast.outsider, role=Role.VIEWER)
    owner.post(reverse("guest_update", args=(guest.pk,)), {"role": "editor"})
    owner.post(reverse("guest_remove", args=(guest.pk,)))
    owner.post(reverse("project_duplicate", args=(project.pk,)))
    owner.post(reverse("project_delete", args=(project.pk,)))
    done = list(team.activities.all())
    assert {row.act for row in done} >= {Act.INVITED, Act.REVOKED, Act.ROLE, Act.GUEST_REMOVED}
    assert all(project.title in row.about for row in done)
    for row in done:
        assert project.title not in shown(rows, address("people_activity", row.pk)), row.act
    assert project.title not in shown(rows, address("people_activity"))


def test_a_name_is_put_right_and_written_down(rows, cast):
    path = address("people_user", cast.editor.pk)
    page = shown(rows, path)
    assert 'name="name"' in page
    assert rows.post(path, {"name": "Edith", "is_active": "", "email": "x"}).status_code == 302
    cast.editor.refresh_from_db()
    assert (cast.editor.name, cast.editor.is_active) == ("Edith", True)
    assert cast.editor.email == "editor@example.org"
    assert told() == [(KeeperAct.CORRECTED, f"Edith, account {cast.editor.pk}: name")]
    assert not LogEntry.objects.exists()


def test_a_name_is_one_line_that_reads_straight_there_too(rows, cast):
    assert (
        rows.post(address("people_user", cast.viewer.pk), {"name": "Grace\u202eH"}).status_code
        == 200
    )
    rows.post(address("people_user", cast.editor.pk), {"name": "Grace\r\nHopper"})
    cast.viewer.refresh_from_db()
    cast.editor.refresh_from_db()
    assert (cast.viewer.name, cast.editor.name) == ("Viewer", "Grace Hopper")


def test_a_limit_that_is_put_right_lets_what_it_held_be_asked_for_at_once(rows, story, team):
    later = timezone.now() + timedelta(minutes=5)
    held = add_render(
        story.project, State.QUEUED, task_id=None, reason=OVER_LIMIT, next_step_at=later
    )
    rows.post(address("people_team", team.pk), {"name": team.name, "monthly_limit": "12.50"})
    held.refresh_from_db()
    assert held.next_step_at < later


def test_what_is_put_right_in_a_team_is_told_to_its_owners(rows, team):
    path = address("people_team", team.pk)
    assert rows.post(path, {"name": "Ice", "monthly_limit": "12.50"}).status_code == 302
    assert [(row.person_name, row.act, row.about) for row in team.activities.order_by("pk")] == [
        ("Outsider", Act.RENAMED, "Winter Tales → Ice"),
        ("Outsider", Act.LIMITED, "none → 12.50"),
    ]
    assert [what for what, _ in told()] == [KeeperAct.CORRECTED] * 2
    # The same once more is no change.
    rows.post(path, {"name": "Ice", "monthly_limit": "12.50"})
    assert team.activities.count() == 2


def test_a_team_without_its_owner_gets_another(rows, cast, team):
    member = team.memberships.get(user=cast.editor)
    path = address("people_membership", member.pk)
    assert rows.post(path, {"role": "owner", "may_spend": "on"}).status_code == 302
    member.refresh_from_db()
    assert member.role == Role.OWNER
    about = "Editor: editor who may spend → owner who may spend"
    assert team.activities.get().about == about
    assert told()[0][0] == KeeperAct.CORRECTED


def test_the_last_owner_stays_owner_there_too(rows, cast, team):
    member = team.memberships.get(user=cast.owner)
    answer = rows.post(address("people_membership", member.pk), {"role": "viewer"})
    assert answer.status_code == 200
    assert "A team keeps one owner." in answer.content.decode()
    member.refresh_from_db()
    assert member.role == Role.OWNER
    assert told() == []


def test_the_keeper_gives_no_role_to_themself_and_joins_no_team(rows, keeper, team):
    own = Membership.objects.create(team=team, user=keeper, role=Role.VIEWER)
    path = address("people_membership", own.pk)
    assert "<select" not in shown(rows, path)
    assert rows.post(path, {"role": "owner", "may_spend": "on"}).status_code == 403
    assert rows.get(f"{address('people_membership')}add/").status_code == 404
    own.refresh_from_db()
    assert own.role == Role.VIEWER


def test_a_change_needs_a_token_of_this_site(rows, keeper, cast):
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = rows.cookies
    path = address("people_user", cast.editor.pk)
    assert browser.post(path, {"name": "Edith"}).status_code == 403
    cast.editor.refresh_from_db()
    assert cast.editor.name == "Editor"


def test_pages_are_kept_by_nobody_and_under_the_same_policy(rows):
    answer = rows.get(address("people_user"))
    assert "no-store" in answer["Cache-Control"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_in_a_team_whose_owner_was_switched_off_roles_are_given_there(rows, cast, team):
    User.objects.filter(pk=cast.owner.pk).update(is_active=False)
    for role in ("editor", "owner"):
        member = team.memberships.get(user=cast.viewer)
        answer = rows.post(address("people_membership", member.pk), {"role": role})
        assert answer.status_code == 302
        member.refresh_from_db()
        assert member.role == role


def test_an_owner_beside_one_who_was_switched_off_is_the_last_one_there(rows, cast, team):
    Membership.objects.filter(user=cast.editor).update(role=Role.OWNER)
    User.objects.filter(pk=cast.owner.pk).update(is_active=False)
    member = team.memberships.get(user=cast.editor)
    answer = rows.post(address("people_membership", member.pk), {"role": "viewer"})
    assert answer.status_code == 200
    assert "A team keeps one owner." in answer.content.decode()
