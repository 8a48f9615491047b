"""The pages of the installation: how it stands and what teams keep, without a story's words."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from storyboard.exports.asking import ask
from storyboard.exports.models import Film
from storyboard.people.models import ApiKey, Membership, Team, User
from storyboard.people.roles import Role
from storyboard.renders import heartbeat, holding
from storyboard.renders.models import Gate, Render, Spent, Take
from storyboard.renders.states import State
from storyboard.stories.models import Project
from tests.shelf import add_render, add_take

PAGES = (
    "/installation/",
    "/installation/users/",
    "/installation/teams/",
    "/installation/activity/",
)


@pytest.fixture
def keeper(cast, signed_in):
    """The first account's browser; it is in no team with others."""
    User.objects.filter(pk=cast.outsider.pk).update(founder=True)
    return signed_in(User.objects.get(pk=cast.outsider.pk))


def page(browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_menu_leads_there_for_the_keeper_alone(cast, keeper):
    link = 'href="/installation/"'
    assert link in page(keeper, "/")
    assert link not in page(cast.browser("owner"), "/")


@pytest.mark.parametrize("path", PAGES)
def test_nobody_else_may_look(cast, keeper, client, path):
    assert keeper.get(path).status_code == 200
    assert cast.browser("owner").get(path).status_code == 403
    assert client.get(path)["Location"].startswith("/accounts/login/")
    assert keeper.post(path).status_code == 405


def test_how_it_stands_is_said_part_by_part(keeper):
    shown = page(keeper, PAGES[0])
    assert "<b>Failing:</b> none is running; nothing is sent or fetched" in shown
    heartbeat.beat("tests", timezone.now())
    shown = page(keeper, PAGES[0])
    assert "1 running, last sign of life 0 s ago" in shown
    assert "Failing" not in shown


def test_the_versions_are_those_that_run(keeper, settings):
    shown = page(keeper, PAGES[0])
    for number in (settings.VERSION, "5.2.19", "2.0.11", "18.1.0"):
        assert f'<dd class="number">{number}</dd>' in shown


def test_what_is_stored_is_counted_by_team(cast, keeper, story, now):
    take = add_take(story.project)
    Take.objects.filter(pk=take.pk).update(bytes=3 * 1024**2)
    film = ask(story.project, cast.editor, now, kind="mp4", burnt=False, title_card=True)
    Film.objects.filter(pk=film.pk).update(file="film.mp4", bytes=2 * 1024**2)
    shown = page(keeper, PAGES[0])
    assert '<b class="figure">5.0\xa0MB</b> of films on this disk' in shown
    assert "1 take with 3.0\xa0MB, 1 film to download with 2.0\xa0MB" in shown
    row = '<th scope="row" dir="auto">Winter Tales</th><td>1</td><td>1</td><td>5.0\xa0MB</td>'
    assert row in shown


def test_only_the_largest_teams_are_listed_there(keeper, now):
    for number in range(10):
        team = Team.objects.create(name=f"Team {number}")
        take = add_take(Project.objects.create(team=team, title="One"))
        Take.objects.filter(pk=take.pk).update(bytes=(number + 1) * 1024)
    shown = page(keeper, PAGES[0])
    assert "Team 9" in shown
    assert "Team 1<" not in shown
    assert "And 2 teams with less" in shown


def test_the_queue_is_shown_by_state_and_team(keeper, story, now):
    for state in (State.QUEUED, State.QUEUED, State.RENDERING, State.FAILED):
        add_render(story.project, state, task_id=None)
    Render.objects.filter(state=State.QUEUED).update(queued_at=now - timedelta(minutes=7))
    shown = page(keeper, PAGES[0])
    assert 'does so for <b class="figure">7 min</b>' in shown
    assert 'Queued <b class="number">2</b>' in shown
    assert 'Failed <b class="number">1</b>' in shown
    row = '<th scope="row" dir="auto">Winter Tales</th><td>2</td><td>1</td>'
    assert row in shown


def test_safe_mode_is_linked_while_it_lasts(keeper, now):
    assert "Safe mode is on" not in page(keeper, PAGES[0])
    holding.begin(now, "Why it is so.")
    assert "Safe mode is on" in page(keeper, PAGES[0])


def test_the_engine_is_named_with_four_characters_of_its_key_at_most(keeper, settings, now):
    shown = page(keeper, PAGES[0])
    assert "built in: it draws animatics on this machine" in shown
    settings.BUILT_IN_ENGINE = False
    settings.NOVITA_BASE_URL = "https://api.example.org"
    settings.NOVITA_API_KEY = "sk-canary-canary-wxyz"
    Gate.objects.create(
        account="https://api.example.org", refused="INVALID_API_KEY", refused_at=now
    )
    shown = page(keeper, PAGES[0])
    assert "https://api.example.org" in shown
    assert "ends in wxyz" in shown
    assert "canary" not in shown
    assert "was refused</b>" in shown
    settings.NOVITA_API_KEY = "four5678"
    shown = page(keeper, PAGES[0])
    assert "four5678" not in shown
    assert "<dt>Key</dt><dd>set</dd>" in shown


def test_teams_with_a_key_of_their_own_are_counted_and_the_key_is_not_shown(
    cast, keeper, team, now
):
    key = ApiKey.objects.enter(
        team, address="https://api.example.org", key="sk-canary-canary-wxyz", by=cast.owner, at=now
    )
    key.accept(now)
    shown = page(keeper, PAGES[0])
    assert "1 team renders with a key of its own" in shown
    assert "canary" not in shown
    assert "wxyz" not in shown


def test_teams_are_listed_in_figures(cast, keeper, story, now):
    add_render(story.project, State.READY, estimate=Decimal("0.25"), submitted_at=now)
    add_render(story.project, State.READY, estimate=None, submitted_at=now, task_id="two")
    shown = " ".join(page(keeper, f"{PAGES[2]}?q=winter").split())
    assert "1 found for “winter”" in shown
    assert "<dt>People</dt><dd>4</dd>" in shown
    assert "<dt>Stories</dt><dd>1</dd>" in shown
    assert '<dd>$0.25 <span class="muted">+ 1 unknown</span></dd>' in shown
    assert f'owned by <a href="/installation/users/{cast.owner.pk}/">' in shown


def test_a_team_whose_story_was_deleted_for_good_still_shows_what_it_spent(keeper, team, now):
    Spent.objects.create(team=team, at=now, estimate=Decimal("1.5"))
    assert "<dd>$1.50</dd>" in page(keeper, f"{PAGES[2]}?q=winter")


def test_queries_do_not_grow_with_users_and_teams(cast, keeper, story):
    def asked(path: str) -> int:
        with CaptureQueriesContext(connection) as found:
            page(keeper, path)
        return len(found)

    add_take(story.project)
    add_render(story.project, State.QUEUED, task_id=None)
    before = {path: asked(path) for path in PAGES}
    for number in range(12):
        user = User.objects.create_user(f"more{number}@example.org", "a long password")
        Membership.objects.create(team=story.project.team, user=user, role=Role.EDITOR)
        project = Project.objects.create(team=user.teams.get(personal=True), title="One")
        add_take(project)
        add_render(project, State.QUEUED, task_id=None)
    assert {path: asked(path) for path in PAGES} == before


def test_no_page_tells_what_a_team_writes(cast, keeper, story):
    """Titles, prompts and pictures are for the people of the team."""
    add_take(story.project, stored=True)
    add_render(story.project, State.QUEUED, task_id=None)
    owner = f"/installation/users/{cast.owner.pk}/"
    for path in (*PAGES, owner):
        shown = page(keeper, path)
        for words in (story.project.title, story.scenes[0].prompt, "<img", "/takes/"):
            assert words not in shown, path


@pytest.mark.parametrize("path", PAGES[1:3])
def test_searching_answers_htmx_with_the_list_alone(keeper, path):
    answer = keeper.get(path, {"q": "winter"}, headers={"HX-Request": "true"})
    assert b"<html" not in answer.content
    assert answer.content.lstrip().startswith(b"<section id=")


@pytest.mark.parametrize("page_number", ["0", "-1", "x", "9" * 30])
@pytest.mark.parametrize("path", PAGES[1:3])
def test_nonsense_for_a_page_shows_one_that_is_there(keeper, path, page_number):
    assert keeper.get(path, {"page": page_number, "q": "\x00 % '"}).status_code == 200
