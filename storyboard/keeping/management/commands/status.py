"""`manage.py status`: how the installation stands, in words or as JSON."""

from __future__ import annotations

import argparse
import http.client
import json
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import Error
from django.utils import timezone

from storyboard.keeping.health import FAILING, OK, health
from storyboard.keeping.status import Line, in_words, status
from storyboard.management.commands.announce import reachable_host

MARKS = {True: "ok", False: "FAILING", None: "-"}


def own_name(host: str) -> str:
    """Return a name by which the web lets itself be called: its address, or the first allowed."""
    names = [name.removeprefix(".") for name in settings.ALLOWED_HOSTS]
    shown = f"[{host}]" if ":" in host else host
    return shown if {shown, "*"} & set(names) else names[0]


def web_answers() -> bool:
    """Whether a web server answers here, be it well or ill."""
    host = reachable_host(settings.BIND)
    connection = http.client.HTTPConnection(host, settings.PORT, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": own_name(host)})
        return connection.getresponse().status in (200, 503)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class Command(BaseCommand):
    help = "Say how web, database, poller, queue, engine and disk stand; exit 1 if one fails."
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="figures for a program")

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        parts = {"web": OK if web_answers() else FAILING} | health(at)
        found: dict[str, Any] = {}
        if parts["database"] == OK:
            try:
                found = status(at)
            except Error:
                parts["database"] = FAILING
        if options["json"]:
            self.stdout.write(json.dumps({"parts": parts} | found, indent=2))
        else:
            self._say(parts, found)
        if FAILING in parts.values():
            sys.exit(1)

    def _say(self, parts: dict[str, str], found: dict[str, Any]) -> None:
        where = f"on port {settings.PORT}"
        web = f"answers {where}" if parts["web"] == OK else f"does not answer {where}"
        lines = [Line("web", web, parts["web"] == OK)]
        if found:
            lines += in_words(found, parts)
        else:
            lines.append(Line("database", "does not answer; the rest is unknown", False))
        self.stdout.write(f"Storyboard {settings.VERSION}, data in {settings.DATA}")
        for line in lines:
            self.stdout.write(f"{line.part:<10} {MARKS[line.fine]:<8} {line.words}")
