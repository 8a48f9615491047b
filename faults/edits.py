"""Two writers at one scene while the web is killed: what the page called saved is stored."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import requests

from faults.house import House
from faults.people import PATIENCE, browser
from faults.run import Result, Run, judged, recover
from faults.scenarios import kill_at_random

SAVED, CLASH, UNHEARD = 200, 409, 0


@dataclass
class Desk:
    """One scene at which two people write, and what each was told."""

    scene: int
    # The text that was called saved, by the version that it was written over.
    saved: dict[int, list[str]] = field(default_factory=dict)
    unheard: set[str] = field(default_factory=set)
    pairs: int = 0
    clashes: int = 0
    odd: list[str] = field(default_factory=list)


def edits_under_kills(run: Run) -> Result:
    """Let two people save over the same version again and again; one wins, the other is told."""
    begun = time.monotonic()
    name = "edits while the web is killed"
    with run.house(name) as house:
        cast = house.cast(3)
        rows = house.rows("select min(id) from stories_scene group by project_id order by 1")
        desks = [Desk(row[0]) for row in rows]
        web = house.web()
        web.start()
        house.await_web()
        leaving = threading.Event()
        with ThreadPoolExecutor(len(desks)) as pool:
            work = [pool.submit(write, house, cast, desk, leaving) for desk in desks]
            kills = kill_at_random([web], run.dice(name), run.size(100, 4))
            house.await_web()
            leaving.set()
            for each in work:
                each.result()
        failures = [words for desk in desks for words in judge_desk(house, desk)]
        notes = [
            f"{sum(desk.pairs for desk in desks)} pairs of saves,"
            f" {sum(desk.clashes for desk in desks)} told of a clash,"
            f" {sum(len(desk.unheard) for desk in desks)} never answered"
        ]
        recover(house)
        return judged(run, name, house, begun, kills=kills, failures=failures, notes=notes)


def write(house: House, cast: dict[str, Any], desk: Desk, leaving: threading.Event) -> None:
    while not leaving.is_set():
        version = house.count(f"select version from stories_scene where id = {desk.scene}")
        texts = [f"story: {name} over {version} {random.random()}" for name in ("hers", "his")]
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(partial(save, house, cast, desk.scene, version), texts))
        desk.pairs += 1
        if not any(answers):
            leaving.wait(0.2)
        for text, answer in zip(texts, answers, strict=True):
            if answer == SAVED:
                desk.saved.setdefault(version, []).append(text)
            elif answer == CLASH:
                desk.clashes += 1
            elif answer == UNHEARD:
                desk.unheard.add(text)
            else:
                desk.odd.append(f"a save was answered {answer}")


def save(house: House, cast: dict[str, Any], scene: int, version: int, text: str) -> int:
    """Save as the page does; return the status, 0 where no answer came."""
    try:
        with browser(cast["session"]) as session:
            return session.post(
                f"{house.address}/scenes/{scene}/words/",
                data={"prompt": text, "version": version},
                headers={"HX-Request": "true"},
                timeout=PATIENCE,
                allow_redirects=False,
            ).status_code
    except requests.RequestException:
        return UNHEARD


def judge_desk(house: House, desk: Desk) -> list[str]:
    """Name each save that was called saved and is not, or that went over another unseen."""
    found = list(desk.odd)
    found += [
        f"scene {desk.scene}: {len(texts)} saves over version {version} were all called saved"
        for version, texts in desk.saved.items()
        if len(texts) > 1
    ]
    prompt, version = house.rows(
        f"select prompt, version from stories_scene where id = {desk.scene}"
    )[0]
    newest = max(desk.saved, default=0)
    if newest >= version:
        found.append(f"scene {desk.scene}: a save over version {newest} is gone")
    elif newest == version - 1 and [prompt] != desk.saved[newest]:
        found.append(f"scene {desk.scene}: the newest text is not the one called saved")
    return found
