"""Whatever comes in at whatever time and in whatever order: one effect or none, one charge."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storyboard.renders.heard import Hook
from storyboard.renders.models import Render, Take
from storyboard.renders.queue import queue_scene
from storyboard.renders.states import UNDER_WAY, NotPossible, State
from tests.fake_service import FakeService
from tests.studio import Studio

# What may happen; each word stands for itself in the report of a failing example.
SCRIPTS: dict[str, tuple[str, dict[str, Any]]] = {
    "lost": ("reset", {"charge": True}),
    "reset before": ("reset", {"charge": False}),
    "refused but made": ("refuse", {"charge": True}),
}
SENT = ("answered", *SCRIPTS)
TASKS = ("own", "own", "another's", "made up")
WORDS = ("succeed", "failed")
events = st.lists(
    st.one_of(
        st.tuples(st.just("hook"), st.sampled_from(TASKS), st.sampled_from(WORDS)),
        st.tuples(st.just("tick"), st.sampled_from((0, 1, 7, 40, 100))),
        st.tuples(st.sampled_from(("let go", "ends", "dies"))),
    ),
    max_size=14,
)


@dataclass
class World:
    """One render, the service that may hold its task, and a second render beside it."""

    studio: Studio
    other: Render
    sent: str
    told: set[str] = field(default_factory=set)
    gave_up: bool = False

    @property
    def render(self) -> Render:
        return self.studio.render

    @property
    def own(self) -> str:
        """The task that was charged for the render, if any was."""
        tasks = [task for task in self.studio.service.ledger if task != self.other.task_id]
        return tasks[-1] if tasks else ""

    def do(self, event: tuple) -> None:
        match event:
            case ("hook", whose, word):
                self.hook(whose, word)
            case ("tick", seconds):
                self.studio.tick(seconds)
            case ("let go",):
                try:
                    self.render.let_go(self.studio.time)
                    self.gave_up = True
                except NotPossible:
                    pass
            case ("ends",) if self.own:
                self.studio.service.answers("succeed", task_id=self.own)
            case ("dies",):
                # As a poller that was killed leaves it, once its lease is over.
                held = Render.objects.filter(pk=self.render.pk, state__in=UNDER_WAY)
                held.update(lease_owner="dead/1", lease_until=self.studio.time)

    def hook(self, whose: str, word: str) -> None:
        task_id = {"own": self.own, "another's": self.other.task_id}.get(whose) or "made-up"
        video = {"video_url": "http://evil.example/film.mp4", "video_type": "mp4"}
        task = {"task_id": task_id, "status": f"TASK_STATUS_{word.upper()}"}
        event = {
            "event_type": "ASYNC_TASK_RESULT",
            "payload": {"task": task, "videos": [video]},
        }
        url = reverse("hook", args=(self.render.token,))
        answer = Client().post(url, json.dumps(event), content_type="application/json")
        assert answer.status_code == 204
        self.told.add(task_id)

    def rest(self) -> str:
        """Let time pass until nothing is left to do."""
        for _ in range(80):
            state = self.studio.tick(20)
            if state not in UNDER_WAY and not Hook.objects.exclude(due_at=None).exists():
                break
        return state


@pytest.mark.django_db
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sent=st.sampled_from(SENT), before=events, after=events)
def test_no_order_of_events_charges_twice_or_loses_what_was_charged(
    story, editor, settings, tmp_path, sent, before, after
):
    service = FakeService()
    settings.NOVITA_BASE_URL = service.url
    settings.SUBMISSIONS_PER_MINUTE = 0
    try:
        world = begin(story, editor, service, tmp_path, sent)
        for event in before:
            world.do(event)
        world.studio.tick()
        if world.own:
            service.answers("processing", task_id=world.own)
        for event in after:
            world.do(event)
        if world.own:
            service.answers("succeed", task_id=world.own)
        check(world, world.rest())
    finally:
        service.stop()


def begin(story, editor, service: FakeService, folder: Path, sent: str) -> World:
    """Start from nothing: a render that the service knows, and one that is to be sent."""
    Take.objects.all().delete()
    Render.objects.all().delete()
    at = timezone.now()
    other = queue_scene(story.scenes[0], editor, "other", at)
    elsewhere = Studio(service, other, folder / "takes")
    elsewhere.time = at
    assert elsewhere.tick() == State.WAITING
    Render.objects.filter(pk=other.pk).update(next_step_at=None)
    studio = Studio(service, queue_scene(story.scenes[1], editor, "press", at), folder / "takes")
    studio.time = timezone.now()
    if sent in SCRIPTS:
        what, options = SCRIPTS[sent]
        service.next_submit(what, **options)
    return World(studio, other, sent)


def check(world: World, state: str) -> None:
    render, own = world.render, world.own
    # Nothing was paid for twice, and no other task was ever bound.
    assert len(world.studio.service.submissions) - 1 == render.attempt == 1
    assert bool(own) is (world.sent != "reset before")
    assert render.task_id in {None, own}
    assert Render.objects.get(pk=world.other.pk).task_id == world.other.task_id
    # What the service told of is brought home, whatever became of it meanwhile.
    if world.sent == "answered" or own in world.told:
        assert state == State.READY
        assert render.late is (world.gave_up or world.sent == "refused but made")
    # The end is the end: one film, and the log shows no step out of it.
    assert Take.objects.filter(render=render).count() == (state == State.READY)
    # Lines that only note something begin and end in the same state.
    moves = render.events.exclude(from_state=F("to_state"))
    assert not moves.filter(from_state=State.READY).exists()
    assert moves.filter(to_state=State.READY).count() == (state == State.READY)
