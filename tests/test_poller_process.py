"""The poller as a process: it stops when told to, and a killed one loses and doubles nothing."""

from __future__ import annotations

import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from storyboard.renders import crash
from tests.fake_service import FakeService
from tests.waiting import wait_for
from tests.workshop import Workshop

pytestmark = pytest.mark.process

QUEUE = """
import json
from django.utils import timezone
from storyboard.people.models import User
from storyboard.renders.queue import queue_story
from storyboard.stories.models import Project, Scene
user = User.objects.create_user("writer@example.org", "a long password")
project = Project.objects.create(team=user.teams.get(), title="A story")
for place, frames in enumerate((16, 8)):
    Scene.objects.create(project=project, position=place, prompt="A scene", frames=frames)
print(json.dumps(queue_story(project, user, "press", timezone.now())[0].pk))
"""
RACE = """
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from django.db import connection
from django.utils import timezone
from storyboard.people.models import User
from storyboard.renders.models import Render
from storyboard.renders.queue import queue_story
from storyboard.stories.models import Project
user, project, at = User.objects.get(), Project.objects.get(), timezone.now()
def press(number):
    try:
        return queue_story(project, user, f"press-{number % 4}", at)[0].pk
    finally:
        connection.close()
def claim(number):
    try:
        claimed = Render.objects.claim(str(number), at, timedelta(seconds=90))
        return claimed and claimed.pk
    finally:
        connection.close()
with ThreadPoolExecutor(8) as pool:
    pressed = list(pool.map(press, range(32)))
    claimed = list(pool.map(claim, range(32)))
print(json.dumps([sorted(set(pressed)), sorted(pk for pk in claimed if pk)]))
"""


@pytest.fixture(scope="module")
def migrated(tmp_path_factory) -> Workshop:
    """A workshop with a story that has never been rendered; copied, never used itself."""
    installation = Workshop(tmp_path_factory.mktemp("installed") / "data")
    installation.data.mkdir()
    installation.manage("migrate", "--verbosity=0")
    return installation


@pytest.fixture
def installed(migrated, fake_service, tmp_path) -> Workshop:
    return migrated.copy(tmp_path / "data", **settings_for(fake_service))


def settings_for(service: FakeService) -> dict[str, str]:
    return {
        "NOVITA_BASE_URL": service.url,
        "NOVITA_API_KEY": service.key,
        "SUBMISSIONS_PER_MINUTE": "0",
    }


def state(installation: Workshop) -> str:
    return installation.rows("select state from renders_render")[0][0]


def alive(installation: Workshop, poller: subprocess.Popen) -> bool:
    """Whether the poller has given its first sign of life, and so knows how to leave."""
    beats = installation.rows("select name from renders_heartbeat")
    return any(f":{poller.pid}:" in name for (name,) in beats)


def leave(process: subprocess.Popen, number: int = signal.SIGTERM) -> float:
    """Send a signal; return the seconds until the process had left, which it must with 0."""
    started = time.monotonic()
    process.send_signal(number)
    assert process.wait(timeout=20) == 0
    return time.monotonic() - started


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_poller_beats_and_leaves_at_once_when_told_to(installed, number):
    poller = installed.start("poller")
    wait_for(lambda: alive(installed, poller))
    assert leave(poller, number) < 5
    assert installed.rows("select name from renders_heartbeat") == []


def test_a_poller_waiting_for_a_dripping_film_leaves_within_ten_seconds(installed, fake_service):
    installed.python(QUEUE)
    fake_service.polls_until_done = 0
    fake_service.every("download", "dripping")
    poller = installed.start("poller")
    wait_for(lambda: fake_service.downloads)
    # As Ctrl-C has it: the terminal asks, and then the supervisor does.
    poller.send_signal(signal.SIGINT)
    assert leave(poller) < 10
    assert installed.rows("select state, lease_owner from renders_render") == [("saving", "")]


def test_a_poller_waiting_for_a_silent_service_leaves_within_ten_seconds(installed, fake_service):
    installed.python(QUEUE)
    fake_service.every("submit", "hang")
    poller = installed.start("poller")
    wait_for(lambda: fake_service.submissions)
    assert leave(poller) < 10
    fake_service.every("submit")
    other = installed.start("poller")
    wait_for(lambda: state(installed) == "unsure")
    leave(other)
    assert len(fake_service.ledger) == 1


def test_a_story_is_there_seconds_after_the_press(installed, fake_service):
    installed.python(QUEUE)
    started = time.monotonic()
    poller = installed.start("poller")
    wait_for(lambda: state(installed) == "ready")
    assert time.monotonic() - started < 15
    leave(poller)
    assert fake_service.violations == []
    assert len(fake_service.ledger) == 1


def test_once_moves_what_is_due_and_exits(installed, fake_service):
    installed.python(QUEUE)
    installed.manage("poller", "--once")
    assert state(installed) == "waiting"
    installed.manage("poller", "--once")
    assert len(fake_service.ledger) == 1


