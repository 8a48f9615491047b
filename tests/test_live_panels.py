"""GET /projects/<pk>/live/: what is under way, asked once a project, and only what is new."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from storyboard.people.models import Team
from storyboard.renders import limiter
from storyboard.renders.heartbeat import beat
from storyboard.renders.models import Render
from storyboard.renders.states import UNSENT, State
from storyboard.stories.models import Project
from tests.shelf import add_render, add_take

HTMX = {"HX-Request": "true"}


@pytest.fixture
def url(story) -> str:
    return reverse("project_live", args=(story.project.pk,))


def version(page: str) -> str:
    return page.partition("?v=")[2].partition('"')[0]


def test_an_outsider_gets_404_and_a_viewer_may_watch(cast, url):
    assert cast.browser("outsider").get(url, headers=HTMX).status_code == 404
    assert cast.browser("viewer").get(url, headers=HTMX).status_code == 200
    assert cast.browser("viewer").post(url).status_code == 405


def test_nothing_new_is_answered_204_in_few_queries(cast, story, url):
    beat("poller", timezone.now())
    add_render(story.project, State.RENDERING, progress=40)
    browser = cast.browser("editor")
    now = version(browser.get(url, headers=HTMX).content.decode())
    with CaptureQueriesContext(connection) as asked:
        answer = browser.get(url, {"v": now}, headers=HTMX)
    assert answer.status_code == 204
    assert len(asked) <= 4


def test_a_change_brings_the_panels_and_the_next_version(cast, story, url):
    beat("poller", timezone.now())
    render = add_render(story.project, State.RENDERING, progress=40)
    browser = cast.browser("editor")
    first = browser.get(url, headers=HTMX).content.decode()
    render.progress, render.changed_at = 62, timezone.now() + timedelta(seconds=1)
    render.save()
    answer = browser.get(url, {"v": version(first)}, headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Rendering 62 %" in page
    assert version(page) != version(first)
    for scene in story.scenes:
        assert f'id="scene-{scene.pk}-panel" class="panel" hx-swap-oob="morph"' in page


def test_the_last_answer_asks_for_no_other(cast, story, url):
    add_take(story.project)
    page = cast.browser("editor").get(url, headers=HTMX).content.decode()
    assert 'id="live"' in page
    assert "hx-trigger" not in page.partition("</div>")[0]
    assert "Take 1" in page


def test_without_a_poller_the_page_says_that_rendering_is_paused(cast, story, url):
    add_render(story.project, State.QUEUED)
    page = cast.browser("editor").get(url, headers=HTMX).content.decode()
    assert "no poller is running" in page
    before = version(page)
    beat("poller", timezone.now())
    answer = cast.browser("editor").get(url, {"v": before}, headers=HTMX)
    assert answer.status_code == 200
    assert "no poller is running" not in answer.content.decode()


def test_a_service_that_cannot_be_reached_is_named(cast, story, url, settings):
    beat("poller", timezone.now())
    add_render(story.project, State.QUEUED, reason="not_connected")
    settings.BUILT_IN_ENGINE = True
    page = cast.browser("editor").get(url, headers=HTMX).content.decode()
    assert "The built-in engine is not running." in page
    settings.BUILT_IN_ENGINE = False
    page = cast.browser("editor").get(url, headers=HTMX).content.decode()
    assert "The service cannot be reached." in page


LATER = timezone.now() + timedelta(days=1)
EARLIER = timezone.now() - timedelta(hours=2)


@pytest.mark.parametrize(
    ("state", "columns", "words"),
    [
        (State.QUEUED, {}, "Waiting to be sent"),
        (State.QUEUED, {"next_step_at": LATER, "reason": "not_connected"}, "Next try at"),
        (State.SUBMITTING, {}, "Sending"),
        (State.WAITING, {"eta": 95}, "about 2 min"),
        (State.WAITING, {"status_word": "TASK_STATUS_DREAMING"}, "TASK_STATUS_DREAMING"),
        (State.RENDERING, {"progress": 40, "eta": 118}, "Rendering 40 %"),
        (State.RENDERING, {"progress": 40, "eta": 40}, "about 40 s left"),
        (State.SAVING, {}, "Saving"),
        (State.FAILED, {"reason": "ILLEGAL_PROMPT"}, "The service does not render these words."),
        (State.FAILED, {"reason": "BILLING_BALANCE_NOT_ENOUGH"}, "An owner has to top it up"),
        (State.FAILED, {"reason": "SOMETHING_NEW", "message": "Their words"}, "Their words"),
        (State.UNSURE, {"reason": "no_answer"}, "Send again (may charge twice)"),
        (State.UNSURE, {"reason": "no_answer", "estimate": "0.0922"}, "about $0.0922"),
        (State.WAITING, {"reason": "GET_RESULT_FAILED"}, "We keep asking."),
        (State.RENDERING, {"reason": "INVALID_API_KEY"}, "An owner has to look at it."),
        (State.RENDERING, {"submitted_at": EARLIER}, "Still working"),
        (State.CANCELLED, {"task_id": None}, "Cancelled: nothing was spent"),
        (
            State.CANCELLED,
            {"task_id": None, "reason": UNSENT, "submitted_at": EARLIER},
            "Cancelled: nothing was spent",
        ),
        (State.CANCELLED, {"reason": UNSENT}, "Cancelled: it may have been charged"),
        (
            State.CANCELLED,
            {"task_id": None, "submitted_at": EARLIER},
            "Cancelled: it may have been charged",
        ),
        (State.CANCELLED, {"reason": "no_answer"}, "Let go: it may have been charged"),
        (State.CANCELLED, {"finished_at": EARLIER}, "Not rendered yet"),
    ],
)
def test_every_state_has_words_and_an_icon(cast, story, state, columns, words):
    add_render(story.project, state, **columns)
    panel = panel_of(cast.browser("editor"), story.scenes[0])
    assert words in panel
    assert "<svg" in panel


def test_a_row_and_the_button_say_when_they_are_sent_by_one_rule(cast, story, settings):
    settings.SUBMISSIONS_PER_MINUTE = 1
    browser = cast.browser("editor")
    assert "sent at about" not in render_button(cast, story)
    add_render(story.project, State.WAITING, submitted_at=timezone.now())
    add_render(story.project, State.QUEUED, scenes=[])
    waiting = add_render(story.project, State.QUEUED)
    slots = limiter.promises(waiting.engine, timezone.now(), story.project.team_id, 1)
    panel = panel_of(browser, story.scenes[0])
    assert f'will be sent at about <time datetime="{slots[waiting.pk].isoformat()[:19]}' in panel
    Render.objects.filter(pk=waiting.pk).update(scenes=[])
    said = f'sent at about <time datetime="{slots[limiter.NOT_YET].isoformat()[:19]}'
    assert said in render_button(cast, story)
    url = reverse("project_cost", args=(story.project.pk,))
    assert said in browser.get(url, headers=HTMX).content.decode()
    Render.objects.update(state=State.READY, submitted_at=None)
    assert "every 15s" not in browser.get(url, headers=HTMX).content.decode()


def test_the_line_before_the_click_says_what_is_sent_now(cast, story):
    url = reverse("project_cost", args=(story.project.pk,))
    browser = cast.browser("editor")
    frames = sum(scene.frames for scene in story.scenes)
    assert f"{frames} frames" in browser.get(url, headers=HTMX).content.decode()
    story.scenes[0].set_frames(story.scenes[0].frames + 4)
    assert f"{frames + 4} frames" in browser.get(url, headers=HTMX).content.decode()


def test_only_who_may_render_is_told_when_it_would_be_sent(cast, story):
    url = reverse("project_cost", args=(story.project.pk,))
    assert cast.browser("outsider").get(url, headers=HTMX).status_code == 404
    assert cast.browser("viewer").get(url, headers=HTMX).status_code == 403
    assert cast.browser("editor").post(url, headers=HTMX).status_code == 405
    assert cast.browser("editor").get(url).status_code == 302


def test_a_page_learns_that_another_teams_render_took_its_slot(cast, story, url, settings):
    settings.SUBMISSIONS_PER_MINUTE = 1
    now = timezone.now()
    beat("poller", now)
    add_render(story.project, State.WAITING, submitted_at=now)
    add_render(story.project, State.QUEUED)
    browser = cast.browser("editor")
    before = version(browser.get(url, headers=HTMX).content.decode())
    assert browser.get(url, {"v": before}, headers=HTMX).status_code == 204
    others = Project.objects.create(team=Team.objects.create(name="Others"), title="Another story")
    add_render(others, State.QUEUED)
    assert browser.get(url, {"v": before}, headers=HTMX).status_code == 200


def panel_of(browser, scene) -> str:
    page = browser.get(reverse("project_detail", args=(scene.project_id,))).content.decode()
    return page.partition(f'id="scene-{scene.pk}-panel"')[2].partition("</li>")[0]


def test_a_row_speaks_of_what_still_goes_on_when_a_later_render_has_ended(cast, story):
    add_render(story.project, State.RENDERING, progress=40)
    add_take(story.project)
    assert "Rendering 40 %" in panel_of(cast.browser("editor"), story.scenes[0])


def test_a_choice_stays_open_until_a_take_settles_it(cast, story):
    add_render(story.project, State.UNSURE, reason="no_answer", task_id=None)
    add_render(story.project, State.FAILED, reason="ILLEGAL_PROMPT")
    assert "Let it go" in panel_of(cast.browser("editor"), story.scenes[0])
    add_take(story.project)
    assert "Let it go" not in panel_of(cast.browser("editor"), story.scenes[0])


def test_only_who_may_spend_is_offered_what_may_charge(cast, story):
    add_render(story.project, State.UNSURE, reason="no_answer", task_id=None)
    panel = panel_of(cast.browser("viewer"), story.scenes[0])
    assert "It may have been accepted, so it was not sent again." in panel
    assert "<form" not in panel


@pytest.mark.parametrize(
    ("state", "words"), [(State.QUEUED, "Waiting to be sent"), (State.SUBMITTING, "Sending")]
)
def test_a_story_on_its_way_out_cannot_be_sent_again_by_a_second_click(cast, story, state, words):
    beat("poller", timezone.now())
    render = add_render(story.project, state)
    page = render_button(cast, story)
    assert words in page
    assert "<form" not in page
    render.scenes = render.scenes[:1]
    render.save()
    assert "<form" in render_button(cast, story)
    render.scenes, render.state = [], State.WAITING
    render.save()
    assert "<form" in render_button(cast, story)


def render_button(cast, story) -> str:
    url = reverse("project_detail", args=(story.project.pk,))
    page = cast.browser("editor").get(url).content.decode()
    return page.partition('<div id="render"')[2].partition("</div>")[0]


def test_a_poll_leaves_the_reasons_of_a_refusal_where_they_are(cast, story, url):
    add_render(story.project, State.QUEUED)
    page = cast.browser("editor").get(url, headers=HTMX).content.decode()
    assert 'id="problems"' not in page
    detail = reverse("project_detail", args=(story.project.pk,))
    assert 'id="problems"' in cast.browser("editor").get(detail).content.decode()


def test_a_scene_edited_since_its_take_says_so(cast, story):
    add_take(story.project)
    story.scenes[0].write(prompt="Other words", caption="", version=1)
    page = reverse("project_detail", args=(story.project.pk,))
    shown = cast.browser("viewer").get(page).content.decode()
    assert shown.count("Edited since take 1") == 1
    assert "Take 1" in shown
