"""Choosing the models of a look: checkpoint, LoRAs with their strength, embeddings."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from storyboard.looks.models import CatalogueEntry, CatalogueRefresh, Kind
from storyboard.looks.panel import look_of
from storyboard.looks.problems import look_problems
from storyboard.stories.models import ChosenEmbedding, ChosenLora, Project
from tests.ladder import assert_only_writers_may
from tests.models_offered import offer
from tests.site import Site

HTMX = {"HX-Request": "true"}
ENGINE = "http://engine.example"
NAMES = ("candle", "ink", "snow", "fog", "gold", "dusk", "rain")


@pytest.fixture
def project(story, settings, now) -> Project:
    settings.NOVITA_BASE_URL = ENGINE
    offer(ENGINE, Kind.LORA, *NAMES, at=now)
    offer(ENGINE, Kind.EMBEDDING, *NAMES, at=now)
    offer(ENGINE, Kind.CHECKPOINT, story.project.checkpoint, "dreams.safetensors", at=now)
    return story.project


def add(browser, project: Project, name: str, act: str = "lora_add", **headers):
    url = reverse(act, args=(project.pk,))
    return browser.post(url, {"api_name": name}, headers=headers or HTMX)


def names(project: Project) -> list[str]:
    return list(project.loras.values_list("api_name", flat=True))


# The ladder of each act


@pytest.mark.parametrize("act", ["checkpoint_choose", "lora_add", "embedding_add"])
def test_only_writers_may_choose(cast, project, act):
    assert_only_writers_may(cast, reverse(act, args=(project.pk,)), {"api_name": "candle"})
    project.refresh_from_db()
    assert project.checkpoint != "candle"
    assert not project.loras.exists()
    assert not project.embeddings.exists()


@pytest.mark.parametrize("act", ["lora_update", "lora_remove", "embedding_remove"])
def test_only_writers_may_change_what_was_chosen(cast, project, act):
    lora = project.loras.create(api_name="candle", position=0)
    embedding = project.embeddings.create(api_name="candle", position=0)
    pk = embedding.pk if act == "embedding_remove" else lora.pk
    assert_only_writers_may(cast, reverse(act, args=(project.pk, pk)), {"strength": "0.1"})
    lora.refresh_from_db()
    assert lora.strength == 0.7
    assert project.embeddings.exists()


@pytest.mark.parametrize("act", ["lora_update", "lora_remove", "embedding_remove"])
def test_what_another_story_chose_is_not_found(cast, project, outsider, act):
    theirs = Project.objects.create(team=outsider.teams.get(), title="Theirs")
    rows = theirs.embeddings if act == "embedding_remove" else theirs.loras
    pk = rows.create(api_name="candle", position=0).pk
    url = reverse(act, args=(project.pk, pk))
    assert cast.browser("editor").post(url, {"strength": "0.1"}).status_code == 404
    assert rows.exists()


# Choosing


def test_a_checkpoint_is_chosen(cast, project):
    answer = add(cast.browser("editor"), project, "dreams.safetensors", "checkpoint_choose")
    assert answer.status_code == 200
    assert "Dreams.Safetensors" in answer.content.decode()
    before = project.version
    project.refresh_from_db()
    assert (project.checkpoint, project.version) == ("dreams.safetensors", before + 1)


def test_a_lora_is_added_at_the_end(cast, project):
    for name in ("ink", "candle"):
        answer = add(cast.browser("editor"), project, name)
        assert answer.status_code == 200
    assert names(project) == ["ink", "candle"]
    assert "2 / 5" in answer.content.decode()


@pytest.mark.parametrize("act", ["checkpoint_choose", "lora_add", "embedding_add"])
def test_without_script_one_comes_back_to_the_story(cast, project, act):
    name = "dreams.safetensors" if act == "checkpoint_choose" else "candle"
    answer = cast.browser("editor").post(reverse(act, args=(project.pk,)), {"api_name": name})
    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('project_detail', args=(project.pk,))}#look"


@pytest.mark.parametrize("headers", [HTMX, {"Accept": "text/html"}])
@pytest.mark.parametrize("act", ["checkpoint_choose", "lora_add", "embedding_add"])
@pytest.mark.parametrize("name", ["unknown", "", "Candle", "candle\0", "elsewhere", "old", "xl"])
def test_what_the_service_does_not_offer_is_refused(cast, project, now, act, name, headers):
    offer("http://elsewhere", Kind.LORA, "elsewhere", at=now)
    offer(ENGINE, Kind.LORA, "old", at=now, available=False)
    offer(ENGINE, Kind.LORA, "xl", at=now, base_model="SDXL 1.0")
    answer = add(cast.browser("editor"), project, name, act, **headers)
    assert answer.status_code == 422
    assert "The service does not offer this" in answer.content.decode()
    assert not project.loras.exists()


@pytest.mark.parametrize("act", ["lora_add", "embedding_add"])
def test_the_same_twice_is_refused_with_words(cast, project, act):
    add(cast.browser("editor"), project, "candle", act)
    answer = add(cast.browser("editor"), project, "candle", act)
    assert answer.status_code == 422
    assert "part of this look already" in answer.content.decode()


@pytest.mark.parametrize(("act", "rows"), [("lora_add", "loras"), ("embedding_add", "embeddings")])
@pytest.mark.parametrize("headers", [HTMX, {"Accept": "text/html"}])
def test_a_sixth_is_refused_with_words(cast, project, act, rows, headers):
    for name in NAMES[:5]:
        add(cast.browser("editor"), project, name, act)
    answer = add(cast.browser("editor"), project, NAMES[5], act, **headers)
    assert answer.status_code == 422
    assert "at most 5" in answer.content.decode()
    assert getattr(project, rows).count() == 5


def test_one_taken_out_makes_room(cast, project):
    for name in NAMES[:5]:
        add(cast.browser("editor"), project, name)
    first = project.loras.get(api_name="candle")
    url = reverse("lora_remove", args=(project.pk, first.pk))
    assert cast.browser("editor").post(url, headers=HTMX).status_code == 200
    assert add(cast.browser("editor"), project, "dusk").status_code == 200
    assert names(project) == ["ink", "snow", "fog", "gold", "dusk"]


def test_an_embedding_is_added_and_taken_out(cast, project):
    add(cast.browser("editor"), project, "candle", "embedding_add")
    [row] = project.embeddings.all()
    url = reverse("embedding_remove", args=(project.pk, row.pk))
    assert cast.browser("editor").post(url).status_code == 302
    assert not ChosenEmbedding.objects.exists()


# Strength


@pytest.fixture
def lora(project) -> ChosenLora:
    return project.loras.create(api_name="candle", position=0)


@pytest.mark.parametrize("typed", ["0", "1", "0.35"])
def test_a_strength_is_stored(cast, project, lora, typed):
    url = reverse("lora_update", args=(project.pk, lora.pk))
    answer = cast.browser("editor").post(url, {"strength": typed}, headers=HTMX)
    assert answer.status_code == 200
    lora.refresh_from_db()
    assert lora.strength == float(typed)


@pytest.mark.parametrize("headers", [HTMX, {}])
@pytest.mark.parametrize("typed", ["1.01", "-0.1", "much", "", "nan", "inf"])
def test_a_strength_out_of_range_is_refused_beside_it(cast, project, lora, headers, typed):
    url = reverse("lora_update", args=(project.pk, lora.pk))
    answer = cast.browser("editor").post(url, {"strength": typed}, headers=headers)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Write a number, 0 to 1." in page
    assert f'value="{typed}" aria-invalid="true"' in page
    lora.refresh_from_db()
    assert lora.strength == 0.7


# What vanished


def vanish(name: str) -> None:
    CatalogueEntry.objects.filter(api_name=name).update(available=False)


def test_a_model_that_vanished_is_flagged_and_not_lost(cast, project, lora):
    vanish("candle")
    assert look_of(project).loras[0].vanished
    page = cast.browser("editor").get(reverse("project_detail", args=(project.pk,)))
    assert "No longer offered" in page.content.decode()
    assert names(project) == ["candle"]


def test_a_name_that_the_catalogue_never_held_is_shown_as_it_is(project):
    project.loras.create(api_name="brought-from-elsewhere", position=0)
    card = look_of(project).loras[0]
    assert (card.name, card.letter, card.vanished) == ("brought-from-elsewhere", "B", True)


def test_before_the_catalogue_was_read_nothing_is_flagged(project, lora):
    CatalogueEntry.objects.all().delete()
    CatalogueRefresh.objects.update(finished_at=None)
    assert not any(card.vanished for card in look_of(project).cards)
    assert look_problems(project) == []


def test_a_service_that_lists_nothing_has_nothing_held_against_a_look(project, lora):
    CatalogueEntry.objects.update(available=False)
    assert not any(card.vanished for card in look_of(project).cards)
    assert look_problems(project) == []


def test_a_render_is_told_what_vanished(project, lora):
    project.embeddings.create(api_name="ink", position=0)
    assert look_problems(project) == []
    vanish("candle")
    vanish("ink")
    vanish(project.checkpoint)
    found = look_problems(project)
    # Both kinds are offered under one name here, and both are gone.
    assert [problem.field for problem in found] == ["checkpoint", "loras", "embeddings"]
    assert {problem.anchor for problem in found} == {"look"}
    assert "“Candle” is no longer offered by the service." in found[1].message


def test_a_look_without_a_checkpoint_is_a_problem(project):
    project.checkpoint = ""
    assert "no checkpoint" in look_problems(project)[0].message


# The panel


def test_readers_see_the_look_and_no_way_to_change_it(cast, project, lora):
    page = cast.browser("viewer").get(reverse("project_detail", args=(project.pk,)))
    look = page.content.decode().partition('<section id="look"')[2].partition("</section>")[0]
    assert "Candle" in look
    assert "512 × 512 · 20 steps · seed random" in look
    for tag in ("<form", "<input", "<button", "Advanced"):
        assert tag not in look


def test_the_look_takes_four_queries_however_much_was_chosen(project, lora):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            look_of(Project.objects.get(pk=project.pk))
        return len(asked) - 1

    assert queries() <= 4
    for place, name in enumerate(NAMES[1:5], start=1):
        project.loras.create(api_name=name, position=place)
        project.embeddings.create(api_name=name, position=place)
    assert queries() <= 4


# Six hands at once

SEED_SCRIPT = """
from datetime import datetime, timezone
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from storyboard.looks.models import CatalogueEntry
from storyboard.people.models import User
from storyboard.stories.models import Project
user = User.objects.create_user("writer@example.org", "a long password")
Project.objects.create(team=user.teams.get(), title="Contended")
for number in range(8):
    for kind in ("lora", "embedding"):
        CatalogueEntry.objects.create(
            engine=settings.NOVITA_BASE_URL, kind=kind, name=f"N{number}", api_name=f"n{number}",
            base_model="SD 1.5", seen_at=datetime.now(timezone.utc))
session = SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.create()
print(session.session_key)
"""


@pytest.mark.process
def test_six_added_at_once_are_never_stored(tmp_path):
    site = Site(tmp_path)
    try:
        site.await_answer()
        session = site.ask(SEED_SCRIPT)[-1]

        def add_one(job: tuple[str, int]) -> int:
            browser = site.browser(session, htmx=True)
            path = f"/projects/1/look/{job[0]}/"
            return site.post(browser, path, {"api_name": f"n{job[1]}"})

        jobs = [(kind, number) for number in range(8) for kind in ("loras", "embeddings")]
        with ThreadPoolExecutor(8) as hands:
            statuses = sorted(hands.map(add_one, jobs))
        assert statuses == [200] * 10 + [422] * 6
        five = [(0,), (1,), (2,), (3,), (4,)]
        assert site.rows("select position from stories_chosenlora order by 1") == five
        assert site.rows("select position from stories_chosenembedding order by 1") == five
    finally:
        site.stop()
