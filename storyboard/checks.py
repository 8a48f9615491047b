"""What Storyboard asks of its settings before it starts, each with a hint and a stable id."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.http.request import validate_host

from storyboard.people.sealing import read_keys

Apps = Sequence[AppConfig] | None
PREPARE = "Run `make run`, or `python manage.py prepare` once: it makes what is missing."


@register(Tags.security)
def secret_key_is_set(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    with suppress(ImproperlyConfigured):  # Raised by the mere reading of an empty key.
        if settings.SECRET_KEY:
            return []
    return [
        Error(
            "There is no secret key: SECRET_KEY is not set, and none is kept in "
            f"{settings.SECRET_KEY_FILE}.",
            hint=PREPARE,
            id="storyboard.E001",
        )
    ]


@register(Tags.files)
def data_folder_is_writable(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    if settings.DATA.is_dir() and os.access(settings.DATA, os.R_OK | os.W_OK | os.X_OK):
        return []
    return [
        Error(
            f"The data folder {settings.DATA} is missing or may not be written to.",
            hint=f"{PREPARE} STORYBOARD_DATA names another folder.",
            id="storyboard.E002",
        )
    ]


@register(Tags.database)
def sqlite_keeps_a_write_ahead_log(
    app_configs: Apps, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Three processes share the file; without WAL its readers and writers block each other."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        if connection.vendor != "sqlite" or connection.is_in_memory_db():  # type: ignore[attr-defined]
            continue
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode")
            mode = cursor.fetchone()[0]
        if mode != "wal":
            found.append(
                Error(
                    f"The SQLite database cannot keep a write-ahead log here (it uses {mode!r}).",
                    hint="Put STORYBOARD_DATA on a local disk; network shares cannot do it.",
                    id="storyboard.E003",
                )
            )
    return found


@register(Tags.urls)
def public_url_is_an_allowed_host(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    host = urlsplit(settings.PUBLIC_URL).hostname
    if not host or validate_host(host, settings.ALLOWED_HOSTS):
        return []
    return [
        Error(
            f"PUBLIC_URL names {host}, which ALLOWED_HOSTS does not list.",
            hint=f"Add {host} to ALLOWED_HOSTS, or leave ALLOWED_HOSTS unset.",
            id="storyboard.E004",
        )
    ]


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


@register(Tags.security)
def api_key_travels_encrypted(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    parts = urlsplit(settings.NOVITA_BASE_URL)
    if parts.scheme == "https" or not settings.NOVITA_API_KEY or is_loopback(parts.hostname or ""):
        return []
    return [
        Warning(
            f"NOVITA_API_KEY would travel unencrypted to {parts.hostname}.",
            hint="Write NOVITA_BASE_URL with https, unless that network is your own.",
            id="storyboard.W001",
        )
    ]


@register(Tags.files)
def engine_key_is_kept(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    if not settings.BUILT_IN_ENGINE or settings.NOVITA_API_KEY:
        return []
    return [
        Warning(
            f"The built-in engine has no key: {settings.ENGINE_KEY_FILE} is missing.",
            hint=PREPARE,
            id="storyboard.W002",
        )
    ]


@register(Tags.security)
def secrets_can_be_sealed(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    if read_keys():
        return []
    return [
        Error(
            "There is no key to seal secrets with: STORYBOARD_SEAL_KEYS is not set, and none is "
            f"kept in {settings.SEAL_KEYS_FILE}.",
            hint=PREPARE,
            id="storyboard.E005",
        )
    ]


@register(Tags.security)
def service_has_a_key(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    if settings.BUILT_IN_ENGINE or settings.NOVITA_API_KEY:
        return []
    return [
        Warning(
            f"There is no key for the service at {settings.NOVITA_BASE_URL}.",
            hint="Set NOVITA_API_KEY, or leave NOVITA_BASE_URL unset for the built-in engine.",
            id="storyboard.W004",
        )
    ]


@register(Tags.security)
def address_is_known(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """Bound to more than this machine, links in invitations need an address that others reach."""
    if settings.PUBLIC_URL or is_loopback(settings.BIND):
        return []
    return [
        Warning(
            f"BIND is {settings.BIND}, open to other machines, but PUBLIC_URL is not set.",
            hint="Set PUBLIC_URL to the address that people type, such as https://story.example.",
            id="storyboard.W003",
        )
    ]
