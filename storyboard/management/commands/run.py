"""`manage.py run`: prepare, then become the supervisor of web, poller and engine."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from storyboard.supervised import VARIABLE


def refuse_busy(host: str, port: int, setting: str) -> None:
    """Raise CommandError when `host` and `port` cannot be listened on."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # As servers do: a port whose last connections are still closing is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as exc:
        raise CommandError(
            f"Storyboard cannot listen on {host} port {port}: {exc.strerror}. "
            f"Stop what runs there, or choose another port: make run {setting}={port + 10}"
        ) from exc


def supervisor_environment() -> dict[str, str]:
    """Return this environment with what supervisord.conf reads from it."""
    return os.environ | {
        "BIND": settings.BIND,
        "PORT": str(settings.PORT),
        "STORYBOARD_BIN": str(Path(sys.executable).parent),
        "STORYBOARD_BUILT_IN_ENGINE": str(settings.BUILT_IN_ENGINE).lower(),
        "STORYBOARD_DATA": str(settings.DATA),
        VARIABLE: str(os.getpid()),
        "STORYBOARD_UID": str(os.getuid()),
        "PYTHONUNBUFFERED": "1",
    }


def relay_socket_output() -> None:
    """Let `cat` carry our output when it goes to a socket, as under systemd or Node.

    The supervisor opens its output anew for each process, which the system refuses for sockets.
    """
    if stat.S_ISSOCK(os.fstat(1).st_mode):
        relay = subprocess.Popen(["cat"], stdin=subprocess.PIPE, start_new_session=True)  # noqa: S607
        if relay.stdin is not None:
            os.dup2(relay.stdin.fileno(), 1)
            os.dup2(1, 2)
            relay.stdin.close()


class Command(BaseCommand):
    help = "Prepare, then run web, poller and engine until Ctrl-C or SIGTERM."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_busy(settings.BIND, settings.PORT, "PORT")
        if settings.BUILT_IN_ENGINE:
            refuse_busy("127.0.0.1", settings.ENGINE_PORT, "ENGINE_PORT")
        call_command("prepare")
        supervisord = str(Path(sys.executable).parent / "supervisord")
        conf = str(settings.BASE_DIR / "supervisord.conf")
        self.stdout.flush()
        relay_socket_output()
        # This process becomes the supervisor, so that signals reach it without a middleman.
        os.execve(  # noqa: S606
            supervisord, [supervisord, "--configuration", conf], supervisor_environment()
        )
