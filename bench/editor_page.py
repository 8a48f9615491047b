"""The editor's page: what it weighs, and what a story of 600 scenes costs beside one of 15."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.measure import Figure, Measure, compare, milliseconds_each
from bench.takes import add_takes
from bench.web import asker, expect, writer
from storyboard.novita import limits
from storyboard.stories.models import Project, Scene
from storyboard.stories.window import MORE

WORDS = "A girl in a worn blue coat strikes a match against the cold brick wall, snow all around"


def story(clips: int, each: int) -> tuple[Client, Project]:
    """Return a signed-in browser and a story of `clips` clips of `each` scenes."""
    client, project = writer()
    project.scenes.all().delete()
    Scene.objects.bulk_create(
        Scene(
            project=project,
            position=place,
            prompt=f"{WORDS}, moment {place + 1}",
            frames=limits.FRAMES_MIN,
            cut=place > 0 and place % each == 0,
        )
        for place in range(clips * each)
    )
    return client, project


def weight() -> Measure:
    client, project = story(1, 16)
    add_takes(project, 50)
    url = f"/projects/{project.pk}/"
    client.get(url)
    with CaptureQueriesContext(connection) as asked:
        page = client.get(url).content
        queries = len(asked)
    more = re.search(rb'hx-get="([^"]*/scenes/rows/[^"]*)"', page)
    if more is None:
        raise RuntimeError("the page does not say where its other rows are")
    rows = client.get(more[1].decode(), headers={"HX-Request": "true"}).content
    return Measure(
        "the editor page of 16 scenes and 50 takes (wanted: at most 12 queries, 60 KB)",
        f"{queries} queries, {len(page) / 1000:.0f} KB of HTML with the first rows, "
        f"{len(gzip.compress(page)) / 1000:.0f} KB compressed; "
        f"the other rows, fetched by it, {len(rows) / 1000:.0f} KB",
    )


def opening(clips: int, each: int) -> Callable[[], float]:
    client, project = story(clips, each)
    ask = asker(client)
    return milliseconds_each(lambda _: expect(ask("GET", f"/projects/{project.pk}/"), 200), 3)


def saving(clips: int, each: int) -> Callable[[], float]:
    client, project = story(clips, each)
    scene = project.scenes.kept().in_order()[3]
    ask = asker(client)

    def save(number: int) -> None:
        expect(ask("POST", f"/scenes/{scene.pk}/frames/", frames=8 + number % 2), 200)

    return milliseconds_each(save, 10)


def cutting(clips: int, each: int) -> Callable[[], float]:
    """Cut and blend in turn, for a page with the rows that it has once it stands still."""
    client, project = story(clips, each)
    scene = project.scenes.kept().in_order()[3]
    ask = asker(client, f"0-{MORE if clips * each > MORE else ''}")

    def cut(number: int) -> None:
        expect(ask("POST", f"/scenes/{scene.pk}/cut/", on=str((number + 1) % 2)), 200)

    return milliseconds_each(cut, 4)


def long_cut() -> Figure:
    name = "cutting and blending among 600 scenes in 40 clips, to 15 (wanted: 2 at most)"
    return compare(name, cutting(40, 15), cutting(1, 15), unit="ms", rounds=3)


def long_open() -> Figure:
    name = "opening 600 scenes in 40 clips, to 15 (wanted: 2 at most)"
    return compare(name, opening(40, 15), opening(1, 15), unit="ms", rounds=3)


def long_frames() -> Figure:
    name = "saving frames among 600 scenes in 40 clips, to 15 (wanted: 2 at most)"
    return compare(name, saving(40, 15), saving(1, 15), unit="ms", rounds=3)
