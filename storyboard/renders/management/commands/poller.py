"""`manage.py poller`: sends what is queued, asks how it goes, and brings the films home."""

from __future__ import annotations

import argparse
import signal
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from storyboard.people.outbox import Forgetting
from storyboard.people.sweeping import Sweeping
from storyboard.renders.accounts import Accounts
from storyboard.renders.bin import Emptying
from storyboard.renders.clients import Clients
from storyboard.renders.clock import DatabaseClock
from storyboard.renders.connection import Checks
from storyboard.renders.fetching import Fetches
from storyboard.renders.keys import KeyTests
from storyboard.renders.mailing import Mailing
from storyboard.renders.owner_mail import OwnerMail
from storyboard.renders.poller import Poller, new_owner
from storyboard.renders.refusals import use_key
from storyboard.renders.storage import take_store


def make_durable(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Let each commit reach the disk: an intent to pay that a power cut loses is paid twice."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=FULL")


def thread_count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError("write a number of threads from 1 to 64")
    return int(text)


class Command(BaseCommand):
    help = "Sends renders to the service, and brings the finished films home."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="move what is due, then exit")
        parser.add_argument("--threads", type=thread_count, default=4, help="1 to 64, 4 if unsaid")

    def handle(self, *args: Any, **options: Any) -> None:
        connection_created.connect(make_durable)
        connections.close_all()
        clients = Clients()
        clock = DatabaseClock()
        use_key(clients.own.base_url, clients.own.key_mark, clock())
        poller = Poller(
            clients,
            owner=new_owner(),
            clock=clock,
            threads=options["threads"],
            beside=(
                Accounts(clients, clock).tend,
                KeyTests(clients, clock).tend,
                Checks(clients, clock).tend,
                Fetches(clients, take_store, clock).tend,
                Emptying(take_store(), clock).tend,
                Mailing(clock).tend,
                OwnerMail(clock).tend,
                Forgetting(clock).tend,
                Sweeping(clock).tend,
            ),
        )

        def leave(number: int, frame: FrameType | None) -> None:
            poller.stop()

        signal.signal(signal.SIGTERM, leave)
        signal.signal(signal.SIGINT, leave)
        if options["once"]:
            poller.drain()
        else:
            self.stdout.write(f"poller: {options['threads']} threads")
            poller.run()
