"""Checking the connection, a step at a time: the service, the key, and the way back to us.

The way back is tried with the test mode that the service documents: it makes no video and sends
a mock event at once. The words for what was found are here too, each with what to do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from storyboard.looks.models import CatalogueEntry, Kind
from storyboard.novita import limits
from storyboard.novita.client import Client
from storyboard.novita.errors import KeyRefused, NovitaError, Unsure
from storyboard.novita.reasons import explain
from storyboard.novita.types import SUCCEED, ScenePrompt, TextToVideo
from storyboard.people.keys import OK, Account
from storyboard.renders.checks import Check
from storyboard.renders.clients import Clients, KeyMissing
from storyboard.renders.hooks import address_for
from storyboard.stories.models import Project

# Two questions with every time-out they may meet.
LEASE = timedelta(minutes=3)
# The event is on its way for so long at most; the service gives up a try after 5 s.
EVENT_WAIT = timedelta(seconds=20)
NOT_ASKED = "not_asked"
UNREACHED = ("not_connected", "no_answer", "address_refused")


class Checks:
    """Does the checks that were asked for; `tend` is called about once a second."""

    def __init__(self, clients: Clients, clock: Callable[[], datetime]) -> None:
        self.clients = clients
        self.clock = clock

    def tend(self) -> None:
        """Do one step of one open check, if there is any."""
        check = Check.objects.claim(self.clock(), LEASE)
        if check is None:
            return
        account = check.team.account
        try:
            client = self.clients.of(account)
        except KeyMissing as missing:
            check.keep(self.clock(), service=NOT_ASKED, key=missing.reason, ended=True)
            return
        if "service" not in check.lines:
            service, key = ask(client)
            whole = service == key == OK
            check.keep(self.clock(), service=service, key=key, ended=not whole)
        elif not address_for(check.token):
            check.keep(self.clock(), webhook="no_address", ended=True)
        elif check.sent_at is None:
            self._send(check, client, account)
        elif check.heard_at:
            check.keep(self.clock(), webhook=OK, ended=True)
        elif self.clock() - check.sent_at > EVENT_WAIT:
            check.keep(self.clock(), webhook="silent", ended=True)
        else:
            check.keep(self.clock())

    def _send(self, check: Check, client: Client, account: Account) -> None:
        """Ask for the mock event; written down first, so that it is asked for once."""
        at = self.clock()
        Check.objects.open().filter(pk=check.pk, token=check.token).update(sent_at=at)
        try:
            client.submit(self._test_request(address_for(check.token), account.address))
        except Unsure:
            # The event will tell.
            pass
        except NovitaError as error:
            check.keep(self.clock(), webhook=error.reason, ended=True)
            return
        check.keep(self.clock())

    def _test_request(self, address: str, engine: str) -> TextToVideo:
        """Return the smallest request there is, in test mode."""
        offered = CatalogueEntry.objects.offered(engine, Kind.CHECKPOINT).first()
        return TextToVideo(
            model_name=offered.api_name
            if offered
            else Project._meta.get_field("checkpoint").get_default(),
            width=limits.SIDE_MIN,
            height=limits.SIDE_MIN,
            steps=limits.STEPS_MIN,
            prompts=(ScenePrompt("A test of the connection", limits.FRAMES_MIN),),
            guidance_scale=7.5,
            webhook_url=address,
            webhook_test_status=SUCCEED,
        )


def ask(client: Client) -> tuple[str, str]:
    """Return a word each for the service and the key; neither question costs anything."""
    reason = OK
    # A service without an account may still have models, and the other way round.
    for question in (client.balance, lambda: client.models("checkpoint")):
        try:
            question()
        except KeyRefused as error:
            return OK, error.reason
        except NovitaError as error:
            reason = error.reason
            if reason in UNREACHED:
                break
        else:
            return OK, OK
    return reason, NOT_ASKED


@dataclass(frozen=True)
class Line:
    """One thing that was checked: `verdict` is good, bad, wait or none."""

    name: str
    verdict: str
    sentence: str
    next_step: str = ""


def lines_of(check: Check, account: Account) -> list[Line]:
    """Return what the check says, in words, in the order in which things are asked."""
    return [
        _line("The service", "service", check, lambda code: service_words(code, account)),
        _line("The API key", "key", check, lambda code: key_words(code, account)),
        _line("Webhooks", "webhook", check, _webhook_words),
    ]


def _line(name: str, key: str, check: Check, words: Callable[[str], tuple[str, str]]) -> Line:
    code = check.lines.get(key, "")
    if not code and check.ended_at:
        return Line(name, "none", "Not tried: the line above comes first.")
    if not code:
        return Line(name, "wait", "Waiting for the test event." if check.sent_at else "Asking.")
    if code == NOT_ASKED:
        return Line(name, "none", "Not asked: the others come first.")
    return Line(name, "good" if code == OK else "bad", *words(code))


def service_words(code: str, account: Account) -> tuple[str, str]:
    """Return what was found of the service, and the next step."""
    address = account.address
    where = "its address above" if account.key else "NOVITA_BASE_URL"
    if code == OK:
        return f"It answers at {address}.", ""
    if code in ("not_connected", "no_answer") and account.is_built_in:
        return (
            "The built-in engine does not answer.",
            "It starts with make run; see what its log says.",
        )
    if code in ("not_connected", "no_answer"):
        return (
            f"Nothing answers at {address}.",
            f"Look at {where}, and at this machine's way to the internet.",
        )
    if code == "address_refused":
        return (
            f"{address} leads into a closed network, or is not plain https.",
            "Who runs this installation can allow it: TEAM_SERVICES.",
        )
    if code == "bad_answer":
        return (
            f"What answers at {address} is no service of this kind, or it is in trouble.",
            f"Look at {where}, or try again later.",
        )
    return explain(code).sentence, _otherwise(code)


def key_words(code: str, account: Account) -> tuple[str, str]:
    """Return what was found of the key, and the next step."""
    if code == OK:
        return "The service accepts it.", ""
    if code in ("INVALID_API_KEY", "MISSING_API_KEY"):
        if account.key:
            return "The service does not accept it.", "Enter a key of the team's account."
        return (
            "The service does not accept it.",
            "Set NOVITA_API_KEY to a key of your account, and start Storyboard again.",
        )
    return explain(code).sentence, _otherwise(code)


def _webhook_words(code: str) -> tuple[str, str]:
    still = "Renders work without it, but one whose answer is lost then waits for a person."
    if code == OK:
        return "The service's test event arrived.", ""
    if code == "no_address":
        return (
            "None can arrive: PUBLIC_URL is not set.",
            f"Set it to the address at which the service can reach Storyboard. {still}",
        )
    if code == "silent":
        seconds = EVENT_WAIT.seconds
        if settings.BUILT_IN_ENGINE:
            where = "Look at PUBLIC_URL and ENGINE_WEBHOOK_HOSTS."
        else:
            where = "The service must reach it from outside: look at DNS, firewall and proxy."
        return (
            f"No test event arrived at {settings.WEBHOOK_URL} within {seconds} seconds.",
            f"{where} {still}",
        )
    return f"The test was not taken. {explain(code).sentence}", _otherwise(code)


def _otherwise(code: str) -> str:
    """Return the next step of a reason, in the words that fit a check."""
    if code in ("INVALID_REQUEST_BODY", "RATE_LIMIT_EXCEEDED", "not_connected"):
        return "Nothing was spent. Try again in a minute."
    return explain(code).next_step.replace(", then render again", "")
