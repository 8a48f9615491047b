"""`manage.py release`: end safe mode."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from storyboard.people.activity import record_keeping
from storyboard.people.models import KeeperAct
from storyboard.renders import holding
from storyboard.renders.safe_mode import SafeMode


class Command(BaseCommand):
    help = "End the safe mode of a restored installation: everything that is queued is sent."
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--yes", action="store_true", help="do not ask first")

    def handle(self, *args: Any, **options: Any) -> None:
        if SafeMode.objects.current() is not None and not options["yes"]:
            self._confirm(holding.held().count())
        with transaction.atomic():
            count = holding.release(timezone.now())
            if count is not None:
                record_keeping(None, KeeperAct.RELEASED, f"renders sent: {count}")
        if count is None:
            self.stdout.write("Storyboard is not in safe mode. Nothing was changed.")
        else:
            self.stdout.write(f"Safe mode is over. Renders that are sent now: {count}.")

    def _confirm(self, count: int) -> None:
        self.stdout.write(
            f"Renders that will be sent, and may be charged again if they had been sent after the "
            f"backup: {count}."
        )
        try:
            answer = input("Write yes to send them: ")
        except EOFError:
            answer = ""
        if answer.strip().lower() != "yes":
            raise CommandError("Nothing was changed. Use --yes where nobody can answer.")
