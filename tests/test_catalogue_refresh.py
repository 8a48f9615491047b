"""Reading the service's model list into the catalogue: whole, or not at all."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from storyboard.looks.catalogue import Counts, keep_fresh, refresh, refresh_due
from storyboard.looks.models import CatalogueEntry, Kind
from storyboard.novita.client import Client
from storyboard.novita.errors import NovitaError
from tests.models_offered import row

pytestmark = pytest.mark.django_db


@pytest.fixture
def engine(fake_service, settings) -> str:
    settings.NOVITA_BASE_URL = fake_service.base_url
    settings.NOVITA_API_KEY = fake_service.key
    return fake_service.base_url


@pytest.fixture
def client(fake_service) -> Client:
    return Client(fake_service.base_url, fake_service.key, timeout=(2, 2))


@pytest.fixture
def offered(fake_service):
    fake_service.models = {
        "checkpoint": [row("dreams", tags=["soft", "Night"]), row("real")],
        "lora": [row("candle"), row("ink")],
        "textualinversion": [row("badhand")],
    }
    return fake_service.models


def names(engine: str, kind: Kind) -> list[str]:
    return [entry.api_name for entry in CatalogueEntry.objects.offered(engine, kind)]


def test_all_three_kinds_are_read_in_the_services_order(client, engine, offered, now):
    assert refresh(client, engine, now) == Counts(seen=5, new=5, gone=0)
    # A checkpoint is asked for by its file's name, the others by their name in the API.
    assert names(engine, Kind.CHECKPOINT) == ["dreams.safetensors", "real.safetensors"]
    assert names(engine, Kind.LORA) == ["candle", "ink"]
    assert names(engine, Kind.EMBEDDING) == ["badhand"]
    entry = CatalogueEntry.objects.get(api_name="dreams.safetensors")
    assert (entry.name, entry.base_model, entry.tags) == ("Dreams", "SD 1.5", ["soft", "Night"])


def test_a_checkpoint_without_a_file_name_is_asked_for_by_its_name_in_the_api(
    client, engine, fake_service, now
):
    fake_service.models["checkpoint"] = [row("dreams", sd_name="")]
    refresh(client, engine, now)
    assert names(engine, Kind.CHECKPOINT) == ["dreams"]


def test_many_pages_are_read(client, engine, fake_service, now):
    fake_service.models["lora"] = [row(f"ink {number}") for number in range(250)]
    assert refresh(client, engine, now).seen == 250
    assert CatalogueEntry.objects.count() == 250


def test_a_second_refresh_updates_what_is_there(client, engine, offered, now):
    refresh(client, engine, now)
    offered["lora"][0]["name"] = "Candle light"
    assert refresh(client, engine, now + timedelta(days=1)) == Counts(seen=5, new=0, gone=0)
    assert CatalogueEntry.objects.get(api_name="candle").name == "Candle light"
    assert CatalogueEntry.objects.count() == 5


def test_what_is_no_longer_named_is_kept_and_no_longer_offered(client, engine, offered, now):
    refresh(client, engine, now)
    del offered["lora"][0]
    assert refresh(client, engine, now + timedelta(days=1)).gone == 1
    assert names(engine, Kind.LORA) == ["ink"]
    assert CatalogueEntry.objects.get(api_name="candle").available is False
    offered["lora"].append(row("candle"))
    refresh(client, engine, now + timedelta(days=2))
    assert names(engine, Kind.LORA) == ["ink", "candle"]


def test_the_catalogue_of_another_engine_is_left_alone(client, engine, offered, now):
    CatalogueEntry.objects.create(
        engine="http://elsewhere", kind="lora", name="Old", api_name="old", seen_at=now
    )
    refresh(client, engine, now + timedelta(days=1))
    assert CatalogueEntry.objects.get(api_name="old").available is True


@pytest.mark.parametrize(
    "changes", [{"is_sdxl": True}, {"base_model": "SDXL 1.0"}, {"base_model": ""}, {"status": 2}]
)
def test_only_sd_1_and_available_models_are_offered(client, engine, fake_service, now, changes):
    fake_service.models["lora"] = [row("candle", **changes)]
    refresh(client, engine, now)
    assert names(engine, Kind.LORA) == []


@pytest.mark.parametrize("fault", ["hang", "reset", "garbage", "rate_limit", "error"])
def test_a_list_that_breaks_off_changes_nothing(client, engine, offered, fake_service, now, fault):
    refresh(client, engine, now)
    offered["checkpoint"], offered["lora"] = [], [row("new")]
    fake_service.models = {**offered, "checkpoint": [row(f"c {n}") for n in range(150)]}
    before = list(CatalogueEntry.objects.values())
    fake_service.next_models(fault)
    with pytest.raises(NovitaError):
        refresh(client, engine, now + timedelta(days=1))
    assert list(CatalogueEntry.objects.values()) == before


@pytest.mark.parametrize(
    "odd",
    [
        row("x" * 201),
        row("nul\0"),
        row("", sd_name=""),
        row("candle", name="Twice"),
    ],
)
def test_a_row_that_cannot_be_stored_is_passed_over(client, engine, fake_service, now, odd):
    fake_service.models["lora"] = [row("candle"), odd]
    refresh(client, engine, now)
    assert names(engine, Kind.LORA) == ["candle"]


def test_words_too_long_for_a_column_are_cut(client, engine, fake_service, now):
    fake_service.models["lora"] = [
        row("candle", name="N" * 500, base_model="SD 1.5" + "x" * 100, tags=["t" * 99] * 50)
    ]
    refresh(client, engine, now)
    entry = CatalogueEntry.objects.get()
    assert (len(entry.name), len(entry.base_model), len(entry.tags)) == (200, 60, 12)


def test_a_refresh_writes_in_batches(client, engine, fake_service, now):
    fake_service.models["lora"] = [row(f"ink {n}") for n in range(300)]
    with CaptureQueriesContext(connection) as asked:
        refresh(client, engine, now)
    assert len(asked) <= 20


# Once a day


def test_a_catalogue_is_due_at_first_and_then_once_a_day(client, engine, offered, now):
    assert refresh_due(engine, now)
    keep_fresh(client, engine, now)
    assert names(engine, Kind.LORA) == ["candle", "ink"]
    assert not refresh_due(engine, now + timedelta(hours=23))
    assert refresh_due(engine, now + timedelta(hours=25))


def test_a_service_that_is_down_is_asked_again_soon_and_then_ever_less_often(
    client, engine, offered, fake_service, now
):
    fake_service.stop()
    waits, at = [], now
    for _ in range(10):
        keep_fresh(client, engine, at)
        tried = at
        while not refresh_due(engine, at):
            at += timedelta(seconds=5)
        waits.append((at - tried).total_seconds())
    assert waits == [5, 10, 20, 40, 80, 160, 320, 600, 600, 600]
    fake_service.start()
    keep_fresh(client, engine, at)
    assert names(engine, Kind.LORA) == ["candle", "ink"]


def test_of_two_pollers_one_refreshes(client, engine, offered, fake_service, now):
    keep_fresh(client, engine, now)
    asked = len(fake_service.requests)
    keep_fresh(client, engine, now)
    assert len(fake_service.requests) == asked


# The command


def test_the_command_reads_the_catalogue_and_says_so(engine, offered):
    out = io.StringIO()
    call_command("refreshcatalogue", stdout=out)
    assert "5 models, 5 new, 0 gone." in out.getvalue()


def test_the_command_says_why_it_could_not(engine, fake_service):
    fake_service.next_models("refuse", reason="INVALID_API_KEY", status=401)
    with pytest.raises(CommandError, match="does not accept the API key"):
        call_command("refreshcatalogue")
