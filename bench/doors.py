"""Whether the time of an answer tells who has an account, on a Storyboard as `make run` starts it.

At each door an address that has an account and one that has none knock by turns, in one run.
Passwords are hashed as always, a mail server is 50 ms away, and before each knock all counts of
earlier tries are forgotten.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import requests
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.cache import cache

from bench.browser import running
from bench.letter_box import LetterBox, letter_box
from bench.measure import Measure
from bench.web import writer
from storyboard.people.models import Invitation, User

KNOCKS = 200
TOKEN = "c" * 32
# With which the account of bench.people signs in; no other account's.
WORDS = "a long password"
# What answers that say the same differ in: masked tokens, ids, the link, and the address.
PASSING = re.compile(
    r"\b[A-Za-z0-9]{64}\b|<code>[0-9a-f]{10}</code>|/join/[\w-]+|invitations?[-/]\d+|"
    r"\d\d:\d\d UTC|knock-\w+-\d+"
)


@dataclass
class Door:
    name: str
    path: str
    # The address goes into this field, beside the others.
    address: str
    others: dict[str, str] = field(default_factory=dict)
    session: str = ""

    def knock(self, site: str, web: list[Path], address: str) -> tuple[float, float, str]:
        """Return the milliseconds until the answer, those computed for it, and what it says."""
        cookies = {"csrftoken": TOKEN}
        if self.session:
            cookies[settings.SESSION_COOKIE_NAME] = self.session
        form = {**self.others, self.address: address, "csrfmiddlewaretoken": TOKEN}
        with requests.Session() as browser:
            browser.trust_env = False
            before = computed(web)
            start = time.perf_counter()
            answer = browser.post(
                f"{site}{self.path}", form, cookies=cookies, timeout=60, allow_redirects=False
            )
            taken = (time.perf_counter() - start) * 1000
        work = computed(web) - before
        told = answer.headers.get("Location", "") + answer.text
        return taken, work, f"{answer.status_code} {PASSING.sub('', told)}"


def web_of(site: str) -> list[Path]:
    """Return the processes of /proc that answer at this address."""
    port, found = site.rpartition(":")[2].encode(), []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue  # It ended meanwhile.
        if port in words and b"storyboard.wsgi:application" in words:
            found.append(process)
    return found


def computed(web: list[Path]) -> float:
    """Return the milliseconds of a processor that these have had so far."""
    threads = (thread for process in web for thread in process.glob("task/*/schedstat"))
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e6


def doors() -> str:
    """Knock at each door; return a line each."""
    return "\n".join(str(measure) for measure in _doors())


def _doors() -> Iterator[Measure]:
    client, project = writer()
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    person = {"password": WORDS}
    new = {"name": "Somebody", "password1": WORDS}
    invitations = f"/teams/{project.team_id}/invitations/"
    known = [f"knock-known-{number}@example.org" for number in range(KNOCKS)]
    hashed = make_password("some other password")
    users = User.objects.bulk_create(User(email=one, password=hashed) for one in known)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, primary=True) for user in users
    )
    asked = [
        Door("sign-in with a wrong password", "/accounts/login/", "login", person),
        Door("a new password", "/accounts/password/reset/", "email"),
        Door("a mailed code", "/accounts/code/", "email"),
        Door("a new account", "/accounts/signup/", "email", new),
        Door("another address", "/accounts/address/", "email", person, session),
        Door("an invitation", invitations, "email", {"role": "editor", "days": "3"}, session),
    ]
    with letter_box() as box:
        mail = f"smtp://127.0.0.1:{box.server_address[1]}"
        with running(EMAIL_URL=mail, STORYBOARD_SIGNUP="open") as site:
            for door in asked:
                yield _measure(door, site, known, box)


def _measure(door: Door, site: str, known: list[str], box: LetterBox) -> Measure:
    box.letters.clear()
    web = web_of(site)
    place = door.path.strip("/").replace("/", "-")
    taken: dict[bool, list[float]] = {True: [], False: []}
    work: dict[bool, list[float]] = {True: [], False: []}
    said: dict[bool, set[str]] = {True: set(), False: set()}
    letters = {True: 0, False: 0}
    for number, somebody in enumerate(known):
        nobody = f"knock-{place.replace('-', '')}-{number}@example.org"
        turns = [(True, somebody), (False, nobody)]
        for has_account, address in turns if number % 2 else reversed(turns):
            cache.clear()
            Invitation.objects.all().delete()
            milliseconds, of_work, words = door.knock(site, web, address)
            taken[has_account].append(milliseconds)
            work[has_account].append(of_work)
            said[has_account].add(words)
            letters[has_account] += box.letters[address]
    first, second = (statistics.median(taken[one]) for one in (True, False))
    # Other work on the machine moves what was waited for, and hardly what was computed.
    with_one, without = (statistics.median(work[one]) for one in (True, False))
    alike = "alike" if said[True] == said[False] and len(said[True]) == 1 else "NOT ALIKE"
    return Measure(
        f"{door.name}, asked for with an account's address and with none's (under 10 ms apart)",
        f"{abs(first - second):.1f} ms ({first:.1f} and {second:.1f} ms, medians of {KNOCKS}); "
        f"of work {abs(with_one - without):.1f} ms ({with_one:.1f} and {without:.1f} ms); "
        f"answers {alike}; {letters[True]} and {letters[False]} letters",
    )
