"""The poller reads the service's catalogue once a day, and lets no failure reach the renders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from storyboard.looks.models import CatalogueEntry, Kind
from storyboard.novita.client import Client
from storyboard.novita.errors import TryLater
from storyboard.renders.daily import DailyCatalogue

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Day:
    """A clock in our hand, and a catalogue that counts how often it is read."""

    def __init__(self, service) -> None:
        self.time = NOON
        self.reads: list[datetime] = []
        self.trouble: Exception | None = None
        self.empty = False
        self.care = DailyCatalogue(
            self.read, Client(service.url, service.key), service.url, lambda: self.time
        )

    def read(self, client: Client, engine: str, at: datetime) -> None:
        self.reads.append(at)
        if self.trouble:
            raise self.trouble
        if not self.empty:
            CatalogueEntry.objects.update_or_create(
                engine=engine, kind=Kind.LORA, api_name="snow", defaults={"seen_at": at}
            )

    def pass_by(self, length: timedelta, step: timedelta = timedelta(seconds=1)) -> int:
        """Let time pass in steps; return how often the catalogue was read meanwhile."""
        before, end = len(self.reads), self.time + length
        while self.time < end:
            self.care()
            self.time += step
        return len(self.reads) - before


@pytest.fixture
def day(db, fake_service) -> Day:
    return Day(fake_service)


def test_an_empty_catalogue_is_read_at_once_and_then_once_a_day(day):
    assert day.pass_by(timedelta(seconds=1)) == 1
    assert day.pass_by(timedelta(hours=23), timedelta(minutes=5)) == 0
    assert day.pass_by(timedelta(hours=2), timedelta(minutes=5)) == 1


def test_a_catalogue_that_is_fresh_is_left_alone(day, fake_service):
    CatalogueEntry.objects.create(
        engine=fake_service.url, kind=Kind.LORA, api_name="snow", seen_at=NOON
    )
    assert day.pass_by(timedelta(seconds=5)) == 0


def test_another_engines_catalogue_does_not_count(day):
    CatalogueEntry.objects.create(
        engine="https://elsewhere.example", kind=Kind.LORA, api_name="snow", seen_at=NOON
    )
    assert day.pass_by(timedelta(seconds=1)) == 1


def test_a_failure_is_tried_again_soon_and_then_rarely(day):
    day.trouble = TryLater("The service cannot be reached.", reason="not_connected")
    assert day.pass_by(timedelta(seconds=10)) in (3, 4)
    assert day.pass_by(timedelta(hours=1)) < 15
    day.trouble = None
    assert day.pass_by(timedelta(minutes=11)) == 1


def test_a_service_that_offers_nothing_is_not_asked_without_end(day):
    day.empty = True
    assert day.pass_by(timedelta(hours=1), timedelta(seconds=10)) == 6
