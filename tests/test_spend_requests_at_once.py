"""An owner answers while it is taken back, or asked for anew, at the same moment: on PostgreSQL
alone, for SQLite has one writer at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction
from django.urls import reverse
from django.utils import timezone

from storyboard.renders.models import Render
from storyboard.renders.queue import queue_story
from storyboard.renders.spend_requests import withdraw
from storyboard.renders.states import State
from tests.waiting import wait_for

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="the tests run on SQLite"),
]


def somebody_waits() -> bool:
    """Whether a transaction of these tests waits for a row that another one holds."""
    with connection.cursor() as cursor:
        # Else it is what it was when this transaction first asked.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0] > 0


@pytest.fixture
def asked(saver, signed_in, story) -> Render:
    """What somebody asked for who may not spend."""
    ask = reverse("render_ask_story", args=(story.project.pk,))
    signed_in(saver).post(ask, {"nonce": "one-press-of-the-button"})
    return Render.objects.get()


@pytest.fixture
def answer(owner, signed_in, team):
    """Return a function that answers as an owner whose page shows what was asked for."""
    browser = signed_in(owner)

    def answer_it(act: str, render: Render):
        wish = {"renders": render.pk, f"cost-{render.pk}": str(render.estimate)}
        try:
            return browser.post(reverse(f"spend_request_{act}", args=(team.pk,)), wish)
        finally:
            connections.close_all()

    return answer_it


@pytest.mark.parametrize("act", ["approve", "decline"])
def test_what_is_taken_back_while_an_owner_answers_is_told_so(asked, answer, act):
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            withdraw(asked, timezone.now())
            answering = pool.submit(answer, act, asked)
            wait_for(somebody_waits)
        found = answering.result()
    assert found.status_code == 409
    assert "answered or taken back just now" in found.content.decode()
    assert list(Render.objects.values_list("state", "reason")) == [(State.CANCELLED, "withdrawn")]


@pytest.mark.parametrize("act", ["approve", "decline"])
def test_what_is_asked_for_anew_while_an_owner_answers_is_told_so(asked, answer, story, saver, act):
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            queue_story(story.project, saver, "another press", timezone.now(), state=State.ASKED)
            answering = pool.submit(answer, act, asked)
            wait_for(somebody_waits)
        found = answering.result()
    assert found.status_code == 409
    assert "answered or taken back just now" in found.content.decode()
    assert list(Render.objects.order_by("pk").values_list("state", "reason")) == [
        (State.CANCELLED, "overtaken"),
        (State.ASKED, ""),
    ]
