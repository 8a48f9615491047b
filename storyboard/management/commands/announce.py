"""`manage.py announce`: say where Storyboard is, once it answers there."""

from __future__ import annotations

import http.client
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

PATIENCE = 60.0
PAUSE = 0.1
PAUSE_AFTER_FAULT = 5.0


def reachable_host(bind: str) -> str:
    """Return an address of this machine at which a server bound to `bind` answers."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(bind, bind)  # noqa: S104


def answer(host: str, port: int) -> int:
    """Return the status with which a web server answers there, or 0 when none does."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("HEAD", "/")
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


class Command(BaseCommand):
    help = "Wait until the web server answers, at most a minute, and print its address."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        host = reachable_host(settings.BIND)
        deadline = time.monotonic() + PATIENCE
        # A refusal (of the name 127.0.0.1, say) is an answer too; a fault of ours is not.
        while not 0 < (status := answer(host, settings.PORT)) < 500:
            if time.monotonic() > deadline:
                raise CommandError(
                    f"Storyboard does not answer on {host} port {settings.PORT} after a minute; "
                    "the lines above say why."
                )
            time.sleep(PAUSE_AFTER_FAULT if status else PAUSE)
        shown = f"[{host}]" if ":" in host else host
        address = settings.PUBLIC_URL or f"http://{shown}:{settings.PORT}"
        self.stdout.write(f"Storyboard is running at {address}")
