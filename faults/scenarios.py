"""Random deaths, a bad service, many pollers: each house recovers, and is then judged."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from dataclasses import replace

from faults import HASTY, HASTY_SECONDS
from faults.house import House, Program
from faults.people import People
from faults.run import FAIR, ROUGH, TOLD, UNSETTLED, Result, Run, judged, recover, settle
from faults.weather import Weather
from tests.postgres.server import Postgres

# 2 and 3. Random kills


def kills_with_hooks(run: Run) -> Result:
    """Kill pollers and web; every charge whose answer was lost comes home by its webhook."""
    return random_kills(run, hooks=True)


def kills_without_hooks(run: Run) -> Result:
    """The same where nothing can come in: a lost answer is one unsure render, and shown."""
    return random_kills(run, hooks=False)


def random_kills(run: Run, *, hooks: bool) -> Result:
    """Kill pollers and web at random moments while people press and the service errs."""
    begun = time.monotonic()
    name = f"random kills, hooks {'on' if hooks else 'off'}"
    dice = run.dice(name)
    wanted = run.size(200, 20)
    with run.house(name, hooks=hooks) as house:
        cast = house.cast(run.size(240, 30))
        house.service.weather(replace(UNSETTLED, **TOLD) if hooks else UNSETTLED)
        victims = [house.web(), house.poller(), house.poller()]
        for victim in victims:
            victim.start()
        house.await_web()
        people = People(house, cast, dice, pause=0.7)
        people.start()
        kills = kill_at_random(victims, dice, wanted)
        people.stop()
        settle(house)
        house.await_web()
        hidden = people.hidden()
        recover(house)
        failures = [f"render {pk} is unsure, and its page hides it" for pk in hidden]
        if kills < wanted:
            failures.append(f"only {kills} kills of {wanted}")
        result = judged(run, name, house, begun, kills=kills, failures=failures)
        result.notes += said(house)
        return result


def kill_at_random(victims: list[Program], dice: random.Random, count: int) -> int:
    """Kill one after the other at a moment of its own life, and start it again at once."""
    ends = {id(victim): time.monotonic() + lifetime(victim, dice) for victim in victims}
    kills = 0
    while kills < count:
        for victim in victims:
            if time.monotonic() >= ends[id(victim)]:
                victim.kill()
                kills += 1
                victim.start()
                ends[id(victim)] = time.monotonic() + lifetime(victim, dice)
        time.sleep(0.01)
    return kills


def lifetime(victim: Program, dice: random.Random) -> float:
    """Return how long it lives, in seconds: a web long enough to answer now and then."""
    return dice.uniform(2, 10) if victim.role == "web" else dice.uniform(0.5, 5)


def said(house: House) -> list[str]:
    answers = sorted(house.told.answers.items())
    return ["answers " + ", ".join(f"{status or 'none'}: {n}" for status, n in answers)]


# 4. A service that is down, flapping, slow


def service_down(run: Run) -> Result:
    """Refuse every connection while people press, then come back."""

    def trouble(house: House) -> None:
        house.service.down()
        time.sleep(run.size(60, 8))
        house.service.up()

    return bad_service(run, "service down", trouble)


def service_flapping(run: Run) -> Result:
    """Half of all answers are errors, some after charging, and the service comes and goes."""

    def trouble(house: House) -> None:
        for _ in range(run.size(10, 2)):
            house.service.weather(ROUGH)
            time.sleep(run.size(4, 3))
            house.service.down()
            time.sleep(run.size(3, 1))
            house.service.up()

    return bad_service(run, "service flapping", trouble)


def service_slow(run: Run) -> Result:
    """Every answer takes seconds, and links die within two."""

    def trouble(house: House) -> None:
        house.service.weather(Weather(before=4, after=4, link_seconds=2, polls_until_done=3))
        time.sleep(run.size(60, 12))

    return bad_service(run, "service slow", trouble)


def bad_service(run: Run, name: str, trouble: Callable[[House], None]) -> Result:
    begun = time.monotonic()
    with run.house(name) as house:
        cast = house.cast(run.size(30, 8))
        house.web().start()
        house.poller().start()
        house.await_web()
        people = People(house, cast, run.dice(name), pause=0.5)
        people.start()
        trouble(house)
        back = time.monotonic()
        people.join(60)
        recover(house)
        notes = [f"recovered in {time.monotonic() - back:.0f} s", *said(house)]
        return judged(run, name, house, begun, notes=notes)


# 5. Five pollers on one database


def five_pollers(run: Run) -> Result:
    begun = time.monotonic()
    with run.house("five pollers") as house:
        house.cast(run.size(400, 32))
        house.press_all()
        house.service.weather(replace(FAIR, before=0.05))
        pollers = [house.poller() for _ in range(5)]
        for poller in pollers:
            poller.start()
        house.drain(run.size(900, 120))
        recover(house)
        logs = "".join(poller.log.read_text(errors="replace") for poller in pollers)
        failures = ["a database lock surfaced"] if "locked" in logs else []
        return judged(run, "five pollers", house, begun, failures=failures)


def server_restarts(run: Run) -> Result:
    """Let PostgreSQL crash and recover under web and poller, on a server for this alone."""
    begun = time.monotonic()
    name = "PostgreSQL restarts"
    dice = run.dice(name)
    folder = run.folder / "restarts"
    folder.mkdir()
    server = Postgres(folder / "postgres")
    try:
        with replace(run, folder=folder, postgres=server).house(name) as house:
            wanted = run.size(50, 4)
            cast = house.cast(wanted)
            house.service.weather(replace(UNSETTLED, submit=0, download=0))
            house.web().start()
            house.poller().start()
            house.await_web()
            people = People(house, cast, dice, pause=2.0)
            people.start()
            for _ in range(wanted):
                time.sleep(dice.uniform(0.5, 3))
                server.restart()
            people.stop()
            recover(house)
            result = judged(run, name, house, begun, kills=wanted, notes=said(house))
    finally:
        server.stop()
    # A page that was asked for just then may fail: that it was said is what counts.
    said_so = ("OperationalError", "InterfaceError", "Shutdown")
    result.verdict.tracebacks = [
        words for words in result.verdict.tracebacks if not any(error in words for error in said_so)
    ]
    return result


# Pollers that sleep past their leases


def sleepers(run: Run) -> Result:
    """Stop one of two pollers for three leases, again and again; the other takes over."""
    begun = time.monotonic()
    name = "asleep past the lease"
    dice = run.dice(name)
    wanted = run.size(20, 2)
    with run.house(name, hooks=True) as house:
        house.cast(run.size(120, 24))
        house.press_all()
        house.service.weather(replace(FAIR, before=1.0, after=1.5, polls_until_done=6, **TOLD))
        house.web().start()
        house.await_web()
        pollers = [house.poller(threads=2, mutant=HASTY) for _ in range(2)]
        for poller in pollers:
            poller.start()
            house.await_beat(poller)
        for _ in range(wanted):
            sleeper = dice.choice(pollers)
            time.sleep(dice.uniform(0, 1))
            sleeper.send(signal.SIGSTOP)
            time.sleep(3 * HASTY_SECONDS)
            sleeper.send(signal.SIGCONT)
        recover(house)
        return judged(run, name, house, begun, notes=[f"{wanted} times for 9 s"])


# SIGTERM at random


def polite_ends(run: Run) -> Result:
    """Ask a poller to leave at random moments; it must within ten seconds."""
    begun = time.monotonic()
    name = "SIGTERM at random"
    dice = run.dice(name)
    wanted = run.size(100, 4)
    longest = 0.0
    with run.house(name) as house:
        house.cast(run.size(120, 16))
        house.press_all()
        house.service.weather(replace(UNSETTLED, before=2.0, after=3.0, fail=0))
        for _ in range(wanted):
            poller = house.poller(threads=2)
            poller.start()
            house.await_beat(poller)
            time.sleep(dice.uniform(0, 2))
            longest = max(longest, poller.leave(30))
        claimed = house.count("select count(*) from renders_render where lease_owner like '%:%'")
        house.poller().start()
        recover(house)
        failures = [] if longest <= 10 else [f"one took {longest:.1f} s to leave"]
        notes = [f"longest {longest:.1f} s", f"{claimed} left in the middle of a step"]
        return judged(run, name, house, begun, kills=wanted, failures=failures, notes=notes)
