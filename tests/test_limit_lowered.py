"""A limit that is lowered holds what waits in the queue, until it fits again or is cancelled."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from storyboard.people.models import Team
from storyboard.renders import money, over_limit
from storyboard.renders.models import Hook, Render
from storyboard.renders.queue import queue_story
from storyboard.renders.states import OVER_LIMIT, State
from storyboard.stories.models import Project
from tests.site import Site
from tests.studio import NOON, Studio

COST = Decimal("1.44")


@pytest.fixture(autouse=True)
def dear(settings):
    """A cent for each frame of each step: the story of 72 frames costs $1.44."""
    settings.PRICE_PER_FRAME_STEP = 0.001
    settings.PRICE_MINIMUM = 0.01


@pytest.fixture
def studio(story, editor, fake_service, settings, tmp_path) -> Studio:
    settings.NOVITA_BASE_URL = fake_service.url
    settings.SUBMISSIONS_PER_MINUTE = 0
    [render] = queue_story(story.project, editor, "press", NOON)
    return Studio(fake_service, render, tmp_path / "takes")


def limit(team: Team, amount: str | None) -> None:
    Team.objects.filter(pk=team.pk).update(monthly_limit=amount)


def more(studio: Studio, nonce: str) -> Render:
    return queue_story(studio.render.project, studio.render.asked_by, nonce, NOON)[0]


def work(studio: Studio) -> None:
    while studio.poller.tick():
        pass


def states() -> list[str]:
    return list(Render.objects.order_by("pk").values_list("state", flat=True))


def test_what_no_longer_fits_is_not_sent_and_the_page_says_what_to_do(studio, team, cast):
    limit(team, "1.43")
    assert studio.tick() == State.QUEUED
    assert studio.render.reason == OVER_LIMIT
    assert studio.service.submissions == []
    page = cast.browser("editor").get(reverse("project_detail", args=(studio.render.project_id,)))
    words = page.content.decode()
    assert "with it this month would go over the team&#x27;s limit" in words
    assert "An owner can raise the limit, or it can be cancelled." in words
    assert "#hourglass" in words
    assert reverse("render_cancel", args=(studio.render.pk,)) in words


def test_exactly_the_limit_is_sent_and_itself_counts_once(studio, team):
    limit(team, "1.44")
    assert studio.tick() == State.WAITING


def test_of_two_the_one_that_fits_is_sent(studio, team):
    second = more(studio, "second")
    limit(team, "2")
    work(studio)
    assert states() == [State.WAITING, State.QUEUED]
    second.refresh_from_db()
    assert second.reason == OVER_LIMIT
    assert len(studio.service.ledger) == 1


def test_it_goes_on_by_itself_when_an_owner_raises_the_limit(studio, team, cast):
    limit(team, "1")
    studio.tick()
    url = reverse("team_limit", args=(team.pk,))
    assert cast.browser("owner").post(url, {"monthly_limit": "1.44"}).status_code == 302
    studio.render.refresh_from_db()
    assert studio.next_tick() == State.WAITING
    assert studio.render.reason == ""
    assert len(studio.service.ledger) == 1


def test_it_goes_on_by_itself_when_the_month_is_over(studio, team):
    second = more(studio, "second")
    limit(team, "2")
    work(studio)
    studio.time = NOON + timedelta(days=31)
    work(studio)
    second.refresh_from_db()
    assert second.state == State.WAITING
    assert len(studio.service.ledger) == 2


def test_it_is_asked_again_after_minutes_and_its_log_stays_short(studio, team):
    limit(team, "1")
    for _ in range(12 * 60):
        studio.tick(5)
    assert studio.state == State.QUEUED
    assert studio.render.next_step_at - studio.time <= over_limit.ASKED_AGAIN
    assert [event.note for event in studio.render.events.all()] == [
        "",
        "held: over the monthly limit",
    ]


def test_it_takes_no_turn_of_another_team(studio, team, settings, owner):
    settings.SUBMISSIONS_PER_MINUTE = 1
    limit(team, "1")
    other = Team.objects.create_owned("Others", by=owner)
    project = Project.objects.create(team=other, title="Kites")
    project.add_scene("A kite")
    [theirs] = queue_story(project, owner, "press", NOON)
    work(studio)
    theirs.refresh_from_db()
    assert theirs.state == State.WAITING
    assert studio.state == State.QUEUED


def test_once_there_is_room_it_waits_for_its_turn_like_any_other(studio, team, settings):
    settings.SUBMISSIONS_PER_MINUTE = 1
    limit(team, "1")
    studio.tick()
    limit(team, None)
    more(studio, "second")
    work(studio)
    studio.time += over_limit.ASKED_AGAIN
    Render.objects.filter(state=State.WAITING).update(submitted_at=studio.time)
    work(studio)
    assert (studio.state, studio.render.reason) == (State.QUEUED, "")
    studio.time = studio.render.next_step_at
    work(studio)
    assert studio.state == State.WAITING


def test_what_is_free_is_sent_whatever_the_limit(studio, team):
    Render.objects.update(estimate=0)
    limit(team, "0")
    assert studio.tick() == State.WAITING


def test_what_nobody_knows_the_cost_of_passes_no_limit_here_either(studio, team):
    Render.objects.update(estimate=None)
    limit(team, "100")
    assert studio.tick() == State.QUEUED
    limit(team, None)
    assert studio.next_tick() == State.WAITING


def test_cancelled_it_has_spent_nothing(studio, team):
    limit(team, "1")
    studio.tick()
    studio.render.cancel(studio.time)
    assert money.spending(Render.objects.all(), team, studio.time).spent == 0


def test_of_a_deleted_story_it_ends_all_the_same(studio, team):
    limit(team, "1")
    studio.tick()
    Project.objects.update(deleted_at=studio.time)
    assert studio.next_tick() == State.FAILED
    assert studio.render.reason == "story_deleted"


def test_a_webhook_of_it_is_looked_into_first(studio, team):
    """The service has it already: what is paid for comes home, whatever the limit says."""
    limit(team, "1")
    studio.tick()
    task_id = studio.client.submit_body(studio.render.request)
    Hook.objects.note(studio.render.pk, task_id, studio.time)
    assert studio.tick() == State.WAITING
    assert studio.until_end() == State.READY


POLLERS = """
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from django.conf import settings
from django.db import connection
from django.utils import timezone
from storyboard.novita.client import Client
from storyboard.people.models import Team, User
from storyboard.renders.models import Render
from storyboard.renders.poller import Poller
from storyboard.renders.queue import queue_story
from storyboard.stories.models import Project

