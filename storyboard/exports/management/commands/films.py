"""`manage.py films`: makes the films that people asked to download, until told to stop."""

from __future__ import annotations

import os
import signal
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connections

from storyboard.exports.maker import Maker
from storyboard.renders.poller import new_owner

# Whoever writes or watches comes first.
NICENESS = 10


class Command(BaseCommand):
    help = "Makes the films that people asked to download."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--once", action="store_true", help="make what is due, then exit")

    def handle(self, *args: Any, **options: Any) -> None:
        os.nice(NICENESS)
        connections.close_all()
        maker = Maker(new_owner())

        def stop(number: int, frame: FrameType | None) -> None:
            maker.stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        if options["once"]:
            while not maker.stopping and maker.tick():
                pass
            return
        maker.run()
