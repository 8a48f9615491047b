"""What people do at the same moment, over real HTTP and against real database locks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.site import Site

pytestmark = pytest.mark.process

HANDS = 6
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


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("race"))
    try:
        site.await_answer()
        yield site
    finally:
        site.stop()


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
