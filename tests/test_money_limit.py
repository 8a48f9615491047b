"""The monthly limit of a team: what counts, what is refused, and that no race passes it."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from storyboard.people.models import Team
from storyboard.renders import money, queue
from storyboard.renders.again import send_again
from storyboard.renders.models import Render
from storyboard.renders.states import UNSENT, State
from storyboard.renders.terms import terms_of
from tests.shelf import add_render
from tests.site import Site

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def dear(settings):
    """A cent for each frame of each step: the story of 72 frames costs dollars."""
    settings.PRICE_PER_FRAME_STEP = 0.001
    settings.PRICE_MINIMUM = 0.01


def limit(team: Team, amount: str | None) -> None:
    Team.objects.filter(pk=team.pk).update(monthly_limit=amount)
    team.refresh_from_db()


def cost(story) -> Decimal:
    return queue.estimate_story(story.project, story.scenes)


def test_what_is_shown_before_the_click_is_what_is_counted(cast, story, team):
    editor, about = cast.browser("editor"), (story.project.pk,)
    words = editor.get(reverse("project_detail", args=about)).content.decode()
    [shown] = re.findall(r'id="cost".*?about (\$[\d.]+)<', words, re.DOTALL)
    prices = {"estimate": "0", "cost": "0", "price": "0", "steps": "1", "frames": "8"}
    press = {"nonce": "one-press-of-the-button", "terms": terms_of(team.account)} | prices
    assert editor.post(reverse("render_story", args=about), press, headers=HTMX).status_code == 200
    render = Render.objects.get()
    assert shown == money.dollars(render.estimate) == "$1.44"
    counted = money.spending(Render.objects.all(), team, render.queued_at)
    assert counted.spent == render.estimate


def test_the_cost_stands_beside_the_button(cast, story, settings):
    url = reverse("project_detail", args=(story.project.pk,))
    words = cast.browser("editor").get(url).content.decode()
    assert f"about {money.dollars(cost(story))}" in words
    settings.PRICE_PER_FRAME_STEP = settings.PRICE_MINIMUM = 0
    assert ">free<" in cast.browser("editor").get(url).content.decode()


def test_over_the_limit_nothing_is_queued_and_the_page_says_why(cast, story, team):
    limit(team, "0.05")
    url = reverse("render_story", args=(story.project.pk,))
    press = {"nonce": "one-press-of-the-button", "terms": terms_of(team.account)}
    answer = cast.browser("editor").post(url, press, headers=HTMX)
    assert answer.status_code == 422
    words = answer.content.decode()
    assert "over the monthly limit" in words
    assert "$0.0500" in words
    assert "An owner can raise the limit" in words
    assert not Render.objects.exists()


def test_exactly_the_limit_may_be_spent(cast, story, team, now):
    limit(team, str(cost(story).quantize(Decimal("0.01"))))
    queue.queue_story(story.project, cast.editor, "one", now)
    with pytest.raises(queue.NotReady):
        queue.queue_story(story.project, cast.editor, "two", now)
    assert queue.queue_story(story.project, cast.editor, "one", now), "the same press is no new one"
    assert Render.objects.count() == 1


@pytest.mark.parametrize(
    ("state", "columns", "counts"),
    [
        (State.QUEUED, {"task_id": None}, True),
        (State.SUBMITTING, {"task_id": None}, True),
        (State.WAITING, {}, True),
        (State.READY, {}, True),
        (State.UNSURE, {"task_id": None}, True),
        (State.FAILED, {}, True),
        (State.FAILED, {"task_id": None, "submitted_at": 0}, False),
        (State.CANCELLED, {"task_id": None}, False),
        (State.CANCELLED, {"task_id": None, "submitted_at": 0}, True),
        (State.CANCELLED, {"task_id": None, "submitted_at": 0, "reason": UNSENT}, False),
        (State.CANCELLED, {"submitted_at": 0, "reason": UNSENT}, True),
        (State.READY, {"submitted_at": -40, "queued_at": -40}, False),
        (State.QUEUED, {"task_id": None, "queued_at": -40}, True),
    ],
)
def test_what_counts_this_month(story, team, now, state, columns, counts):
    dated = {
        name: now + timedelta(days=value) if isinstance(value, int) else value
        for name, value in columns.items()
    }
    add_render(story.project, state, estimate=Decimal("1.25"), **dated)
    found = money.spending(Render.objects.all(), team, now)
    assert found.spent == (Decimal("1.25") if counts else 0)


def test_sending_again_counts_and_is_refused_too(cast, story, team, now):
    limit(team, "2")
    render = add_render(
        story.project, State.UNSURE, task_id=None, estimate=Decimal("1.5"), submitted_at=now
    )
    for act in ("render_send_again", "attention_send_again"):
        url = reverse(act, args=(render.pk,))
        press = {"terms": terms_of(team.account)}
        answer = cast.browser("editor").post(url, press, headers=HTMX)
        assert answer.status_code == 422, act
        assert "over the monthly limit" in answer.content.decode()
    render.refresh_from_db()
    assert render.state == State.UNSURE
    assert Render.objects.count() == 1


def test_an_unknown_cost_passes_no_limit(story, team, now, cast):
    render = add_render(story.project, State.UNSURE, task_id=None, estimate=None)
    limit(team, "100")
    with pytest.raises(money.OverLimit, match="Nobody knows"):
        send_again(render, cast.editor, now)
    limit(team, None)
    assert send_again(Render.objects.get(pk=render.pk), cast.editor, now).estimate is None


def test_what_is_free_passes_a_limit_of_nothing(story, team, now, cast, settings):
    settings.PRICE_PER_FRAME_STEP = settings.PRICE_MINIMUM = 0
    limit(team, "0")
    assert queue.queue_story(story.project, cast.editor, "one", now)


def test_only_an_owner_sets_the_limit(cast, team):
    url = reverse("team_limit", args=(team.pk,))
    for role in ("editor", "commenter", "viewer"):
        assert cast.browser(role).post(url, {"monthly_limit": "5"}).status_code == 403
    assert cast.browser("outsider").post(url, {"monthly_limit": "5"}).status_code == 404
    assert cast.browser("owner").get(url).status_code == 405
    assert cast.browser("owner").post(url, {"monthly_limit": "5"}).status_code == 302
    team.refresh_from_db()
    assert team.monthly_limit == 5
    assert cast.browser("owner").post(url, {"monthly_limit": ""}).status_code == 302
    team.refresh_from_db()
    assert team.monthly_limit is None


@pytest.mark.parametrize("typed", ["-1", "a lot", "1e99"])
def test_nonsense_is_refused_beside_the_field(cast, team, typed):
    url = reverse("team_limit", args=(team.pk,))
    answer = cast.browser("owner").post(url, {"monthly_limit": typed})
    assert answer.status_code == 422
    words = answer.content.decode()
    assert "field__error" in words
    assert f'value="{typed}"' in words
    team.refresh_from_db()
    assert team.monthly_limit is None


def test_spending_is_shown_to_those_who_may_spend(cast, team):
    limit(team, "5")
    url = reverse("team_detail", args=(team.pk,))
    assert "of $5.00" in cast.browser("editor").get(url).content.decode()
    assert "Spending this month" not in cast.browser("viewer").get(url).content.decode()


CLICKS = """
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from django.conf import settings
from django.db import connection
from django.utils import timezone
from storyboard.people.models import Team, User
from storyboard.renders import queue
from storyboard.renders.models import Render
from storyboard.stories.models import Project

settings.PRICE_PER_FRAME_STEP, settings.PRICE_MINIMUM = 0.001, 0.01
user = User.objects.create_user("ada@example.org", "a kite over the harbour")
team = Team.objects.create_owned("Winter Tales", by=user)
projects = [Project.objects.create(team=team, title=f"Story {n}") for n in range(5)]
for project in projects:
    project.add_scene("A match is lit")
one = queue.estimate_story(projects[0], list(projects[0].scenes.all()))
Team.objects.filter(pk=team.pk).update(monthly_limit=(one * 3).quantize(Decimal("0.01")))

def click(number):
    try:
        project = Project.objects.get(pk=projects[number % 5].pk)
        return bool(queue.queue_story(project, user, f"click-{number}", timezone.now()))
    except queue.NotReady:
        return False
    finally:
        connection.close()

with ThreadPoolExecutor(10) as pool:
    accepted = sum(list(pool.map(click, range(50))))
print(accepted, Render.objects.filter(project__team=team).count())
"""


@pytest.mark.process
def test_fifty_clicks_at_once_cannot_pass_the_limit(tmp_path):
    site = Site(tmp_path)
    try:
        site.await_answer()
        assert site.ask(CLICKS)[-2:] == ["3", "3"]
    finally:
        site.stop()
