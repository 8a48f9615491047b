"""What this installation runs on, for whoever keeps it or asks for help."""

from __future__ import annotations

import platform
from collections.abc import Iterator

import av
import django
from django.conf import settings
from django.db import connection


def versions() -> Iterator[tuple[str, str]]:
    """Yield names with the versions that run at this moment."""
    yield "Storyboard", settings.VERSION
    yield "Python", platform.python_version()
    yield "Django", django.get_version()
    number = ".".join(map(str, connection.get_database_version()))
    yield connection.display_name, number
    yield "FFmpeg", str(av.ffmpeg_version_info)
    yield "PyAV", av.__version__
    yield "htmx", htmx()


def htmx() -> str:
    """Return the version of the vendored script, which its name bears."""
    [script] = settings.BASE_DIR.glob("static/vendor/htmx/htmx-*.min.js")
    return str(script.name).removeprefix("htmx-").removesuffix(".min.js")