def test_an_empty_catalogue_is_read_while_renders_go_on(installed, fake_service):
    fake_service.models["checkpoint"] = [
        {
            "name": "Dusk",
            "sd_name": "dusk_1.safetensors",
            "sd_name_in_api": "dusk_1",
            "type": {"name": "checkpoint"},
            "base_model": "SD 1.5",
            "status": 1,
        }
    ]
    installed.python(QUEUE)
    fake_service.next_models("error", status=500)
    poller = installed.start("poller")
    wait_for(lambda: state(installed) == "ready")
    wait_for(lambda: installed.rows("select api_name from looks_catalogueentry"))
    leave(poller)
    assert installed.rows("select api_name from looks_catalogueentry") == [("dusk_1.safetensors",)]


@pytest.mark.parametrize("threads", ["0", "65", "many"])
def test_a_senseless_number_of_threads_is_refused(installed, threads):
    with pytest.raises(AssertionError, match="from 1 to 64"):
        installed.manage("poller", "--once", "--threads", threads)


@pytest.mark.sqlite
def test_every_commit_of_the_poller_reaches_the_disk(installed):
    code = """
import json
from django.db import connection
from django.db.backends.signals import connection_created
from storyboard.renders.management.commands.poller import make_durable
connection_created.connect(make_durable)
connection.close()
with connection.cursor() as cursor:
    print(json.dumps(cursor.execute("PRAGMA synchronous").fetchone()[0]))
"""
    assert installed.python(code) == 2


def test_presses_and_claims_at_once_make_and_take_each_render_once(installed):
    installed.python(QUEUE)
    pressed, claimed = installed.python(RACE)
    assert len(pressed) == 4
    assert len(claimed) == 5
    assert len(set(claimed)) == 5


def test_five_pollers_on_one_database_send_each_render_once(installed, fake_service):
    installed.python(QUEUE)
    installed.python(RACE.replace("pool.map(claim, range(32))", "[]"))
    pollers = [installed.start("poller", log=f"{number}.txt") for number in range(5)]
    wait_for(
        lambda: (
            installed.rows("select count(*) from renders_render where state = 'ready'") == [(5,)]
        ),
        seconds=60,
    )
    for poller in pollers:
        leave(poller)
    assert len(fake_service.ledger) == 5
    assert installed.rows("select number from renders_take order by number") == [
        (1,),
        (2,),
        (3,),
        (4,),
        (5,),
    ]
    assert "locked" not in "".join(installed.log(f"{number}.txt") for number in range(5))


# Killed at every point


@dataclass
class Case:
    """What was left after a poller was killed at a point and another one took over."""

    state: str = ""
    charges: int = 0
    takes: list[tuple] = field(default_factory=list)
    picks: int = 0
    missing: list[str] = field(default_factory=list)
    seconds: float = 0


def kill_at(point: str, migrated: Workshop, folder: Path) -> Case:
    service = FakeService()
    service.polls_until_done = 0
    try:
        installed = migrated.copy(folder, **settings_for(service))
        installed.python(QUEUE)
        doomed = installed.start(
            "poller", "--threads", "2", log="doomed.txt", STORYBOARD_CRASH_AT=f"{point}:1"
        )
        assert doomed.wait(timeout=60) == -signal.SIGKILL, installed.log("doomed.txt")
        started = time.monotonic()
        other = installed.start("poller", log="other.txt")
        try:
            wait_for(lambda: alive(installed, other))
            wait_for(lambda: state(installed) in ("ready", "unsure", "failed"), seconds=60)
            seconds = time.monotonic() - started
        finally:
            leave(other)
        files = installed.rows(
            "select file from renders_take union select poster from renders_span"
        )
        return Case(
            state=state(installed),
            charges=len(service.ledger),
            takes=installed.rows("select number, frames from renders_take"),
            picks=installed.rows("select count(*) from stories_scene where pick_id > 0")[0][0],
            missing=[name for (name,) in files if not (folder / "takes" / name).is_file()],
            seconds=seconds,
        )
    finally:
        service.stop()


@pytest.fixture(scope="module")
def killed(migrated, tmp_path_factory) -> dict[str, Case]:
    folder = tmp_path_factory.mktemp("killed")
    with ThreadPoolExecutor(4) as pool:
        cases = {
            point: pool.submit(kill_at, point, migrated, folder / point.replace(" ", "-"))
            for point in crash.POINTS
        }
        return {point: case.result() for point, case in cases.items()}


# Between these two nobody can know whether the service took it.
UNKNOWABLE = {"submitting committed": 0, "submit answered": 1}


@pytest.mark.parametrize("point", [p for p in crash.POINTS if p not in UNKNOWABLE])
def test_a_poller_killed_at_any_point_loses_nothing_and_sends_nothing_twice(killed, point):
    case = killed[point]
    assert (case.state, case.charges) == ("ready", 1)
    assert case.takes == [(1, 24)]
    assert case.picks == 2
    assert case.missing == []


@pytest.mark.parametrize("point", UNKNOWABLE)
def test_a_poller_killed_while_sending_leaves_it_to_a_person(killed, point):
    case = killed[point]
    assert (case.state, case.charges) == ("unsure", UNKNOWABLE[point])
    assert case.takes == []


def test_the_next_poller_does_not_wait_for_the_dead_ones_lease(killed):
    assert max(case.seconds for case in killed.values()) < 30
