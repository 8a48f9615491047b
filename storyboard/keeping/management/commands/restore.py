"""`manage.py restore SOURCE`: an installation out of its backup, in safe mode."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from storyboard.keeping.archive import Damaged
from storyboard.keeping.backup import NoRoom
from storyboard.keeping.restore import (
    CannotRestore,
    Contents,
    Restored,
    check,
    refuse_unless_possible,
    restore,
)
from storyboard.keeping.snapshot import CannotCopy

NAMED_AT_MOST = 10


class Command(BaseCommand):
    help = (
        "Restore a backup, checked as a whole first. Storyboard then starts in safe mode: "
        "nothing that was not sent is sent until a person confirms."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("source", type=Path, help="what `manage.py backup` made")
        parser.add_argument(
            "--replace", action="store_true", help="move the database that is there aside"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        os.umask(0o077)
        source, at = options["source"], timezone.now()
        try:
            contents = check(source)
            refuse_unless_possible(contents, at, replace=options["replace"])
            self.stdout.write(
                f"The backup of {contents.made_at:%Y-%m-%d %H:%M} UTC by Storyboard "
                f"{contents.manifest['storyboard']} is whole."
            )
            done = restore(source, contents, at, self.stdout.write)
        except (Damaged, CannotRestore, NoRoom, CannotCopy) as error:
            raise CommandError(f"{error} Nothing was restored.") from error
        except (OSError, DatabaseError) as error:
            raise CommandError(f"The restore failed: {error}. Nothing was restored.") from error
        self._say(contents, done)

    def _say(self, contents: Contents, done: Restored) -> None:
        say = self.stdout.write
        say(f"Restored to {settings.DATA}. Everybody signs in anew.")
        if done.aside:
            say(f"What was there is in {done.aside}.")
        if not contents.manifest["secrets"]:
            say(
                "The backup holds no secret keys. Put the old seal_keys into the data folder, or "
                "what was sealed stays shut: API keys of teams and the apps of second steps must "
                "be entered anew."
            )
        say(f"Held until a person confirms: {done.held} renders that were not sent.")
        say(f"Asked for and fetched as always: {done.under_way} that the service works on.")
        say(f"Unsure, for a person to decide in the story: {done.unsure}.")
        if done.missing:
            say(f"Files of takes that are not here: {len(done.missing)}.")
            for name in done.missing[:NAMED_AT_MOST]:
                say(f"  {name}")
            say("Run `manage.py verifytakes`: it fetches them where the service still has them.")
        say(
            "Storyboard starts in safe mode. The first account ends it on the page /safe-mode/, "
            "or `manage.py release` does."
        )
