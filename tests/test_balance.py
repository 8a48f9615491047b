"""The balance at the service: read by the poller now and then, shown with its age."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from storyboard.novita.client import Client
from storyboard.renders.balance import LEASE, READ_EVERY, AccountBalance, keep_read


@pytest.fixture
def page(cast, team, settings, fake_service):
    settings.NOVITA_BASE_URL = fake_service.url
    settings.BUILT_IN_ENGINE = False

    def read() -> str:
        answer = cast.browser("owner").get(reverse("team_detail", args=(team.pk,)))
        return " ".join(answer.content.decode().replace("\xa0", " ").split())

    return read


@pytest.fixture
def client(db, fake_service) -> Client:
    return Client(fake_service.url, fake_service.key, timeout=(2, 2))


def test_it_is_unknown_before_it_was_read_and_a_page_asks_nobody(page, fake_service):
    fake_service.stop()
    assert "Balance at the service: <b>unknown</b>." in page()


def test_it_is_shown_with_its_age(page, client, fake_service, now):
    keep_read(client, fake_service.url, now - timedelta(minutes=7))
    assert AccountBalance.objects.get().available == Decimal("12.5")
    words = page()
    assert "$12.50</b>, read 7 minutes ago." in words


@pytest.mark.parametrize("answer", [{"availableBalance": "NaN"}, {"availableBalance": "1e40"}, {}])
def test_what_cannot_be_read_is_unknown_and_not_what_it_was(
    page, client, fake_service, now, answer
):
    keep_read(client, fake_service.url, now)
    fake_service.balance = answer
    keep_read(client, fake_service.url, now + READ_EVERY)
    assert AccountBalance.objects.get().available is None
    assert "<b>unknown</b>; it could not be read" in page()


def test_it_is_read_every_ten_minutes_and_by_one_poller(client, fake_service, now):
    keep_read(client, fake_service.url, now)
    fake_service.balance = {"availableBalance": "10000"}
    keep_read(client, fake_service.url, now + READ_EVERY - timedelta(seconds=1))
    assert AccountBalance.objects.get().available == Decimal("12.5")
    keep_read(client, fake_service.url, now + READ_EVERY)
    assert AccountBalance.objects.get().available == 1


def test_what_a_poller_that_died_had_begun_is_taken_up(client, fake_service, now):
    AccountBalance.objects.create(account=fake_service.url, due_at=now + LEASE)
    keep_read(client, fake_service.url, now)
    assert AccountBalance.objects.get().read_at is None
    keep_read(client, fake_service.url, now + LEASE)
    assert AccountBalance.objects.get().available == Decimal("12.5")


def test_the_built_in_engine_has_no_balance_to_show(page, settings):
    settings.BUILT_IN_ENGINE = True
    assert "Balance at the service" not in page()
