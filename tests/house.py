"""A team with a key of its own: its service, and a poller that asks each account by its key."""

from __future__ import annotations

import pytest

from storyboard.novita.client import Client as Service
from storyboard.people.keys import OK, ApiKey, about
from storyboard.people.models import Team
from storyboard.people.sealing import seal
from storyboard.renders.clients import Clients
from storyboard.renders.models import Render
from storyboard.renders.poller import Poller
from storyboard.renders.queue import queue_story
from storyboard.renders.store import TakeStore
from tests.fake_service import FakeService
from tests.studio import NOON, Studio

KEY = "sk-canary-0123456789abcd"


@pytest.fixture
def own(settings):
    """The service of the installation."""
    service = FakeService()
    settings.NOVITA_BASE_URL = service.url
    settings.NOVITA_API_KEY = service.key
    settings.BUILT_IN_ENGINE = False
    settings.SUBMISSIONS_PER_MINUTE = 0
    settings.KEY_SUBMISSIONS_PER_MINUTE = 0
    yield service
    service.stop()


@pytest.fixture
def theirs(fake_service, settings) -> FakeService:
    """The service that the team has a key of."""
    fake_service.key = KEY
    settings.TEAM_SERVICES = [fake_service.url]
    return fake_service


def give_key(team: Team, service: FakeService, key: str = KEY) -> ApiKey:
    row = ApiKey.objects.create(
        team=team,
        address=service.url,
        sealed=seal(key, about(team.pk)),
        last_four=key[-4:],
        added_at=NOON,
        verdict=OK,
    )
    Team.objects.filter(pk=team.pk).update(api_key=row)
    return row


class House(Studio):
    """A poller that asks each account with its own key."""

    def __init__(self, service: FakeService, render: Render, own: FakeService, root) -> None:
        super().__init__(service, render, root)
        self.clients = Clients(Service(own.url, own.key, timeout=(2, 2)))
        self.poller = Poller(
            self.clients,
            owner="one:1:a",
            clock=lambda: self.time,
            store=TakeStore(root),
        )


@pytest.fixture
def house(story, editor, own, theirs, team, tmp_path) -> House:
    give_key(team, theirs)
    [render] = queue_story(story.project, editor, "press", NOON)
    return House(theirs, render, own, tmp_path / "takes")
