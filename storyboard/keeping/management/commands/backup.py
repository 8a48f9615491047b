"""`manage.py backup DEST`: the whole installation, copied while it runs."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from storyboard.keeping.backup import Found, NoRoom, make_backup
from storyboard.keeping.snapshot import CannotCopy

INCOMPLETE = 2
NAMED_AT_MOST = 10


class Command(BaseCommand):
    help = (
        "Copy database and takes to DEST, a new folder or a new file that ends in .tar, while "
        "Storyboard runs. Exit 0: whole. 1: nothing was made. 2: made, but takes were missing "
        "or damaged on the disk already."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("dest", type=Path, help="a new folder, or a new .tar file")
        parser.add_argument(
            "--without-takes", action="store_true", help="only list the takes, with their hashes"
        )
        parser.add_argument(
            "--with-secrets", action="store_true", help="put the secret keys in as well"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        os.umask(0o077)
        target = Path(os.path.abspath(options["dest"]))
        if target.resolve().is_relative_to(settings.DATA):
            raise CommandError(
                "DEST is inside the data folder: such a copy is lost together with what it "
                "copies. Choose a place outside it. Nothing was made."
            )
        if not target.parent.is_dir():
            raise CommandError(f"There is no folder {target.parent}. Nothing was made.")
        try:
            found = make_backup(
                target,
                timezone.now(),
                self.stdout.write,
                with_takes=not options["without_takes"],
                with_secrets=options["with_secrets"],
            )
        except FileExistsError as error:
            raise CommandError(f"{target} is there already. Nothing was changed.") from error
        except (NoRoom, CannotCopy) as error:
            raise CommandError(f"{error} Nothing was made.") from error
        except (OSError, DatabaseError) as error:
            raise CommandError(f"The backup failed: {error}. Nothing was made.") from error
        self._say(target, found, options)
        if not found.whole:
            sys.exit(INCOMPLETE)

    def _say(self, target: Path, found: Found, options: dict[str, Any]) -> None:
        say = self.stdout.write
        if options["without_takes"]:
            say("The takes themselves are not in it: copy them another way.")
        if options["with_secrets"]:
            say("It holds the secret keys: whoever reads it can sign in as anybody. Keep it safe.")
        else:
            say(
                "The secret keys are not in it. Keep a copy of secret_key, engine_key and "
                f"seal_keys in {settings.DATA} at another place, or use --with-secrets."
            )
        for words, names in (("missing", found.missing), ("damaged", found.damaged)):
            if names:
                self.stderr.write(f"{len(names)} files of takes are {words} on the disk:")
                for name in names[:NAMED_AT_MOST]:
                    self.stderr.write(f"  {name}")
        say(f"The backup is at {target}.")
