"""`manage.py engine`: the text-to-video API served from this machine."""

from __future__ import annotations

import argparse
import os
import signal
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from storyboard.engine.core import Engine
from storyboard.engine.keys import kept_key
from storyboard.engine.server import Server

WORKERS_MAX = 16


def address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdecimal()) or not 0 <= int(port) <= 65535:
        raise argparse.ArgumentTypeError("write HOST:PORT, such as 127.0.0.1:8900")
    return host.strip("[]"), int(port)


def worker_count(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= WORKERS_MAX:
        raise argparse.ArgumentTypeError(f"write a number of workers from 1 to {WORKERS_MAX}")
    return int(text)


def default_workers() -> int:
    """One drawing keeps two cores busy."""
    return max(1, min(4, (os.cpu_count() or 1) // 2))


def bring_up_to_date() -> None:
    """Make the engine's own tables, for an engine that runs alone on its machine."""
    executor = MigrationExecutor(connection)
    wanted = [node for node in executor.loader.graph.leaf_nodes() if node[0] == "engine"]
    if executor.migration_plan(wanted):
        call_command("migrate", "engine", verbosity=0, interactive=False)


class Command(BaseCommand):
    help = "Serve the text-to-video API from this machine; it draws animatics."
    # The checks ask for what only the web needs.
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--bind",
            type=address,
            default=("127.0.0.1", settings.ENGINE_PORT),
            metavar="HOST:PORT",
            help=f"127.0.0.1:{settings.ENGINE_PORT} if unsaid; port 0 takes a free one",
        )
        parser.add_argument(
            "--key-file",
            type=Path,
            default=settings.ENGINE_KEY_FILE,
            help="holds the bearer key; made when missing",
        )
        parser.add_argument(
            "--workers",
            type=worker_count,
            default=default_workers(),
            help=f"films drawn at once, 1 to {WORKERS_MAX}; one for each two cores if unsaid",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        os.umask(0o077)
        host, port = options["bind"]
        try:
            settings.ENGINE_ROOT.mkdir(mode=0o700, parents=True, exist_ok=True)
            key = kept_key(options["key_file"])
            engine = Engine.from_settings(key, workers=options["workers"])
            if not key:
                raise CommandError(f"{options['key_file']} is empty; write a key into it.")
            bring_up_to_date()
            server = Server(engine, host=host, port=port)
        except BlockingIOError as exc:
            raise CommandError(f"Another engine already works in {settings.ENGINE_ROOT}.") from exc
        except OSError as exc:
            raise CommandError(f"The engine cannot start: {exc}") from exc
        connections.close_all()

        def leave(number: int, frame: FrameType | None) -> None:
            server.stop()

        signal.signal(signal.SIGTERM, leave)
        signal.signal(signal.SIGINT, leave)
        shown = f"[{host}]" if ":" in host else host
        self.stdout.write(f"engine: http://{shown}:{server.port}, {engine.workers} drawing at once")
        self.stdout.flush()
        server.run()
