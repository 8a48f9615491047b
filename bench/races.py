"""Pairs of saves of one scene at the same moment: of each pair one is stored, and one is told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection

from bench.measure import Measure
from bench.web import writer
from storyboard.stories.models import Scene

PAIRS = 1000


def lost_updates() -> Measure:
    _, project = writer()
    pk = project.scenes.kept().in_order().values_list("pk", flat=True)[0]
    together = Barrier(2)

    def save(words: str) -> bool:
        try:
            row = Scene.objects.select_related("project").get(pk=pk)
            version = row.version
            together.wait(timeout=60)
            return row.write(prompt=words, caption="", version=version)
        finally:
            connection.close()

    lost = 0
    with ThreadPoolExecutor(2) as people:
        for number in range(PAIRS):
            typed = (f"Hers {number}", f"His {number}")
            stored = list(people.map(save, typed))
            kept = Scene.objects.values_list("prompt", flat=True).get(pk=pk)
            lost += stored.count(True) != 1 or kept != typed[stored.index(True)]
    return Measure(f"lost updates of {PAIRS} pairs of saves at once (wanted: 0)", str(lost))
