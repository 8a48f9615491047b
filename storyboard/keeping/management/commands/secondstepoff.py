"""`manage.py secondstepoff`: let somebody in who lost their second step, the keeper above all."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from storyboard.people import second_step
from storyboard.people.activity import record_keeping
from storyboard.people.models import KeeperAct, User


class Command(BaseCommand):
    help = "Turn off the second step of an account that lost it: its password alone opens it then."
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("email", help="the address that the account signs in with")
        parser.add_argument("--yes", action="store_true", help="do not ask first")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["email"].strip()).first()
        if user is None:
            raise CommandError(f"No account signs in with {options['email']}. Nothing was changed.")
        if not second_step.is_on(user):
            self.stdout.write(f"{user.email} has no second step. Nothing was changed.")
            return
        if not options["yes"]:
            self._confirm(user)
        with transaction.atomic():
            second_step.turn_off(user)
            record_keeping(None, KeeperAct.STEP_OFF, whom=user)
        self.stdout.write(f"The second step of {user.email} is off.")
        if not second_step.tell_it_is_off(user):
            self.stderr.write("The letter that tells them could not be sent: tell them yourself.")

    def _confirm(self, user: User) -> None:
        self.stdout.write(
            f"App, passkeys and recovery codes of {user.email} are deleted. Whoever knows the "
            "password comes in with it alone."
        )
        try:
            answer = input("Write yes to turn them off: ")
        except EOFError:
            answer = ""
        if answer.strip().lower() != "yes":
            raise CommandError("Nothing was changed. Use --yes where nobody can answer.")
