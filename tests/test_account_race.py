"""What people do at the same moment, over real HTTP and against real database locks."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.waiting import free_port, wait_for

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parent.parent
HANDS = 6
TOKEN = "c" * 32
STATE = """
from storyboard.people.models import Membership, Team, User
print(User.objects.count(), User.objects.filter(founder=True).count(), Team.objects.count(),
    Membership.objects.count())
"""
INVITE = """
from datetime import timedelta
from django.utils import timezone
from storyboard.people.models import Invitation, Team, User
ada = User.objects.get()
team = Team.objects.create_owned("Winter Tales", by=ada)
end = timezone.now() + timedelta(days=1)
User.objects.create_user("ben@example.org", "a kite over the harbour")
print(Invitation.objects.issue(team, by=ada, role="editor", expires_at=end)[1])
"""
JOINED = """
from storyboard.people.models import Invitation, Membership
print(Membership.objects.filter(team__name="Winter Tales", user__email="ben@example.org").count(),
    Invitation.objects.get().accepted)
"""


class Site:
    """Two web workers on a free port, with a database of their own and nobody in it."""

    def __init__(self, data: Path) -> None:
        self.env = os.environ | {
            "STORYBOARD_DATA": str(data),
            "SECRET_KEY": "for this test only, and long enough for every check",
            "DEBUG": "true",
            "LOG_LEVEL": "ERROR",
        }
        self.manage("migrate", "--verbosity=0")
        self.port = free_port()
        self.server = subprocess.Popen(
            [
                *(sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "2"),
                *("--port", str(self.port), "--no-ws", "storyboard.wsgi:application"),
            ],
            cwd=ROOT,
            env=self.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.address = f"http://127.0.0.1:{self.port}"

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.env, check=True, capture_output=True)
        return done.stdout.decode()

    def ask(self, script: str) -> list[str]:
        return self.manage("shell", "--no-imports", "-c", script).split()

    def browser(self) -> requests.Session:
        browser = requests.Session()
        browser.trust_env = False
        browser.cookies.set("csrftoken", TOKEN)
        browser.headers["X-CSRFToken"] = TOKEN
        return browser

    def post(self, browser: requests.Session, path: str, data: dict[str, str]) -> int:
        url = f"{self.address}{path}"
        return browser.post(url, data, timeout=30, allow_redirects=False).status_code


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("race"))
    try:
        wait_for(lambda: site.browser().get(site.address, timeout=5).ok)
        yield site
    finally:
        site.server.terminate()
        site.server.wait(timeout=20)


def test_of_many_first_sign_ups_at_once_one_wins(site):
    def sign_up(number: int) -> int:
        who = {"name": "Ada", "email": f"ada{number}@example.org"}
        who["password1"] = "a kite over the harbour"
        return site.post(site.browser(), "/accounts/signup/", who)

    with ThreadPoolExecutor(HANDS) as hands:
        codes = sorted(hands.map(sign_up, range(HANDS)))
    assert codes == [302] + [403] * (HANDS - 1)
    assert site.ask(STATE)[-4:] == ["1", "1", "1", "1"]


def test_accepting_many_times_at_once_joins_once(site):
    token = site.ask(INVITE)[-1]
    who = {"login": "ben@example.org", "password": "a kite over the harbour"}
    ben = site.browser()
    assert site.post(ben, "/accounts/login/", who) == 302

    def accept(_: int) -> int:
        browser = site.browser()
        browser.cookies.set("sessionid", ben.cookies["sessionid"])
        return site.post(browser, f"/join/{token}/accept/", {})

    with ThreadPoolExecutor(HANDS) as hands:
        codes = list(hands.map(accept, range(HANDS)))
    assert codes == [302] * HANDS
    assert site.ask(JOINED)[-2:] == ["1", "1"]
