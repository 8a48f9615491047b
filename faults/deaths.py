"""Deaths at a place of our choosing: the named crash points, and every commit, call and rename."""

from __future__ import annotations

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from faults.checker import Verdict
from faults.evidence import Evidence
from faults.house import House
from faults.run import UNSETTLED, Result, Run, judged, merge, recover
from faults.weather import Weather
from storyboard.renders import crash


def crash_points(run: Run) -> Result:
    """Kill a poller at each named point, again and again; then let another one finish."""
    begun = time.monotonic()
    cases = [(point, False) for point in crash.POINTS] + [(at, True) for at in crash.HOOK_POINTS]
    run.template()
    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(lambda case: at_point(run, *case), cases))
    total = Result("crash points", run.database, Evidence(), Verdict())
    for result in results:
        merge(total, result)
    total.seconds = time.monotonic() - begun
    total.notes.append(f"{len(cases)} points, {total.kills} kills")
    return total


def at_point(run: Run, point: str, hooks: bool) -> Result:
    """Let pollers die there; with `hooks`, most answers get lost and are told by webhooks."""
    begun = time.monotonic()
    wanted = run.size(5, 1)
    dice = run.dice(point)
    failures = []
    with run.house(point, hooks=hooks) as house:
        house.cast(12 if hooks else 8)
        house.press_all()
        if hooks:
            house.service.weather(Weather(submit=0.8, hooks=(0.2, 1.0)))
            house.web().start()
            house.await_web()
        kills = 0
        for _ in range(wanted):
            poller = house.poller(threads=2)
            process = poller.start(STORYBOARD_CRASH_AT=f"{point}:{dice.randint(1, 2)}")
            kills += died(process, 40)
            poller.kill()
        if kills < wanted:
            failures.append(f"{point}: passed {kills} times of {wanted}")
        house.poller().start()
        recover(house)
        return judged(run, point, house, begun, kills=kills, failures=failures)


def died(process: Any, seconds: float) -> bool:
    """Whether the process was killed by its crash point within so many seconds."""
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(process.poll() == -signal.SIGKILL)


# Every way that a render can go is gone by a few of these.
VARIED = replace(
    UNSETTLED, submit=0.25, rate_limit=0.2, poll=0.2, download=0.3, fail=0.1, before=0, after=0
)
PROJECTS = 16


def every_place(run: Run) -> Result:
    """Learn from one life where a poller commits, calls and renames; then let it die at each."""
    begun = time.monotonic()
    total = Result("every commit, call, rename", run.database, Evidence(), Verdict())
    run.template()
    places = census(run)
    sides = ("before", "after")
    cases = [
        (f"place {number} {side}", side, place)
        for number, place in enumerate(places)
        for side in sides
    ]
    with ThreadPoolExecutor(3) as pool:
        for result in pool.map(lambda case: at_place(run, *case), cases):
            merge(total, result)
    total.seconds = time.monotonic() - begun
    total.notes.append(f"{len(places)} places, each before and after; {total.kills} kills")
    return total


def census(run: Run) -> list[str]:
    """Return every place that a poller passes while it works off a queue under varied faults."""
    with run.house("census") as house:
        file = house.workshop.data / "places.txt"
        prepare(house)
        # The second finds what a dead one left.
        for life in range(2):
            poller = house.poller(doomed=True)
            poller.start(FAULTS_PLACES=str(file))
            if life == 0:
                house.await_beat(poller)
                time.sleep(2)
                poller.kill()
        recover(house)
        places = set(file.read_text().splitlines())
        # Nothing is paid for in the catalogue, which is read once a day and beside renders.
        return sorted(place for place in places if "catalogue." not in place)


def prepare(house: House) -> None:
    house.cast(PROJECTS)
    house.press_all()
    house.service.weather(VARIED)


def at_place(run: Run, folder: str, side: str, place: str) -> Result:
    begun = time.monotonic()
    name = f"{side} {place}"
    dice = run.dice(name)
    kills = 0
    with run.house(folder) as house:
        prepare(house)
        wanted = run.size(5, 1)
        for _ in range(wanted + 4):
            poller = house.poller(threads=2, doomed=True)
            process = poller.start(FAULTS_DIE_AT=f"{side} {dice.choice((1, 1, 2))} {place}")
            if not died(process, 8):
                # Some places are only passed on the way out.
                process.terminate()
            kills += died(process, 12)
            poller.kill()
            if kills == wanted:
                break
        house.poller().start()
        recover(house)
        failures = [] if kills else [f"{name}: never passed"]
        return judged(run, name, house, begun, kills=kills, failures=failures)
