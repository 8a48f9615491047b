"""Moving a story to another team: who may, what is said before, and what it changes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from storyboard.people.access import Ability, find
from storyboard.people.models import Act, Guest, Invitation, Membership, Team, User
from storyboard.people.roles import Role
from storyboard.renders import money, moving, queue
from storyboard.renders.again import send_again
from storyboard.renders.bin import StillUnderWay
from storyboard.renders.models import Render
from storyboard.renders.states import NotPossible, State
from storyboard.renders.terms import terms_of
from storyboard.stories.models import Project
from tests.shelf import add_render, add_take

HTMX = {"HX-Request": "true"}


@pytest.fixture
def url(story) -> str:
    return reverse("project_move", args=(story.project.pk,))


@pytest.fixture
def other(cast) -> Team:
    """A team that the owner may write in, with one of the cast and one who is new."""
    team = Team.objects.create(name="Summer Tales")
    newcomer = User.objects.create_user("nell@example.org", "a long password", name="Nell")
    for user, role in (
        (cast.owner, Role.EDITOR),
        (cast.viewer, Role.EDITOR),
        (newcomer, Role.COMMENTER),
    ):
        Membership.objects.create(team=team, user=user, role=role)
    return team


def words(browser, url, **data) -> str:
    answer = browser.get(url, data)
    assert answer.status_code == 200
    return answer.content.decode()


def plain(page: str) -> str:
    """Return what stands on the page, without its elements."""
    return " ".join("".join(part.partition(">")[2] for part in page.split("<")).split())


def test_the_page_says_before_who_loses_and_gains_what(cast, guest, story, team, other, url):
    guest("editor")
    add_take(story.project)
    end = timezone.now() + timedelta(days=1)
    Invitation.objects.issue(
        team, by=cast.owner, role="viewer", expires_at=end, story=story.project.pk
    )
    add_render(story.project, State.ASKED, task_id=None)
    page = plain(words(cast.browser("owner"), url, team=other.pk))
    lost, gained, changed, guests, along, paid = (
        page.partition(start)[2].partition(end)[0]
        for start, end in (
            ("Lose it", "Gain it"),
            ("Gain it", "May do other things"),
            ("May do other things", "Guests"),
            ("Guests", "Goes along"),
            ("Goes along", "Money"),
            ("Money", "Move it to"),
        )
    )
    assert "Editor, editor who may spend" in lost
    assert "Commenter, commenter" in lost
    assert "Viewer" not in lost
    assert "Nell, commenter" in gained
    assert "Owner (you): owner who may spend → editor who may spend" in changed
    assert "Viewer: viewer → editor who may spend" in changed
    assert "Guest editor, editor as a guest, stays" in guests
    assert "1 open invitation to this story ends" in guests
    assert "and 1 take" in along
    assert "What was spent on it stays with Winter Tales" in paid
    assert "Further renders are paid by Summer Tales" in paid
    assert "1 render that waits for an owner's yes waits for the owners of Summer Tales" in paid


def test_looking_changes_nothing(cast, story, team, other, url):
    words(cast.browser("owner"), url, team=other.pk)
    story.project.refresh_from_db()
    assert story.project.team == team
    assert not team.activities.exists()


def test_with_one_other_team_its_changes_are_shown_at_once(cast, url):
    assert "What changes when" in words(cast.browser("owner"), url)


def test_with_several_one_is_chosen_first(cast, other, url):
    page = words(cast.browser("owner"), url)
    assert "What changes when" not in page
    assert "Summer Tales" in page


def test_who_may_write_nowhere_else_is_told_so(cast, url):
    Membership.objects.filter(user=cast.owner, team__personal=True).delete()
    page = words(cast.browser("owner"), url)
    assert "You may write in no other team." in page
    assert "Move it to" not in page


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_an_owner_moves_it_and_takes_and_history_go_along(
    cast, guest, signed_in, story, team, other, url, headers
):
    take = add_take(story.project, stored=True)
    story.project.rename("Winter")
    person = guest("editor")
    browser = cast.browser("owner")
    answer = browser.post(url, {"team": other.pk}, headers=headers)
    there = reverse("project_detail", args=(story.project.pk,))
    assert (answer["HX-Redirect"] if headers else answer["Location"]) == there
    assert "“Winter” is a story of Summer Tales now." in words(browser, there)
    project = Project.objects.get(pk=story.project.pk)
    assert project.team == other
    assert project.takes.get() == take
    assert project.revisions.exists()
    assert Guest.objects.get().project == project
    for name in ("editor", "commenter"):
        assert cast.browser(name).get(there).status_code == 404
    for name in ("owner", "viewer"):
        assert cast.browser(name).get(there).status_code == 200
    assert signed_in(person).get(there).status_code == 200
    assert b"".join(
        cast.browser("viewer").get(reverse("take_video", args=(take.pk,))).streaming_content
    )
    assert cast.browser("editor").get(reverse("take_video", args=(take.pk,))).status_code == 404


def test_the_answer_to_htmx_is_the_fragment_alone(cast, other, url):
    page = cast.browser("owner").get(url, {"team": other.pk}, headers=HTMX).content.decode()
    assert page.strip().startswith('<div id="move"')
    assert "<html" not in page
    assert "What changes when" in page


def test_the_owners_of_both_teams_read_of_it(cast, story, team, other, url):
    cast.browser("owner").post(url, {"team": other.pk})
    away, here = team.activities.get(), other.activities.get()
    assert (away.act, away.about) == (Act.MOVED_AWAY, "The Little Match Girl, to Summer Tales")
    assert (here.act, here.about) == (Act.MOVED_HERE, "The Little Match Girl, from Winter Tales")
    assert away.person == here.person == cast.owner


def test_its_open_invitations_end_and_nobody_comes_in_by_them(cast, story, team, other, url):
    end = timezone.now() + timedelta(days=1)
    token = Invitation.objects.issue(
        team, by=cast.owner, role="viewer", expires_at=end, story=story.project.pk
    )[1]
    cast.browser("owner").post(url, {"team": other.pk})
    assert cast.browser("outsider").post(f"/join/{token}/accept/").status_code == 410
    assert not Guest.objects.exists()


def test_what_was_spent_stays_with_who_paid_and_the_rest_is_paid_by_the_new_team(
    cast, story, team, other, url, settings
):
    settings.PRICE_MINIMUM = 1
    add_render(story.project, State.READY, estimate=Decimal(3))
    cast.browser("owner").post(url, {"team": other.pk})
    render = reverse("render_story", args=(story.project.pk,))
    press = {"nonce": "one-press-of-the-button", "terms": terms_of(other.account)}
    cast.browser("viewer").post(render, press)
    now = timezone.now()

    def spent(of: Team) -> Decimal:
        return money.spending(Render.objects.all(), of, now).spent

    assert spent(team) == Decimal(3)
    assert spent(other) > 0
    assert Render.objects.latest("pk").payer == other


def test_a_request_to_spend_waits_for_the_owners_of_the_new_team(cast, story, other, url):
    Membership.objects.filter(team=other, user=cast.viewer).update(role=Role.OWNER)
    add_render(story.project, State.ASKED, task_id=None, request={"steps": 20})
    cast.browser("owner").post(url, {"team": other.pk})
    page = words(cast.browser("viewer"), reverse("spend_request_list", args=(other.pk,)))
    assert story.project.title in page


@pytest.mark.parametrize("headers", [HTMX, {}])
@pytest.mark.parametrize("state", [State.QUEUED, State.SUBMITTING, State.RENDERING, State.SAVING])
def test_it_stays_while_a_render_of_it_is_under_way(cast, story, team, other, url, state, headers):
    add_render(story.project, state, task_id=None)
    assert "under way" in words(cast.browser("owner"), url, team=other.pk)
    answer = cast.browser("owner").post(url, {"team": other.pk}, headers=headers)
    assert answer.status_code == 409
    assert "A render of this story is under way" in answer.content.decode()
    story.project.refresh_from_db()
    assert story.project.team == team
    assert not team.activities.exists()


@pytest.mark.parametrize(
    "where", ["", "nonsense", "0", "its own", "only reads there", "a stranger"]
)
@pytest.mark.parametrize("headers", [HTMX, {}])
def test_it_goes_only_where_its_mover_may_write(cast, story, team, other, url, where, headers):
    named = {"its own": team.pk, "only reads there": other.pk}
    named["a stranger"] = cast.outsider.teams.get().pk
    Membership.objects.filter(team=other, user=cast.owner).update(role=Role.COMMENTER)
    data = {"team": named.get(where, where)}
    answer = cast.browser("owner").post(url, data, headers=headers)
    assert answer.status_code == 422
    assert "field__error" in answer.content.decode()
    shown = words(cast.browser("owner"), url, **data)
    assert f'name="team" value="{data["team"]}"' not in shown
    story.project.refresh_from_db()
    assert story.project.team == team


def test_only_owners_of_its_team_move_it(cast, guest, signed_in, story, team, other, url):
    """Owning the team that it would go to gives no right to take it."""
    editors = Team.objects.create_owned("Editor's own", by=cast.editor)
    for role in ("editor", "commenter", "viewer"):
        assert cast.browser(role).post(url, {"team": editors.pk}).status_code == 403
        assert cast.browser(role).get(url).status_code == 403
    assert signed_in(guest()).post(url, {"team": editors.pk}).status_code == 403
    assert cast.browser("outsider").post(url, {"team": other.pk}).status_code == 404
    assert Client().post(url, {"team": other.pk}).status_code == 302
    story.project.refresh_from_db()
    assert story.project.team == team


def test_the_menu_offers_it_to_owners_alone(cast, story, url):
    editor = reverse("project_detail", args=(story.project.pk,))
    assert url in words(cast.browser("owner"), editor)
    assert url not in words(cast.browser("editor"), editor)


def test_of_two_who_move_it_at_once_one_does(story, team, other, now):
    stale = Project.objects.get(pk=story.project.pk)
    moving.move(story.project, other, now)
    with pytest.raises(moving.MovedMeanwhile):
        moving.move(stale, Team.objects.create(name="Third"), now)
    assert Project.objects.get(pk=stale.pk).team == other


def test_a_story_in_the_bin_is_not_moved(cast, story, other, url, now):
    story.project.delete_at(now)
    assert cast.browser("owner").post(url, {"team": other.pk}).status_code == 404


def test_who_found_it_in_the_old_team_spends_nothing_of_the_new_one(cast, story, other, now):
    """Whether one may spend was asked before; the move came between that and the queue."""
    project = find(cast.editor, Project.objects.all(), Ability.SPEND, pk=story.project.pk)
    failed = add_render(story.project, State.FAILED, task_id=None)
    rows = Render.objects.select_related("project")
    render = find(cast.editor, rows, Ability.SPEND, pk=failed.pk)
    moving.move(Project.objects.get(pk=project.pk), other, now)
    with pytest.raises(queue.NotReady) as refused:
        queue.queue_story(project, cast.editor, "one-press-of-the-button", now)
    assert "moved to another team" in str(refused.value)
    with pytest.raises(NotPossible):
        send_again(render, cast.editor, now)
    assert list(Render.objects.all()) == [failed]


def test_what_was_queued_first_keeps_it_where_it_is(cast, story, other, now):
    queue.queue_story(story.project, cast.editor, "one-press-of-the-button", now)
    with pytest.raises(StillUnderWay):
        moving.move(story.project, other, now)


@pytest.fixture
def moved_on(cast, story, team, other, now) -> tuple[Invitation, str]:
    """A link to the story of before it moved, where it has another title since."""
    end = now + timedelta(days=7)
    made = Invitation.objects.issue(
        team, by=cast.owner, role="viewer", expires_at=end, story=story.project.pk
    )
    moving.move(story.project, other, now)
    Project.objects.filter(pk=story.project.pk).update(title="What nobody may read")
    return made


def test_a_link_of_before_tells_nothing_of_the_story(cast, guest, signed_in, moved_on):
    for browser in (cast.browser("editor"), cast.browser("owner"), signed_in(guest())):
        for name in ("invitation_show", "invitation_accept"):
            url = reverse(name, args=(moved_on[1],))
            answer = browser.get(url) if name == "invitation_show" else browser.post(url)
            assert answer.status_code == 410
            assert "What nobody may read" not in answer.content.decode()


def test_taking_a_link_of_before_back_tells_nothing_of_the_story(cast, team, moved_on):
    url = reverse("invitation_revoke", args=(moved_on[0].pk,))
    assert cast.browser("owner").post(url).status_code == 404
    assert not team.activities.exists()


@pytest.mark.parametrize("name", ["project_delete", "project_duplicate"])
def test_who_found_it_in_the_old_team_neither_bins_nor_copies_it(cast, story, other, now, name):
    """The move came between their press's question, whether they may, and its act."""

    def meanwhile(**_: object) -> None:
        Project.objects.filter(pk=story.project.pk).update(team=other)

    def after_find(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if 'FROM "stories_project"' in sql and not done:
            done.append(sql)
            meanwhile()
        return answer

    done: list[str] = []
    browser = cast.browser("editor")
    with connection.execute_wrapper(after_find):
        answer = browser.post(reverse(name, args=(story.project.pk,)))
    assert done
    assert answer.status_code == 404
    assert list(Project.objects.values_list("team", "deleted_at")) == [(other.pk, None)]
