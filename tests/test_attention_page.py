"""The attention page: what waits for a person, and what they may choose."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from storyboard.people.models import Team
from storyboard.renders import attention, queue
from storyboard.renders.heard import Hook
from storyboard.renders.models import Render
from storyboard.renders.states import State
from storyboard.stories.models import Project
from tests.ladder import assert_only_writers_may
from tests.shelf import add_render

HTMX = {"HX-Request": "true"}
ACTS = ("attention_check", "attention_send_again", "attention_let_go")


def page(browser, url: str = "") -> str:
    answer = browser.get(url or reverse("attention"))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("act", ACTS)
def test_only_writers_may_choose(cast, story, act):
    render = add_render(story.project, State.UNSURE, task_id=None)
    assert_only_writers_may(cast, reverse(act, args=(render.pk,)))
    render.refresh_from_db()
    assert render.state == State.UNSURE
    assert Render.objects.count() == 1


def test_with_nothing_to_do_the_page_says_so_and_the_bar_is_quiet(cast, story):
    add_render(story.project)
    words = page(cast.browser("editor"))
    assert "Nothing needs you" in words
    assert reverse("attention") not in page(cast.browser("editor"), reverse("project_list"))


def test_an_unsure_render_is_listed_with_its_facts(cast, story, now):
    add_render(
        story.project,
        State.UNSURE,
        task_id=None,
        asked_by=cast.owner,
        reason="no_answer",
        submitted_at=now,
        estimate=Decimal("0.3072"),
    )
    words = page(cast.browser("editor"))
    for said in (
        "The Little Match Girl",
        "A match is lit",
        "Owner",
        "about $0.3072",
        "The service did not answer.",
        "may charge twice",
        "Check again",
        "Let it go",
    ):
        assert said in words
    bar = page(cast.browser("editor"), reverse("project_list"))
    assert f'href="{reverse("attention")}"' in bar
    assert ">1</b>" in bar


def test_an_unknown_cost_is_unknown_and_never_zero(cast, story):
    add_render(story.project, State.UNSURE, task_id=None, estimate=None)
    words = page(cast.browser("editor"))
    assert ">unknown<" in words
    assert "$0" not in words


@pytest.mark.parametrize(
    ("state", "columns", "listed"),
    [
        (State.UNSURE, {}, True),
        (State.WAITING, {"submitted_at": -3700}, True),
        (State.SAVING, {"submitted_at": -3700}, True),
        (State.RENDERING, {"submitted_at": -3500}, False),
        (State.RENDERING, {"submitted_at": -10, "reason": "poller_died"}, True),
        (State.QUEUED, {}, False),
        (State.FAILED, {"finished_at": -60}, True),
        (State.FAILED, {"finished_at": -60, "aside_at": -10}, False),
        (State.FAILED, {"finished_at": -15 * 86400}, False),
        (State.CANCELLED, {}, False),
        (State.READY, {}, False),
    ],
)
def test_what_is_listed(cast, story, now, state, columns, listed):
    dated = {
        name: now + timedelta(seconds=value) if isinstance(value, int) else value
        for name, value in columns.items()
    }
    add_render(story.project, state, **dated)
    assert bool(attention.rows(cast.editor, now)) is listed
    assert attention.count(cast.editor, now) == int(listed)


def test_it_lists_nothing_of_other_teams_or_of_deleted_stories(cast, story, now):
    other = Project.objects.create(team=Team.objects.create(name="Others"), title="Secret")
    add_render(other, State.UNSURE)
    add_render(story.project, State.UNSURE)
    Project.objects.filter(pk=story.project.pk).update(deleted_at=now)
    assert "Nothing needs you" in page(cast.browser("editor"))


@pytest.mark.parametrize("role", ["viewer", "commenter", "outsider"])
def test_who_may_not_spend_is_asked_nothing(cast, story, now, role):
    add_render(story.project, State.UNSURE)
    assert attention.count(getattr(cast, role), now) == 0


def test_a_reader_elsewhere_is_not_asked_for_a_team_they_only_read(cast, team, story, now):
    """The role and the switch must be of one and the same membership."""
    team.memberships.filter(user=cast.editor).update(may_spend=False)
    add_render(story.project, State.UNSURE)
    assert attention.count(cast.editor, now) == 0


def test_letting_go_settles_and_says_so_in_the_row(cast, story):
    render = add_render(story.project, State.UNSURE, task_id=None)
    url = reverse("attention_let_go", args=(render.pk,))
    words = cast.browser("editor").post(url, headers=HTMX).content.decode()
    assert f'id="attention-{render.pk}"' in words
    assert "It may have been charged" in words
    assert "autofocus" in words
    assert 'id="attention-link"' in words
    render.refresh_from_db()
    assert render.state == State.CANCELLED


def test_a_failure_is_let_go_and_keeps_its_state(cast, story):
    render = add_render(story.project, State.FAILED)
    answer = cast.browser("editor").post(reverse("attention_let_go", args=(render.pk,)))
    assert answer.status_code == 302
    render.refresh_from_db()
    assert render.state == State.FAILED
    words = page(cast.browser("editor"))
    assert "Nothing needs you" in words


def test_sending_again_is_one_render_however_often_pressed(cast, story):
    render = add_render(story.project, State.UNSURE, task_id=None)
    url = reverse("attention_send_again", args=(render.pk,))
    for _ in range(3):
        assert cast.browser("editor").post(url, headers=HTMX).status_code == 200
    assert Render.objects.filter(state=State.QUEUED).count() == 1
    render.refresh_from_db()
    assert render.state == State.CANCELLED


def test_a_choice_that_comes_too_late_changes_nothing(cast, story):
    render = add_render(story.project, State.READY)
    for act in ACTS:
        answer = cast.browser("editor").post(reverse(act, args=(render.pk,)), headers=HTMX)
        assert answer.status_code == 422, act
        assert "Nothing was changed" in answer.content.decode()
    assert Render.objects.count() == 1


def test_checking_again_makes_the_poller_look_now(cast, story, now):
    later = now + timedelta(minutes=10)
    render = add_render(
        story.project, State.WAITING, submitted_at=now - timedelta(hours=2), next_step_at=later
    )
    url = reverse("attention_check", args=(render.pk,))
    words = cast.browser("editor").post(url, headers=HTMX).content.decode()
    assert "We ask the service now" in words
    render.refresh_from_db()
    assert render.next_step_at < later
    assert render.state == State.WAITING


def test_checking_an_unsure_render_says_what_is_known(cast, story, settings, now):
    render = add_render(story.project, State.UNSURE, task_id=None)
    url = reverse("attention_check", args=(render.pk,))

    def said() -> str:
        return cast.browser("editor").post(url, headers=HTMX).content.decode()

    settings.PUBLIC_URL = ""
    assert "cannot reach Storyboard" in said()
    settings.PUBLIC_URL = "https://films.example.org"
    assert "Nothing has come from the service" in said()
    later = now + timedelta(hours=1)
    hook = Hook.objects.create(render=render, task_id="t-1", at=now, due_at=later)
    assert "We ask about that task now" in said()
    hook.refresh_from_db()
    assert hook.due_at < later


def test_rendering_a_failed_scene_anew_settles_its_failure(cast, story, now):
    add_render(story.project, State.FAILED)
    queue.queue_scene(story.scenes[0], cast.editor, "one", now)
    assert attention.count(cast.editor, now) == 1, "two of its scenes are still without"
    queue.queue_story(story.project, cast.editor, "two", now)
    assert attention.count(cast.editor, now) == 0


def test_the_page_is_bounded_and_its_queries_do_not_grow(cast, story):
    def ask() -> int:
        with CaptureQueriesContext(connection) as asked:
            page(browser)
        return len(asked)

    browser = cast.browser("editor")
    add_render(story.project, State.UNSURE)
    ask()
    before = ask()
    for _ in range(60):
        add_render(story.project, State.UNSURE, task_id=None)
    assert ask() <= before
    words = page(browser)
    assert words.count('class="card attention__row"') == attention.SHOWN
    assert "50+" in words
