"""An owner answers while it is taken back or asked for anew, and people spend while they are
removed, at the same moment: on PostgreSQL alone, for SQLite has one writer at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction
from django.urls import reverse
from django.utils import timezone

from storyboard.people.models import Membership, User
from storyboard.people.roles import Role
from storyboard.renders.models import Render
from storyboard.renders.queue import queue_story
from storyboard.renders.spend_requests import withdraw
from storyboard.renders.states import State
from storyboard.stories.models import Project
from tests.shelf import add_render
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


@pytest.mark.parametrize("act", ["approve", "decline"])
def test_an_owner_who_is_removed_while_they_answer_answers_no_more(asked, answer, owner, team, act):
    other = User.objects.create_user("other@example.org", "a long password")
    Membership.objects.create(team=team, user=other, role=Role.OWNER)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            team.memberships.get(user=owner).leave()
            answering = pool.submit(answer, act, asked)
            wait_for(somebody_waits)
        found = answering.result()
    assert found.status_code == 404
    assert Render.objects.get().state == State.ASKED


@pytest.mark.parametrize(("role", "status"), [(None, 404), (Role.VIEWER, 403)])
@pytest.mark.parametrize("name", ["render_story", "render_scene", "render_send_again"])
def test_who_may_spend_no_more_while_they_press_spends_nothing(
    editor, signed_in, story, team, name, role, status
):
    failed = add_render(story.project, State.FAILED, task_id=None)
    about = {"render_story": story.project, "render_scene": story.scenes[0]}.get(name, failed)
    browser = signed_in(editor)

    def press():
        press = {"nonce": "one-press-of-the-button"}
        try:
            return browser.post(reverse(name, args=(about.pk,)), press)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Project.objects.select_for_update().get(pk=story.project.pk)
            pressing = pool.submit(press)
            wait_for(somebody_waits)
            member = team.memberships.get(user=editor)
            member.change(role=role, may_spend=True) if role else member.leave()
        found = pressing.result()
    assert found.status_code == status
    assert list(Render.objects.all()) == [failed]
