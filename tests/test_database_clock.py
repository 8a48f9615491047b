"""The pollers' clock: the database's, so that a host whose own is wrong takes nothing over."""

from __future__ import annotations

import os
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from storyboard.renders.clock import DatabaseClock
from storyboard.renders.models import Render
from tests.postgres.own import VARIABLE
from tests.shelf import add_render

LEASE = timedelta(minutes=2)
on_postgresql = pytest.mark.skipif(VARIABLE not in os.environ, reason="the tests run on SQLite")


def test_it_tells_the_time(db):
    assert abs(DatabaseClock()() - timezone.now()) < timedelta(seconds=5)


def test_it_asks_the_database_twice_a_minute_and_goes_on_by_itself(
    db, django_assert_max_num_queries
):
    clock = DatabaseClock()
    with django_assert_max_num_queries(1):
        times = [clock() for _ in range(100)]
    assert times == sorted(times)


@on_postgresql
def test_it_is_the_databases_and_not_that_of_a_transaction(transactional_db):
    # The server's time of a session can only be told apart from the host's by asking both.
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        told = cursor.fetchone()[0]
    assert timedelta() <= DatabaseClock()() - told < timedelta(seconds=5)


def test_two_pollers_with_clocks_of_their_own_agree_on_a_lease(story):
    add_render(story.project, "queued", next_step_at=timezone.now() - timedelta(minutes=1))
    one, other = DatabaseClock(), DatabaseClock()
    claimed = Render.objects.claim("one", one(), LEASE)
    assert claimed is not None
    assert Render.objects.claim("other", other(), LEASE) is None
    assert abs(claimed.lease_until - (timezone.now() + LEASE)) < timedelta(seconds=5)


@on_postgresql
@pytest.mark.parametrize("minutes", [10, -10])
def test_a_poller_whose_host_is_ten_minutes_wrong_takes_nothing_over(story, monkeypatch, minutes):
    add_render(story.project, "queued", next_step_at=timezone.now() - timedelta(minutes=1))
    claimed = Render.objects.claim("right", DatabaseClock()(), LEASE)
    assert claimed is not None
    right = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: right() + timedelta(minutes=minutes))
    wrong = DatabaseClock()
    assert Render.objects.claim("wrong", wrong(), LEASE) is None
    # Once that lease is over, its own lasts as long as anybody's.
    Render.objects.update(lease_until=right() - timedelta(seconds=1))
    taken = Render.objects.claim("wrong", wrong(), LEASE)
    assert taken is not None
    assert abs(taken.lease_until - (right() + LEASE)) < timedelta(seconds=5)


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_what_another_poller_is_claiming_is_passed_over_and_not_waited_for(story):
    first = add_render(story.project, "queued", next_step_at=timezone.now() - timedelta(minutes=2))
    second = add_render(story.project, "queued", next_step_at=timezone.now() - timedelta(minutes=1))
    at = timezone.now()
    taken: list[int | None] = []

    def claim() -> None:
        try:
            render = Render.objects.claim("other", at, LEASE)
            taken.append(render and render.pk)
        finally:
            connection.close()

    with transaction.atomic():
        Render.objects.select_for_update().get(pk=first.pk)
        thread = threading.Thread(target=claim)
        thread.start()
        thread.join(10)
    assert taken == [second.pk]
