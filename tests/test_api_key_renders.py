"""Renders of a team with a key of its own: where they go, who pays, what a change of it does."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core import mail
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from storyboard.looks.models import CatalogueEntry
from storyboard.people.keys import ApiKey, about
from storyboard.people.models import Membership, Team, User
from storyboard.people.roles import Role
from storyboard.people.sealing import new_key, seal
from storyboard.renders import money
from storyboard.renders.accounts import Accounts
from storyboard.renders.again import send_again
from storyboard.renders.keys import KeyTests
from storyboard.renders.models import AccountBalance, Gate, Render
from storyboard.renders.queue import queue_story
from storyboard.renders.states import State
from storyboard.stories.models import Project
from tests.films import film
from tests.house import KEY, give_key
from tests.studio import NOON


@pytest.fixture
def others(own, db) -> Project:
    """A story of a team without a key."""
    other = Team.objects.create(name="Others")
    user = User.objects.create_user("other@example.org", "a long password")
    Membership.objects.create(team=other, user=user, role=Role.OWNER)
    project = Project.objects.create(team=other, title="Kites")
    project.add_scene("A kite")
    return project


def test_it_is_sent_to_the_teams_service_in_its_name(house, own):
    assert house.tick() == State.WAITING
    [sent] = house.service.submissions
    assert sent.headers["authorization"] == f"Bearer {KEY}"
    assert own.requests == []
    house.make(film(72))
    assert house.until_end() == State.READY
    assert house.render.account == f"{house.service.url}#{house.render.api_key_id}"


def test_another_team_goes_on_with_the_installations_account(house, own, others):
    [render] = queue_story(others, others.team.owners().get().user, "press", NOON)
    for _ in range(2):
        house.poller.tick()
    assert len(own.submissions) == len(house.service.submissions) == 1
    render.refresh_from_db()
    assert (render.account, render.api_key) == (own.url, None)


def test_its_cost_is_that_of_a_service_though_the_built_in_engine_is_free(
    story, editor, own, theirs, team, settings
):
    settings.PRICE_PER_FRAME_STEP = settings.PRICE_MINIMUM = 0
    [free] = queue_story(story.project, editor, "one", NOON)
    assert free.estimate == 0
    give_key(team, theirs)
    [render] = queue_story(Project.objects.get(pk=story.project.pk), editor, "two", NOON)
    assert render.estimate == money.price(72, 20, Team.objects.get(pk=team.pk).account)
    assert render.estimate == Decimal("0.0691")


def test_each_account_has_its_own_pace(house, others, settings, editor):
    settings.KEY_SUBMISSIONS_PER_MINUTE = 2
    project = house.render.project
    for number in range(3):
        queue_story(project, editor, f"more {number}", NOON)
        queue_story(others, others.team.owners().get().user, f"more {number}", NOON)
    while house.poller.tick():
        pass
    sent = Render.objects.exclude(submitted_at=None)
    assert sent.filter(project=project).count() == 2
    assert sent.filter(project=others).count() == 3


def test_a_refused_key_holds_back_its_own_team_alone(house, own, others, cast, signed_in):
    house.service.key = "another now"
    queue_story(others, others.team.owners().get().user, "press", NOON)
    while house.poller.tick():
        pass
    assert house.state == State.QUEUED
    assert Gate.objects.get(account=house.render.account).refused == "INVALID_API_KEY"
    assert len(own.submissions) == 1
    assert b"The service refused the API key" in cast.browser("owner").get("/").content
    theirs = signed_in(User.objects.get(email="other@example.org"))
    assert b"The service refused" not in theirs.get("/").content


def test_what_waits_is_not_sent_once_the_key_is_taken_away(house, own, team, cast):
    Team.objects.filter(pk=team.pk).update(api_key=None)
    assert house.tick() == State.FAILED
    assert house.render.reason == "key_gone"
    assert "Nothing was charged." in house.render.message
    assert house.service.submissions == own.submissions == []
    page = cast.browser("editor").get(reverse("project_detail", args=(house.render.project_id,)))
    assert "The API key that this was to go by was taken away." in page.content.decode()


def test_what_waits_goes_by_the_new_key_of_the_same_service(house, team):
    house.service.key = "sk-the-new-one-000000"
    new = give_key(team, house.service, house.service.key)
    assert house.tick() == State.WAITING
    assert house.render.api_key == new
    assert house.render.account == f"{house.service.url}#{new.pk}"
    assert len(house.service.ledger) == 1


def test_what_waits_is_not_charged_to_another_service_than_was_said(house, own, team):
    give_key(team, own, own.key)
    assert house.tick() == State.FAILED
    assert house.render.reason == "key_gone"
    assert own.submissions == []


def test_what_was_sent_comes_home_by_its_old_key_which_is_erased_then(house, team):
    house.tick()
    old = house.render.api_key
    keys = KeyTests(house.clients, lambda: house.time)
    Team.objects.filter(pk=team.pk).update(api_key=None)
    keys.tend()
    old.refresh_from_db()
    assert old.sealed
    house.make(film(72))
    assert house.until_end() == State.READY
    keys.tend()
    old.refresh_from_db()
    assert old.sealed == ""


def test_an_unsure_render_keeps_its_key_for_the_day_it_heals(house, team):
    house.service.next_submit("reset")
    assert house.tick() == State.UNSURE
    Team.objects.filter(pk=team.pk).update(api_key=None)
    KeyTests(house.clients, lambda: house.time).tend()
    assert ApiKey.objects.get().sealed


def test_what_an_old_key_may_not_ask_for_any_more_the_new_one_asks_for(house, team):
    house.tick()
    house.make(film(72))
    house.service.key = "sk-the-new-one-000000"
    give_key(team, house.service, house.service.key)
    assert house.until_end() == State.READY
    assert house.render.api_key.last_four == "0000"
    refused = [poll for poll in house.service.polls if KEY in poll.headers["authorization"]]
    assert len(refused) == 1


def test_what_an_account_paid_for_is_asked_for_by_it_when_its_credit_is_gone(house, team):
    house.tick()
    paid_by = house.render.api_key
    Gate.objects.update_or_create(
        account=house.render.account,
        defaults={"refused": "BILLING_BALANCE_NOT_ENOUGH", "refused_at": NOON},
    )
    give_key(team, house.service, "sk-of-another-account-0000")
    KeyTests(house.clients, lambda: house.time).tend()
    house.make(film(72))
    assert house.until_end() == State.READY
    assert house.render.api_key == paid_by


def test_a_revoked_key_that_nothing_replaces_is_tried_seldom_and_loses_nothing(house, team):
    house.tick()
    house.service.key = "revoked"
    Team.objects.filter(pk=team.pk).update(api_key=None)
    for _ in range(6):
        assert house.next_tick() == State.WAITING
    asked = len(house.service.polls)
    assert house.render.next_step_at - house.time >= timedelta(minutes=8)
    assert asked <= 6
    house.service.key = KEY
    house.make(film(72))
    assert house.until_end() == State.READY


def test_a_key_that_cannot_be_read_sends_nothing_and_fails_nothing(house, settings, cast, caplog):
    kept, settings.SEAL_KEYS = settings.SEAL_KEYS, [new_key()]
    assert house.tick() == State.QUEUED
    assert house.render.reason == "key_unreadable"
    assert house.service.submissions == []
    page = cast.browser("editor").get(reverse("project_detail", args=(house.render.project_id,)))
    assert "API key cannot be read" in page.content.decode()
    sealed = ApiKey.objects.get().sealed
    assert sealed[:30] not in caplog.text
    assert "Traceback" not in caplog.text
    settings.SEAL_KEYS = kept
    assert house.next_tick() == State.WAITING


def test_a_rotation_in_the_midst_of_it_fails_nothing(house, settings, tmp_path):
    settings.SEAL_KEYS = [new_key(), *settings.SEAL_KEYS]
    assert house.tick() == State.WAITING
    key = ApiKey.objects.get()
    ApiKey.objects.update(sealed=seal(key.open(), about(key.team_id)))
    settings.SEAL_KEYS = settings.SEAL_KEYS[:1]
    house.make(film(72))
    assert house.until_end() == State.READY


def test_sending_again_goes_by_the_account_of_now_and_at_its_price(house, own, team, editor):
    house.service.next_submit("refuse", status=400, reason="ILLEGAL_PROMPT")
    assert house.tick() == State.FAILED
    Team.objects.filter(pk=team.pk).update(api_key=None)
    again = send_again(Render.objects.get(), editor, house.time)
    assert (again.account, again.api_key) == (own.url, None)
    assert again.estimate == money.price(72, 20, Team.objects.get(pk=team.pk).account)


def test_the_catalogue_and_the_balance_are_those_of_the_teams_account(house, own, team, cast):
    own.models = {"checkpoint": [model("own.safetensors")]}
    house.service.models = {"checkpoint": [model("theirs.safetensors")]}
    house.service.balance = {"availableBalance": "70000"}
    Accounts(house.clients, timezone.now).tend()
    account = house.render.account
    assert AccountBalance.objects.get(account=account).available == 7
    page = cast.browser("owner").get(reverse("team_detail", args=(team.pk,))).content.decode()
    assert "$7.00" in page
    assert set(CatalogueEntry.objects.values_list("engine", "api_name")) == {
        (own.url, "own.safetensors"),
        (house.service.url, "theirs.safetensors"),
    }
    url = reverse("model_list", args=(house.render.project_id, "checkpoint"))
    offered = cast.browser("editor").get(url).content.decode()
    assert "theirs.safetensors" in offered
    assert "own.safetensors" not in offered


def test_a_revoked_key_keeps_nobody_elses_catalogue_of_the_same_service_from_being_read(house, own):
    own.models = {"checkpoint": [model("own.safetensors")]}
    other = Team.objects.create(name="Others")
    revoked = house.render.api_key
    good = give_key(other, house.service, "sk-another-0123456789")
    house.service.key = good.open()
    house.service.models = {"checkpoint": [model("theirs.safetensors")]}
    at = timezone.now()
    for minutes in (0, 1):
        Accounts(house.clients, lambda: at + timedelta(minutes=minutes)).tend()  # noqa: B023
    assert revoked.pk < good.pk
    assert CatalogueEntry.objects.filter(engine=house.service.url).count() == 1


def model(name: str) -> dict[str, object]:
    return {
        "id": 1,
        "name": name,
        "sd_name": name,
        "sd_name_in_api": name,
        "type": {"name": "checkpoint"},
        "base_model": "SD 1.5",
        "status": 1,
    }


def test_what_is_copied_names_the_teams_service(house, cast):
    url = reverse("project_request", args=(house.render.project_id,))
    page = cast.browser("editor").get(f"{url}?every=1").content.decode()
    assert house.service.url in page
    assert KEY not in page


def test_a_teams_key_is_nowhere_but_in_the_request_to_its_service(house, cast, team, caplog):
    """A canary: on no page, in no log line, no answer, no export, no process list, no mail."""
    caplog.set_level(logging.DEBUG)
    browser = cast.browser("owner")
    # A service that repeats the key in its words.
    house.service.next_submit("refuse", status=401, reason="INVALID_API_KEY", message=f"Bad {KEY}")
    house.tick()
    house.next_tick()
    house.make(film(72))
    assert house.until_end() == State.READY
    browser.post(reverse("team_key_enter", args=(team.pk,)), {"address": "no", "key": KEY})
    project = house.render.project_id
    take = house.render.takes.get().pk
    paths = [
        *("/", "/attention/", "/bin/", reverse("account_page"), reverse("account_export")),
        *(
            reverse(name, args=(team.pk,))
            for name in (
                *("team_detail", "team_activity", "team_spending", "team_spending_csv"),
                "team_connection",
            )
        ),
        *(
            reverse(name, args=(project,))
            for name in (
                *("project_detail", "project_request", "project_takes", "project_history"),
                *("project_live", "film_list"),
            )
        ),
        reverse("take_receipt", args=(take,)),
        "/no/such/page/",
    ]
    for path in paths:
        answer = browser.get(path)
        assert KEY not in answer.content.decode(errors="replace"), path
        assert KEY not in str(answer.headers), path
    assert KEY not in caplog.text
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            assert KEY not in str(cursor.fetchall()), table
    assert KEY not in str([letter.message() for letter in mail.outbox])
    assert KEY not in " ".join(command_lines())


def command_lines() -> Iterator[str]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        # Processes come and go.
        with suppress(OSError):
            yield path.read_text(errors="replace")
