"""GET /metrics: figures for Prometheus, and nothing for anybody without the token."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from storyboard.renders import heartbeat
from storyboard.renders.states import State
from tests.shelf import add_render, add_take

TOKEN = "a-token-of-the-monitoring"


@pytest.fixture
def scrape(settings):
    settings.METRICS_TOKEN = TOKEN

    def ask() -> dict[str, float]:
        answer = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("text/plain; version=")
        return {
            sample.name + "".join(sorted(sample.labels.values())): sample.value
            for family in text_string_to_metric_families(answer.content.decode())
            for sample in family.samples
        }

    return ask


def test_without_a_token_set_there_is_no_such_page(db, settings):
    for header in ("", "Bearer", "Bearer ", f"Bearer {TOKEN}"):
        assert Client().get("/metrics", headers={"Authorization": header}).status_code == 404


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", TOKEN, f"Basic {TOKEN}"])
def test_a_wrong_token_sees_no_such_page(db, settings, header):
    settings.METRICS_TOKEN = TOKEN
    assert Client().get("/metrics", headers={"Authorization": header}).status_code == 404


def test_an_account_opens_nothing(cast, settings):
    settings.METRICS_TOKEN = TOKEN
    assert cast.browser("owner").get("/metrics").status_code == 404


def test_the_figures_are_those_of_the_database(story, scrape):
    now = timezone.now()
    heartbeat.beat("here:1:a", now - timedelta(seconds=3))
    queued = add_render(story.project, State.QUEUED, queued_at=now - timedelta(minutes=2))
    add_render(story.project, State.UNSURE).log("unsure", now, from_state="submitting")
    queued.log("submitting", now, from_state="queued")
    add_take(story.project)
    found = scrape()
    assert found["storyboard_rendersqueued"] == 1
    assert found["storyboard_rendersunsure"] == 1
    assert found["storyboard_rendersfailed"] == 0
    assert found["storyboard_submissions_total"] == 1
    assert found["storyboard_unsure_total"] == 1
    assert found["storyboard_takes"] == 1
    assert found["storyboard_take_bytes"] == 1
    assert found["storyboard_pollers"] == 1
    assert 119 < found["storyboard_queue_age_seconds"] < 240
    assert 2 < found["storyboard_poller_beat_age_seconds"] < 120
    assert found["storyboard_disk_free_bytes"] > 0


def test_an_empty_house_has_figures_too(db, scrape):
    found = scrape()
    assert found["storyboard_queue_age_seconds"] == 0
    assert found["storyboard_pollers"] == 0
    assert found["storyboard_safe_mode"] == 0


def test_the_same_few_questions_however_much_there_is(story, scrape, django_assert_max_num_queries):
    for _ in range(5):
        add_take(story.project)
    with django_assert_max_num_queries(10):
        scrape()
