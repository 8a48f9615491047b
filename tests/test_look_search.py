"""GET /projects/<pk>/look/models/<kind>/: searching the catalogue as one types."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from storyboard.looks.models import CatalogueEntry, Kind
from storyboard.stories.models import Project
from tests.models_offered import offer

HTMX = {"HX-Request": "true"}
ENGINE = "http://engine.example"


@pytest.fixture
def project(story, settings, now) -> Project:
    settings.NOVITA_BASE_URL = ENGINE
    offer(ENGINE, Kind.LORA, "candle light", "ink drawing", "snow", at=now)
    CatalogueEntry.objects.filter(api_name="ink drawing").update(
        tags=["Winter", "night"], search="ink drawing winter night"
    )
    return story.project


def search(browser, project: Project, words: str = "", kind: str = "lora", headers=HTMX) -> str:
    answer = browser.get(
        reverse("model_list", args=(project.pk, kind)), {"q": words}, headers=headers
    )
    assert answer.status_code == 200
    return answer.content.decode()


def test_only_writers_search(cast, project):
    url = reverse("model_list", args=(project.pk, "lora"))
    assert cast.browser("viewer").get(url).status_code == 403
    assert cast.browser("commenter").get(url).status_code == 403
    assert cast.browser("outsider").get(url).status_code == 404
    assert cast.browser("editor").post(url).status_code == 405
    assert Client().get(url).status_code == 302


def test_without_words_the_services_own_order_is_shown(cast, project):
    page = search(cast.browser("editor"), project)
    places = [page.index(name) for name in ("Candle Light", "Ink Drawing", "Snow")]
    assert places == sorted(places)


@pytest.mark.parametrize(
    "words", ["ink", "INK", "Drawing ink", "winter", "winter ink", "  ink  ", "nigh"]
)
def test_every_word_must_be_in_the_name_or_the_tags(cast, project, words):
    page = search(cast.browser("editor"), project, words)
    assert "Ink Drawing" in page
    assert "Candle Light" not in page


@pytest.mark.parametrize("words", ["inkwell", "ink candle", "%", "_", "'", "\0x"])
def test_what_matches_nothing_says_so(cast, project, words):
    page = search(cast.browser("editor"), project, words)
    assert "Nothing that the service offers matches" in page


def test_name_base_model_and_tags_are_shown(cast, project):
    page = search(cast.browser("editor"), project, "ink")
    for words in ("Ink Drawing", "SD 1.5", "Winter"):
        assert words in page


def test_what_is_chosen_already_says_so(cast, project):
    project.loras.create(api_name="snow", position=0)
    page = search(cast.browser("editor"), project, "snow")
    assert "Chosen" in page
    assert "disabled" in page


def test_only_what_is_offered_here_is_found(cast, project, now):
    offer(ENGINE, Kind.LORA, "hidden gone", at=now, available=False)
    offer(ENGINE, Kind.LORA, "hidden xl", at=now, base_model="SDXL 1.0")
    offer("http://elsewhere", Kind.LORA, "hidden elsewhere", at=now)
    offer(ENGINE, Kind.EMBEDDING, "hidden kind", at=now)
    assert "Nothing that the service offers" in search(cast.browser("editor"), project, "hidden")


def test_twenty_four_are_shown_at_most(cast, project, now):
    offer(ENGINE, Kind.CHECKPOINT, *(f"model {number:03}" for number in range(60)), at=now)
    browser = cast.browser("editor")
    with CaptureQueriesContext(connection) as asked:
        page = search(browser, project, "model", "checkpoint")
    assert page.count('class="model"') == 24
    assert "The first 24 are shown" in page
    assert len(asked) <= 9


def test_a_catalogue_that_was_never_read_says_so(cast, story):
    page = search(cast.browser("editor"), story.project)
    assert "has not come from the service yet" in page


def test_a_kind_that_is_none_is_not_found(cast, project):
    url = reverse("model_list", args=(project.pk, "vae"))
    assert cast.browser("editor").get(url).status_code == 404


def test_without_script_it_is_a_page_of_plain_forms(cast, project):
    page = search(cast.browser("editor"), project, "ink", headers={})
    assert "<!doctype html>" in page
    assert "Back to the story" in page
    assert f'action="{reverse("lora_add", args=(project.pk,))}"' in page
    found = page.partition('<main id="main"')[2]
    assert "hx-" not in found


def test_what_the_service_wrote_is_shown_as_text(cast, project, now):
    offer(ENGINE, Kind.CHECKPOINT, "<script>alert(1)</script>", at=now, tags=["<b>"])
    page = search(cast.browser("editor"), project, "", "checkpoint")
    assert "<script>" not in page.lower()
    assert "<b>" not in page
