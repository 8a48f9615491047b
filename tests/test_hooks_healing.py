"""What the poller makes of webhooks: it asks with our own key, and binds what is there and fits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from storyboard.novita.types import Task
from storyboard.renders import hooks
from storyboard.renders.heard import Hook
from storyboard.renders.models import Render, Take
from storyboard.renders.queue import queue_scene, queue_story
from storyboard.renders.states import LeaseLost, NotPossible, State
from storyboard.stories.models import Scene
from tests.studio import NOON, Interrupted, Studio


@pytest.fixture
def studio(story, editor, fake_service, settings, tmp_path) -> Studio:
    settings.NOVITA_BASE_URL = fake_service.url
    settings.SUBMISSIONS_PER_MINUTE = 0
    [render] = queue_story(story.project, editor, "press", NOON)
    return Studio(fake_service, render, tmp_path / "takes")


@pytest.fixture
def orphan(studio) -> str:
    """The task of a submission that was charged, and whose answer was lost."""
    studio.service.next_submit("reset", charge=True)
    assert studio.tick() == State.UNSURE
    return studio.service.ledger[0]


def hear(studio: Studio, task_id: str, render: Render | None = None) -> None:
    Hook.objects.note((render or studio.render).pk, task_id, studio.time)


def outcome(studio: Studio, task_id: str) -> str:
    hook = Hook.objects.get(render=studio.render, task_id=task_id)
    assert hook.due_at is None, f"still to do: {hook.outcome}"
    return hook.outcome


def settle(studio: Studio) -> str:
    """Let time pass until no webhook is left to look into."""
    for _ in range(90):
        studio.time += timedelta(seconds=1)
        while studio.poller.hooks.tick():
            pass
    return studio.state


@pytest.mark.parametrize(
    ("what", "options"),
    [
        ("reset", {"charge": True}),
        ("hang", {}),
        ("error", {"status": 500, "reason": "CREATE_TASK_FAILED", "charge": True}),
        ("error", {"status": 502}),
        ("garbage", {"kind": "cut"}),
        ("garbage", {"kind": "empty"}),
        ("garbage", {"kind": "no_task"}),
        ("redirect", {"to": "/elsewhere"}),
    ],
)
def test_a_render_whose_answer_was_lost_is_healed_and_charged_once(studio, what, options):
    studio.service.next_submit(what, **options)
    assert studio.tick() == State.UNSURE
    hear(studio, studio.service.ledger[0])
    assert studio.tick() == State.WAITING
    assert studio.until_end() == State.READY
    assert (len(studio.service.ledger), Take.objects.count()) == (1, 1)
    assert (studio.render.message, studio.render.late) == ("", False)


def test_an_event_while_sending_waits_for_the_answer(studio):
    studio.client = Interrupted(
        studio.service, lambda: (hear(studio, studio.service.ledger[0]), studio.poller.hooks.tick())
    )
    assert studio.tick() == State.WAITING
    assert [event.note for event in studio.render.events.all()] == ["", "attempt 1", ""]
    assert settle(studio) == State.WAITING
    assert outcome(studio, studio.service.ledger[0]) == "asked for at once"


def test_an_event_heals_a_render_whose_poller_hangs_on_the_answer(studio):
    def hang() -> None:
        hear(studio, studio.service.ledger[0])
        studio.time += timedelta(seconds=6)
        assert studio.poller.hooks.tick()
        assert studio.state == State.WAITING

    client, studio.client = studio.client, Interrupted(studio.service, hang)
    studio.poller.hooks.client_for = lambda render: client
    assert studio.tick() == State.WAITING
    studio.client = client
    assert studio.until_end() == State.READY
    assert len(studio.service.ledger) == 1


def test_an_event_heals_what_a_dead_poller_left_in_submitting(studio):
    task_id = studio.service.charge(studio.render.request)
    Render.objects.update(state=State.SUBMITTING, lease_owner="dead/1", lease_until=NOON, attempt=1)
    hear(studio, task_id)
    assert studio.tick(1) == State.WAITING
    assert studio.until_end() == State.READY
    assert studio.service.submissions == []


def test_a_render_restored_to_the_queue_is_not_sent_when_its_event_is_there(studio):
    """The backup knows nothing of the submission; the service does."""
    task_id = studio.service.charge(studio.render.request)
    hear(studio, task_id)
    assert studio.tick() == State.WAITING
    assert studio.until_end() == State.READY
    assert studio.service.submissions == []


def test_an_event_lets_the_render_be_asked_for_at_once(studio):
    studio.service.eta = 90
    studio.tick()
    studio.next_tick()
    assert studio.render.next_step_at > studio.time + timedelta(seconds=20)
    studio.make()
    hear(studio, studio.render.task_id)
    studio.tick()
    assert studio.tick() == State.READY


def test_an_event_ahead_of_its_own_task_result_is_asked_about_a_few_times(studio):
    studio.service.eta = 90
    studio.service.answers("processing")
    studio.tick()
    studio.next_tick()
    polls = len(studio.service.polls)
    hear(studio, studio.render.task_id)
    for _ in range(40):
        studio.tick(0.5)
    assert len(studio.service.polls) - polls == hooks.NUDGES
    assert outcome(studio, studio.render.task_id) == "asked for at once"


def test_an_event_leaves_a_step_under_way_alone(studio):
    studio.tick()
    Render.objects.update(lease_owner="other/1", lease_until=studio.time + timedelta(seconds=30))
    before = Render.objects.values().get()
    hear(studio, studio.render.task_id)
    studio.poller.hooks.tick()
    assert Render.objects.values().get() == before


def test_a_task_that_the_service_does_not_know_is_not_bound(studio, orphan):
    hear(studio, "made-up")
    assert settle(studio) == State.UNSURE
    assert outcome(studio, "made-up") == "the task is unknown to the service"
    assert "is unknown to the service" in studio.render.events.last().note
    hear(studio, "made-up")
    assert not studio.poller.hooks.tick()
    hear(studio, orphan)
    assert studio.tick() == State.WAITING


def test_a_task_of_another_render_has_no_effect(studio, orphan, story, editor):
    other = queue_scene(story.scenes[0], editor, "other", studio.time)
    studio.tick()
    other.refresh_from_db()
    hear(studio, other.task_id)
    asked = len(studio.service.polls)
    studio.poller.hooks.tick()
    assert studio.state == State.UNSURE
    assert len(studio.service.polls) == asked
    assert outcome(studio, other.task_id) == "the task is another render's"


def test_two_renders_that_are_told_the_same_task_do_not_share_it(studio, orphan, story, editor):
    studio.service.next_submit("reset", charge=False)
    other = queue_scene(story.scenes[0], editor, "other", studio.time)
    studio.tick()
    hear(studio, orphan)
    hear(studio, orphan, other)
    settle(studio)
    other.refresh_from_db()
    assert {studio.render.task_id, other.task_id} == {orphan, None}
    assert other.state == State.UNSURE


def test_the_task_is_bound_by_one_of_two_who_looked_at_once(studio, orphan, story, editor):
    """The constraint decides when the check before it came too early."""
    studio.service.next_submit("reset", charge=False)
    other = queue_scene(story.scenes[0], editor, "other", studio.time)
    studio.tick()
    hear(studio, orphan)
    thief = Interrupted(
        studio.service, lambda: Render.objects.filter(pk=other.pk).update(task_id=orphan)
    )
    studio.client = thief
    studio.poller.hooks.tick()
    assert studio.state == State.UNSURE
    assert outcome(studio, orphan) == "the task is another render's"


def test_a_second_task_of_a_render_that_has_one_has_no_effect(studio):
    studio.tick()
    bound = studio.render.task_id
    another = studio.service.charge(studio.render.request)
    hear(studio, another)
    studio.poller.hooks.tick()
    assert studio.render.task_id == bound
    assert outcome(studio, another) == "the task is not the one it has"
    assert "is not the one it has" in studio.render.events.last().note


def fits(**changes: Any) -> Task:
    return Task(**({"task_id": "t", "status": "TASK_STATUS_SUCCEED", "seed": "7"} | changes))


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({}, ""),
        ({"seed": ""}, ""),
        ({"seed": "8"}, "has another seed"),
        ({"kind": "TXT_TO_VIDEO"}, ""),
        ({"kind": "TXT_TO_IMG"}, "is no text-to-video task"),
        ({"task_id": "u"}, "is not the task that was asked for"),
        ({"task_id": ""}, ""),
        ({"submitted_at": NOON.timestamp() + 1}, ""),
        ({"submitted_at": NOON.timestamp() - 600}, ""),
        ({"submitted_at": NOON.timestamp() - 7200}, "is older than the render"),
        ({"webhook_url": "https://story.example/hooks/other/"}, "was told to another address"),
    ],
)
def test_whatever_the_answer_says_must_fit_the_render(studio, answer, why):
    studio.render.request["seed"] = 7
    assert hooks.misfit(studio.render, "t", fits(**answer)) == why


def test_an_answer_that_repeats_the_secret_address_is_proof_enough(studio):
    studio.render.request["seed"] = 7
    url = f"https://story.example/hooks/{studio.render.token}/"
    assert hooks.misfit(studio.render, "t", fits(seed="8", webhook_url=url)) == ""


def test_a_service_that_is_down_is_asked_again(studio, orphan):
    studio.service.stop()
    hear(studio, orphan)
    assert settle(studio) == State.UNSURE
    studio.service.start()
    assert settle(studio) == State.WAITING


@pytest.mark.parametrize("seconds", [0, 300])
def test_what_was_let_go_comes_late_and_replaces_no_pick(studio, orphan, story, editor, seconds):
    studio.render.let_go(studio.time)
    if seconds:
        queue_story(story.project, editor, "again", studio.time)
        for _ in range(20):
            studio.tick(20)
        assert Take.objects.count() == 1
    picks = dict(Scene.objects.values_list("pk", "pick"))
    studio.service.answers("succeed", task_id=orphan)
    hear(studio, orphan)
    studio.tick()
    assert studio.state == State.WAITING
    assert "arrived late" in [event.note for event in studio.render.events.all()]
    assert studio.until_end() == State.READY
    assert studio.render.late
    take = studio.render.takes.get()
    after = dict(Scene.objects.values_list("pk", "pick"))
    assert after == picks if seconds else {*after.values()} == {s.pk for s in take.spans.all()}


def test_what_was_let_go_stays_so_until_the_film_is_there(studio, orphan):
    studio.render.let_go(studio.time)
    studio.service.answers("processing", task_id=orphan)
    hear(studio, orphan)
    assert settle(studio) == State.CANCELLED
    assert studio.render.task_id == orphan
    studio.make()
    assert settle(studio) == State.WAITING
    assert studio.until_end() == State.READY


def test_what_was_let_go_and_failed_stays_let_go(studio, orphan):
    studio.render.let_go(studio.time)
    studio.service.answers("failed", task_id=orphan)
    hear(studio, orphan)
    assert settle(studio) == State.CANCELLED
    assert outcome(studio, orphan) == "ended without a film"


def test_an_answer_after_it_was_let_go_is_followed_too(studio):
    def give_up() -> None:
        Render.objects.update(state=State.UNSURE, lease_owner="", lease_until=None)
        studio.render.refresh_from_db()
        studio.render.let_go(studio.time)

    client, studio.client = studio.client, Interrupted(studio.service, give_up)
    assert studio.tick() == State.CANCELLED
    studio.client = client
    studio.make()
    assert settle(studio) == State.WAITING
    assert studio.until_end() == State.READY
    assert studio.render.late


def test_what_seemed_refused_and_was_made_all_the_same_comes_late(studio):
    studio.service.next_submit("refuse", charge=True)
    assert studio.tick() == State.FAILED
    hear(studio, studio.service.ledger[0])
    assert settle(studio) == State.WAITING
    assert studio.until_end() == State.READY


def test_what_seemed_too_early_and_was_accepted_is_not_sent_again(studio):
    studio.service.next_submit("rate_limit", after=60, charge=True)
    assert studio.tick() == State.QUEUED
    hear(studio, studio.service.ledger[0])
    assert settle(studio) == State.WAITING
    assert studio.until_end() == State.READY
    assert len(studio.service.ledger) == 1


def test_a_render_is_not_sent_while_a_webhook_of_it_is_looked_into(studio):
    hear(studio, "made-up")
    for _ in range(3):
        assert studio.tick() == State.QUEUED
        assert studio.tick(2) == State.QUEUED
    assert studio.service.submissions == []
    settle(studio)
    assert studio.next_tick() == State.WAITING
    assert len(studio.service.ledger) == 1


def test_a_second_task_of_one_render_is_said_in_its_log(studio):
    studio.client = Interrupted(
        studio.service,
        lambda: Render.objects.update(
            state=State.WAITING, task_id="first", lease_owner="", lease_until=None
        ),
    )
    studio.tick()
    note = studio.render.events.last().note
    assert studio.service.ledger[0] in note
    assert "may have been charged twice" in note


def test_what_the_service_itself_calls_failed_stays_failed(studio):
    studio.tick()
    studio.service.answers("failed", task_id=studio.render.task_id)
    assert studio.next_tick() == State.FAILED
    studio.make()
    hear(studio, studio.render.task_id)
    assert settle(studio) == State.FAILED


def test_a_replay_after_the_end_has_no_effect(studio):
    studio.tick()
    assert studio.until_end() == State.READY
    before = Render.objects.values().get()
    hear(studio, studio.render.task_id)
    settle(studio)
    assert Render.objects.values().get() == before
    assert Take.objects.count() == 1


def test_a_render_that_moves_on_meanwhile_is_looked_at_again(studio, orphan):
    client, studio.client = (
        studio.client,
        Interrupted(studio.service, lambda: Render.objects.get().let_go(studio.time)),
    )
    hear(studio, orphan)
    studio.poller.hooks.tick()
    studio.client = client
    assert studio.state == State.CANCELLED
    assert settle(studio) in (State.CANCELLED, State.WAITING)
    assert studio.render.task_id == orphan


def test_a_ready_render_never_comes_late(studio):
    studio.tick()
    assert studio.until_end() == State.READY
    stale = Render.objects.get()
    stale.state = State.CANCELLED
    with pytest.raises(LeaseLost):
        stale.come_late(studio.time)
    with pytest.raises(NotPossible):
        studio.render.let_go(studio.time)


def test_the_secret_address_is_sent_and_stored_nowhere_else(studio, settings):
    settings.WEBHOOK_URL = "https://story.example"
    token = studio.render.token
    address = f"https://story.example/hooks/{token}/"
    studio.service.next_submit("refuse", status=400, message=f"bad webhook: {address}")
    assert studio.tick() == State.FAILED
    [sent] = studio.service.submissions
    assert sent.json["extra"]["webhook"] == {"url": address}
    row = Render.objects.values().get()
    assert row.pop("token") == token
    assert token not in repr(row)
    assert "[secret]" in row["message"]
    assert token not in repr(list(studio.render.events.values()))


def test_without_an_address_of_ours_none_is_sent(studio, settings):
    settings.WEBHOOK_URL = ""
    assert studio.tick() == State.WAITING
    assert "webhook" not in studio.service.submissions[0].json["extra"]


def test_a_task_that_goes_back_and_forth_is_fetched_once_and_stays_ready(studio):
    studio.tick()
    task_id = studio.render.task_id
    studio.service.next_download("truncated")
    studio.service.answers("succeed", "processing", "succeed", "failed", task_id=task_id)
    assert studio.next_tick() == State.SAVING
    for _ in range(3):
        hear(studio, task_id)
        studio.next_tick()
        if studio.state == State.READY:
            break
    hear(studio, task_id)
    assert settle(studio) == State.READY
    assert studio.log[-2:] == ["saving", "ready"]
    assert Take.objects.count() == 1
