"""`manage.py release`: end safe mode."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from storyboard.renders import holding


class Command(BaseCommand):
    help = "End the safe mode of a restored installation: everything that is queued is sent."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        count = holding.release(timezone.now())
        if count is None:
            self.stdout.write("Storyboard is not in safe mode. Nothing was changed.")
        else:
            self.stdout.write(f"Safe mode is over. Renders that are sent now: {count}.")
