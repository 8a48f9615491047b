"""Whoever queues and cancels whatever and whenever: the limit holds, and teams take turns."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from storyboard.people.models import Team
from storyboard.renders.limiter import WINDOW, next_slot, promises
from storyboard.renders.models import Render, State
from storyboard.stories.models import Project

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
TICK, SLACK = timedelta(microseconds=1), timedelta(seconds=3)
ENGINE = "https://service.example"
events = st.lists(
    st.tuples(
        st.sampled_from((0, 1, 20, 61, 200)),
        st.one_of(
            st.tuples(st.just("queue"), st.integers(0, 3), st.integers(1, 4)),
            st.tuples(st.just("cancel"), st.integers(0, 30), st.just(0)),
        ),
    ),
    min_size=1,
    max_size=8,
)


@dataclass
class Queue:
    """Teams with a story each, and a poller that asks in any order it likes."""

    stories: list[Project]
    per_minute: int
    dice: Random
    time: datetime = AT
    sent: list[tuple[datetime, int]] = field(default_factory=list)
    # Submissions of other teams since a team that waits had its own.
    passed: dict[int, Counter[int]] = field(default_factory=dict)

    def waiting(self) -> list[Render]:
        rows = Render.objects.filter(state=State.QUEUED).select_related("project")
        return list(rows.order_by("pk"))

    def queue(self, team: int, number: int) -> None:
        self.passed.setdefault(team, Counter())
        for _ in range(number):
            Render.objects.create(
                project=self.stories[team],
                nonce=uuid4().hex,
                request={},
                scenes=[],
                engine=ENGINE,
                queued_at=self.time,
                changed_at=self.time,
                next_step_at=self.time,
            )

    def cancel(self, number: int) -> None:
        waiting = self.waiting()
        if waiting:
            waiting[number % len(waiting)].cancel(self.time)
        self.forget()

    def forget(self) -> None:
        """Who waits no more is passed by nobody."""
        left = {self.stories.index(render.project) for render in self.waiting()}
        self.passed = {team: seen for team, seen in self.passed.items() if team in left}

    def ask(self, render: Render) -> None:
        # No two pollers ask in the very same instant: the gate's row stands between them.
        self.time += TICK
        with transaction.atomic():
            slot = next_slot(render, self.time)
            if slot > self.time:
                Render.objects.filter(pk=render.pk).update(next_step_at=slot)
                return
            row = Render.objects.filter(pk=render.pk)
            row.update(state=State.WAITING, submitted_at=self.time, next_step_at=None)
        team = self.stories.index(render.project)
        self.sent.append((self.time, render.pk))
        self.passed[team] = Counter()
        self.forget()
        for other, seen in self.passed.items():
            if other != team:
                seen[team] += 1
                assert seen[team] <= 1, f"team {team} had two turns while team {other} waited"

    def run(self, until: datetime) -> None:
        """Let a poller ask for whatever is due, up to a time."""
        while due := [one for one in self.waiting() if one.next_step_at <= until]:
            self.time = max(self.time, min(one.next_step_at for one in due))
            now = [one for one in due if one.next_step_at <= self.time]
            self.dice.shuffle(now)
            for render in now:
                self.ask(render)
        self.time = max(self.time, until)


@pytest.mark.django_db
@limits(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(events=events, per_minute=st.integers(1, 3), seed=st.integers(0, 99))
def test_teams_take_turns_within_the_limit_and_promises_hold(settings, events, per_minute, seed):
    settings.NOVITA_BASE_URL = ENGINE
    settings.SUBMISSIONS_PER_MINUTE = per_minute
    with transaction.atomic():
        teams = [Team.objects.create(name=f"Team {number}") for number in range(4)]
        stories = [Project.objects.create(team=team, title="A story") for team in teams]
        queue = Queue(stories, per_minute, Random(seed))
        for wait, (act, which, number) in events:
            queue.run(queue.time + timedelta(seconds=wait))
            queue.queue(which, number) if act == "queue" else queue.cancel(which)
        promised = promises(ENGINE, queue.time)
        assert promised.keys() == {render.pk for render in queue.waiting()}
        queue.run(queue.time + WINDOW * (len(promised) + 2))
        assert not queue.waiting()
        left = {pk: time for time, pk in queue.sent}
        for pk, slot in promised.items():
            assert left[pk] - SLACK <= slot <= left[pk] + WINDOW
        times = [time for time, _ in queue.sent]
        for first, after in zip(times, times[per_minute:], strict=False):
            assert after - first > timedelta(seconds=60)
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_a_single_render_need_not_wait_for_another_teams_forty_clips(settings):
    settings.NOVITA_BASE_URL = ENGINE
    settings.SUBMISSIONS_PER_MINUTE = 2
    teams = [Team.objects.create(name=f"Team {number}") for number in range(2)]
    stories = [Project.objects.create(team=team, title="A story") for team in teams]
    queue = Queue(stories, 2, Random(1))
    queue.queue(0, 40)
    queue.run(AT + timedelta(seconds=10))
    queue.queue(1, 1)
    single = queue.waiting()[-1]
    assert promises(ENGINE, queue.time)[single.pk] - AT - WINDOW < SLACK
    queue.run(AT + WINDOW + SLACK)
    assert single.pk in {pk for _, pk in queue.sent}
