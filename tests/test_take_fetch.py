"""POST /takes/<pk>/fetch/: a lost file is asked for on the page, and fetched by the poller."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from storyboard.novita.client import Client
from storyboard.renders.clients import Clients
from storyboard.renders.fetching import LEASE, Fetches
from storyboard.renders.models import Gate, Render, Take
from storyboard.renders.queue import queue_story
from storyboard.renders.states import State
from tests.films import film
from tests.ladder import assert_only_writers_may
from tests.shelf import add_take
from tests.studio import NOON, Studio

HTMX = {"HX-Request": "true"}


@pytest.fixture
def lost(story, now) -> Take:
    take = add_take(story.project)
    Take.objects.update(lost_at=now)
    return take


@pytest.fixture
def studio(fake_service, story, editor, settings, tmp_path) -> Studio:
    """A take that came from the service, whose file was deleted since."""
    settings.NOVITA_BASE_URL = fake_service.url
    settings.SUBMISSIONS_PER_MINUTE = 0
    render = queue_story(story.project, editor, "press", NOON)[0]
    studio = Studio(fake_service, render, tmp_path / "takes")
    studio.tick()
    studio.make(film(72))
    assert studio.until_end() == State.READY
    (tmp_path / "takes" / Take.objects.get().file).unlink()
    Take.objects.update(lost_at=NOON, fetch_due_at=studio.time)
    return studio


def tend(studio: Studio) -> Take:
    client = studio.client
    assert client
    Fetches(Clients(client), lambda: studio.store, lambda: studio.time).tend()
    return Take.objects.get()


def asked(studio: Studio) -> int:
    return len(studio.service.polls)


def test_only_writers_may(cast, lost):
    assert_only_writers_may(cast, reverse("take_fetch", args=(lost.pk,)))
    lost.refresh_from_db()
    assert lost.fetch_due_at is None


def test_the_page_asks_and_no_web_process_fetches(cast, story, lost):
    browser = cast.browser("editor")
    page = reverse("project_detail", args=(story.project.pk,))
    assert "Fetch it again" in browser.get(page).content.decode()
    assert "Fetch it again" not in cast.browser("viewer").get(page).content.decode()
    answer = browser.post(reverse("take_fetch", args=(lost.pk,)), headers=HTMX)
    assert answer.status_code == 200
    assert "It is being fetched again, which costs nothing." in answer.content.decode()
    lost.refresh_from_db()
    assert lost.fetch_due_at
    assert lost.lost_at


def test_without_script_it_leads_back_to_the_story(cast, story, lost):
    answer = cast.browser("editor").post(reverse("take_fetch", args=(lost.pk,)), follow=True)
    page = answer.content.decode()
    assert "It is being fetched again" in page
    assert 'hx-trigger="every 3s"' in page


def test_a_second_press_does_not_begin_anew(cast, lost):
    url = reverse("take_fetch", args=(lost.pk,))
    cast.browser("editor").post(url)
    first = Take.objects.get().fetch_due_at
    cast.browser("editor").post(url)
    assert Take.objects.get().fetch_due_at == first


def test_a_take_that_is_there_is_not_fetched(cast, story):
    take = add_take(story.project)
    answer = cast.browser("editor").post(reverse("take_fetch", args=(take.pk,)), headers=HTMX)
    assert answer.status_code == 422
    assert "Its file is there." in answer.content.decode()


def test_the_poller_brings_the_very_same_file_back(studio):
    take = tend(studio)
    assert take.lost_at is None
    assert take.fetch_due_at is None
    assert take.fetch_said == ""
    assert len(studio.service.ledger) == 1
    with studio.store.open(take.file) as file:
        assert len(file.read()) == take.bytes


def test_what_the_service_no_longer_has_is_said_in_words(studio, cast, story):
    studio.service.tasks.clear()
    take = tend(studio)
    assert take.lost_at
    assert take.fetch_due_at is None
    page = cast.browser("editor").get(reverse("project_detail", args=(story.project.pk,)))
    said = "It could not be fetched again: the service no longer has it."
    assert said in page.content.decode()
    assert "Fetch it again" in page.content.decode()


def test_a_fetch_whose_poller_died_is_taken_up_by_the_next(studio):
    Take.objects.update(fetch_due_at=studio.time + LEASE)
    assert tend(studio).lost_at
    studio.time += LEASE + timedelta(seconds=1)
    assert tend(studio).lost_at is None


def test_nothing_is_asked_while_the_key_is_refused(studio):
    client = studio.client
    assert isinstance(client, Client)
    until = studio.time + timedelta(minutes=5)
    Gate.objects.update_or_create(
        account=studio.service.url,
        defaults={
            "refused": "INVALID_API_KEY",
            "refused_until": until,
            "key_mark": client.key_mark,
        },
    )
    before = asked(studio)
    assert tend(studio).fetch_due_at == until
    assert asked(studio) == before
    studio.time = until
    assert tend(studio).lost_at is None


def test_a_take_of_another_service_is_left_alone(studio):
    Render.objects.update(engine="https://elsewhere.example", account="https://elsewhere.example")
    before = asked(studio)
    take = tend(studio)
    assert asked(studio) == before
    assert "is not the service of the settings" in take.fetch_said
