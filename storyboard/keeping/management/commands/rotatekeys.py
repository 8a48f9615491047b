"""`manage.py rotatekeys`: a new key for what is sealed, or for what is signed."""

from __future__ import annotations

import argparse
import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from storyboard.keeping.archive import sync_folder
from storyboard.management.commands.prepare import new_secret
from storyboard.people.keys import reseal_api_keys
from storyboard.people.outbox import reseal_letters
from storyboard.people.sealing import KEEP, KeysUnreadable, new_key, read_keys
from storyboard.people.second_step import reseal_second_steps


def write_secrets(path: Path, secrets: list[str]) -> None:
    """Write them in the place of those that are there: all of them, or nothing."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write("".join(f"{secret}\n" for secret in secrets))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    # Before anything is sealed with a key, a power cut must not take the key away.
    sync_folder(path.parent)


class Command(BaseCommand):
    help = (
        "Make a new key for what is sealed in the database, and seal all of it anew. Nothing is "
        "restarted. The older keys stay, for processes and backups that have them: --forget."
    )

    # What seals, by name: each seals anew what an older key sealed.
    sealed: tuple[tuple[str, Callable[[], tuple[int, int]]], ...] = (
        ("API keys of teams", reseal_api_keys),
        ("second steps", reseal_second_steps),
        ("letters", reseal_letters),
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument(
            "--signing", action="store_true", help="the key of sessions and links; then restart"
        )
        which.add_argument(
            "--print", action="store_true", help="print a key for STORYBOARD_SEAL_KEYS, no more"
        )
        parser.add_argument(
            "--forget", action="store_true", help="make no new key: drop all but the newest"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["print"]:
            self.stdout.write(new_key())
            return
        with (settings.DATA / "prepare.lock").open("w") as lock:
            # Of two at once the second begins with what the first has written.
            fcntl.flock(lock, fcntl.LOCK_EX)
            if options["signing"]:
                self._sign(forget=options["forget"])
            else:
                self._seal(forget=options["forget"])

    def _sign(self, *, forget: bool) -> None:
        path = settings.SECRET_KEY_FILE
        kept = path.read_text().split() if path.is_file() else []
        if settings.SECRET_KEY not in kept:
            raise CommandError(
                "SECRET_KEY is set: put a new one there, the old one into SECRET_KEY_FALLBACKS, "
                "and start Storyboard again."
            )
        if forget:
            write_secrets(path, kept[:1])
            self.stdout.write("Start Storyboard again: what older keys signed is then refused.")
        else:
            write_secrets(path, [new_secret(), *kept])
            self.stdout.write("Start Storyboard again: it then signs with the new key.")

    def _seal(self, *, forget: bool) -> None:
        kept = self._kept()
        if not settings.SEAL_KEYS and not forget:
            write_secrets(settings.SEAL_KEYS_FILE, [new_key(), *kept])
        failed = self._seal_anew()
        if failed and forget:
            raise CommandError("No key was dropped: what could not be opened may need one.")
        if not forget:
            return
        if settings.SEAL_KEYS:
            self.stdout.write("All but the first of STORYBOARD_SEAL_KEYS can be taken out.")
        else:
            write_secrets(settings.SEAL_KEYS_FILE, kept[:1])
            self.stdout.write("The older keys were dropped.")

    def _kept(self) -> list[str]:
        """Return the keys; raise CommandError rather than rotate away from those of what is sealed.

        There may be none while nothing is sealed.
        """
        try:
            kept = read_keys()
            if not kept:
                # Where anything is sealed, looking at it asks for a key.
                for _, anew in self.sealed:
                    anew()
        except KeysUnreadable as exc:
            raise CommandError(f"Nothing was changed. {exc} {KEEP}") from exc
        except ImproperlyConfigured as exc:
            raise CommandError(
                "Nothing was changed. Secrets are sealed in the database, and no key is in "
                f"{settings.SEAL_KEYS_FILE}. {KEEP}"
            ) from exc
        return kept

    def _seal_anew(self) -> int:
        """Seal all of it with the newest key; return how many could not be opened."""
        lost = 0
        for name, anew in self.sealed:
            done, failed = anew()
            lost += failed
            self.stdout.write(f"{name}: {done} sealed anew")
            if failed:
                self.stderr.write(f"{name}: {failed} could not be opened with any of the keys")
        return lost
