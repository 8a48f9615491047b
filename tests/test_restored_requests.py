"""Spend requests in a backup: what was approved and paid since then is not paid for twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from storyboard.renders import holding
from storyboard.renders.models import Hook, Render
from storyboard.renders.queue import queue_story
from storyboard.renders.spend_requests import approve, decline, rows_of
from storyboard.renders.states import COPIED, State
from tests.studio import NOON, Studio

WHY = "Restored from a backup."
MADE_AT = datetime(2026, 5, 1, 9, tzinfo=UTC)
WORDS = "May have been approved and paid since the backup of 1 May 2026, 09:00 UTC."


@pytest.fixture
def studio(story, saver, fake_service, settings, tmp_path) -> Studio:
    """A story whose render waits for an owner."""
    settings.NOVITA_BASE_URL = fake_service.url
    settings.SUBMISSIONS_PER_MINUTE = 0
    [render] = queue_story(story.project, saver, "press", NOON, state=State.ASKED)
    return Studio(fake_service, render, tmp_path / "takes")


def let_go(studio: Studio, team, owner) -> None:
    seen = {row.render.pk: row.cost for row in rows_of(team)}
    approve(team, seen, owner, studio.time)


@pytest.fixture
def lost(studio, team, owner) -> str:
    """The task that was approved, sent and paid for after the backup, which knows nothing of it."""
    before = Render.objects.values().get()
    let_go(studio, team, owner)
    assert studio.tick() == State.WAITING
    task_id = studio.render.task_id
    Render.objects.update(**before)
    holding.begin(studio.time, WHY, copy_of=MADE_AT)
    return task_id


def test_the_list_says_so_and_chooses_it_not(studio, team, signed_in, owner):
    holding.begin(NOON, WHY, copy_of=MADE_AT)
    page = signed_in(owner).get(reverse("spend_request_list", args=(team.pk,))).content.decode()
    [row] = page.partition('<ul class="people">')[2].partition("</ul>")[0].split("</li>")[:-1]
    assert WORDS in row
    assert "#triangle-alert" in row
    assert " checked" not in row
    assert '<b class="number" data-count>0</b> of 1' in page
    assert studio.state == State.ASKED


def test_who_asked_is_told_at_the_scene(studio, story, signed_in, saver):
    holding.begin(NOON, WHY)
    url = reverse("project_detail", args=(story.project.pk,))
    page = signed_in(saver).get(url).content.decode()
    assert "May have been approved and paid since the backup was made." in page


def test_what_is_asked_for_after_the_restore_is_chosen_as_ever(studio, team, saver):
    holding.begin(NOON, WHY)
    queue_story(studio.render.project, saver, "anew", NOON, state=State.ASKED)
    assert [row.chosen for row in rows_of(team)] == [True]


def test_a_second_restore_leaves_the_older_word(studio):
    holding.begin(NOON, WHY, copy_of=MADE_AT)
    holding.begin(NOON, WHY, copy_of=MADE_AT + timedelta(days=2))
    assert studio.state == State.ASKED
    assert studio.render.message == WORDS


def test_approved_in_safe_mode_it_is_held_like_what_was_queued(studio, team, owner):
    holding.begin(NOON, WHY, copy_of=MADE_AT)
    let_go(studio, team, owner)
    assert studio.tick() == State.QUEUED
    assert studio.tick(24 * 3600) == State.QUEUED
    assert studio.render.reason == holding.HELD
    assert studio.service.submissions == []
    holding.release(studio.time, owner)
    assert studio.tick() == State.WAITING
    assert len(studio.service.ledger) == 1


def test_declined_it_keeps_no_word_of_the_backup(studio, team, owner):
    holding.begin(NOON, WHY, copy_of=MADE_AT)
    decline(team, [studio.render.pk], owner, NOON, "Not now")
    assert studio.state == State.CANCELLED
    assert (studio.render.reason, studio.render.message) == ("declined", "Not now")


def test_a_late_webhook_brings_the_film_home(studio, lost):
    assert (studio.state, studio.render.reason) == (State.ASKED, COPIED)
    Hook.objects.note(studio.render.pk, lost, studio.time)
    assert studio.tick() == State.WAITING
    assert (studio.render.task_id, studio.render.reason) == (lost, "")
    assert studio.until_end() == State.READY
    assert len(studio.service.ledger) == 1


def test_approved_before_the_webhook_is_looked_into_it_is_not_sent_again(studio, lost, team, owner):
    holding.release(studio.time, owner)
    let_go(studio, team, owner)
    Hook.objects.note(studio.render.pk, lost, studio.time)
    assert studio.tick() == State.WAITING
    assert studio.until_end() == State.READY
    assert len(studio.service.ledger) == 1


def test_a_task_that_can_be_bound_nowhere_is_asked_for_more_and_more_seldom(studio, lost):
    Render.objects.update(state=State.READY)
    Hook.objects.note(studio.render.pk, lost, studio.time)
    polls = len(studio.service.polls)
    for _ in range(30):
        studio.tick(1)
    assert len(studio.service.polls) - polls <= 5
