"""`manage.py prepare`: everything that must stand before the three processes start."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from storyboard.environment import env
from storyboard.people.sealing import new_key

KEEPABLE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def new_secret() -> str:
    return "".join(secrets.choice(KEEPABLE) for _ in range(64))


def keep_secret(path: Path, make: Callable[[], str] = new_secret) -> str:
    """Return the secret kept at `path`, made on first use, readable by its owner alone.

    The file appears whole or not at all: of two processes that make it at once one wins, and
    both return what the winner wrote. Of several in the file the first is the newest.
    """
    if not path.exists():
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "w") as file:
                file.write(f"{make()}\n")
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, path)
        except FileExistsError:
            pass  # Another process was first.
        finally:
            draft.unlink()
    return next(iter(path.read_text().split()), "")


def make_data_folder(path: Path) -> None:
    """Create the data folder, closed to everybody else; raise CommandError when that fails."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as exc:
        raise CommandError(
            f"STORYBOARD_DATA is {path}, which cannot be used: {exc.strerror}."
        ) from exc
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise CommandError(f"STORYBOARD_DATA is {path}, which this account may not write to.")


class Command(BaseCommand):
    help = "Create the data folder and its secrets, bring the database up to date, gather files."
    # The checks ask for what this command makes; they run at its end.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        os.umask(0o077)
        make_data_folder(settings.DATA)
        with (settings.DATA / "prepare.lock").open("w") as lock:
            # Two that start at once wait for each other instead of migrating side by side.
            fcntl.flock(lock, fcntl.LOCK_EX)
            kept = keep_secret(settings.SECRET_KEY_FILE)
            engine_key = keep_secret(settings.ENGINE_KEY_FILE)
            keep_secret(settings.SEAL_KEYS_FILE, new_key)
            # Settings were read before the files existed; nothing has used these values yet.
            settings.SECRET_KEY = env("SECRET_KEY") or kept
            if settings.BUILT_IN_ENGINE:
                settings.NOVITA_API_KEY = engine_key
            call_command("migrate", verbosity=0, interactive=False)
            # htmx is vendored; the copy in the package imports what is not there.
            call_command(
                "collectstatic", verbosity=0, interactive=False, ignore_patterns=["django_htmx"]
            )
        self.check(databases=["default"])
        if options["verbosity"] > 0:
            self.stdout.write(f"Storyboard {settings.VERSION} keeps its data in {settings.DATA}.")