settings.NOVITA_BASE_URL, settings.BUILT_IN_ENGINE = ADDRESS, False
settings.PRICE_PER_FRAME_STEP, settings.PRICE_MINIMUM = 0.001, 0.01
settings.SUBMISSIONS_PER_MINUTE = 0
user = User.objects.create_user("ada@example.org", "a kite over the harbour")
team = Team.objects.create_owned("Winter Tales", by=user)
for number in range(12):
    project = Project.objects.create(team=team, title=f"Story {number}")
    project.add_scene("A match is lit")
    [one] = queue_story(project, user, "press", timezone.now())
Team.objects.filter(pk=team.pk).update(monthly_limit=one.estimate * 3)

def poll(number):
    try:
        service = Client(ADDRESS, KEY)
        poller = Poller(lambda render: service, owner=f"poller:{number}:a")
        for _ in range(4):
            poller.tick()
    finally:
        connection.close()

with ThreadPoolExecutor(6) as pool:
    list(pool.map(poll, range(6)))
    list(pool.map(poll, range(6)))
print(Render.objects.exclude(submitted_at=None).count())
print(Render.objects.filter(state="queued", reason="over_limit").count())
"""


@pytest.mark.process
def test_no_two_pollers_take_the_same_rest_of_a_month(tmp_path, fake_service):
    site = Site(tmp_path)
    try:
        script = POLLERS.replace("ADDRESS", repr(fake_service.url))
        assert site.ask(script.replace("KEY", repr(fake_service.key), 1))[-2:] == ["3", "9"]
    finally:
        site.stop()
    assert len(fake_service.ledger) == 3
