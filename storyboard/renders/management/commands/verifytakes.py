"""`manage.py verifytakes`: whether every file of every take is there and what it was."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from storyboard.renders.clients import Clients
from storyboard.renders.models import Take
from storyboard.renders.storage import take_store
from storyboard.renders.store import TakeStore
from storyboard.renders.verify import Fault, Healing, faults_of, note_faults


class Command(BaseCommand):
    help = (
        "Read every file of every take and print a line for each that is missing or damaged. "
        "Exit 0: all is as it was stored. 1: something is not. It changes no file without --fetch."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--fetch",
            action="store_true",
            help="bring back what the service still has, and draw posters again",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        store = take_store()
        at = timezone.now()
        healing = Healing(store, Clients(), at)
        count = faulty = 0
        for take in _takes():
            count += 1
            faults = _faults(take, store)
            for fault in faults:
                self._say(take, fault)
            if faults and options["fetch"]:
                for sentence in healing.heal(take, faults):
                    self._say(take, sentence)
                faults = _faults(take, store)
            note_faults(take, faults, at)
            faulty += bool(faults)
        left = f"{faulty} with missing or damaged files" if faulty else "all as they were stored"
        self.stdout.write(f"{count} {'take' if count == 1 else 'takes'} checked: {left}.")
        if faulty:
            sys.exit(1)

    def _say(self, take: Take, what: object) -> None:
        title = " ".join(take.project.title.split())
        self.stdout.write(f"{title} (project {take.project_id}), take {take.number}: {what}.")


def _faults(take: Take, store: TakeStore) -> list[Fault]:
    try:
        return faults_of(take, store)
    except OSError as error:
        raise CommandError(f"The store of takes cannot be read: {error}.") from error


def _takes() -> Iterator[Take]:
    """Every take, one at a time, also those of deleted stories: they too were paid for."""
    for pk in list(Take.objects.order_by("pk").values_list("pk", flat=True)):
        rows = Take.objects.select_related("project", "render").prefetch_related("spans")
        take = rows.filter(pk=pk).first()
        if take is not None:
            yield take
