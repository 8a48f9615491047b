"""What Storyboard asks of its settings before it starts, each with a hint and a stable id."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.http.request import validate_host

from storyboard.environment import is_this_machine
from storyboard.people.sealing import KEEP, KeysUnreadable, read_keys

Apps = Sequence[AppConfig] | None
PREPARE = "Run `make run`, or `.venv/bin/python manage.py prepare` once: it makes what is missing."


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


@register(Tags.security)
def links_name_our_own_site(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """Without PUBLIC_URL, links in letters name the host that the request asked for."""
    if settings.PUBLIC_URL or "*" not in settings.ALLOWED_HOSTS:
        return []
    return [
        Error(
            "ALLOWED_HOSTS is *, and PUBLIC_URL is not set: whoever asks for a letter to somebody "
            "else says where its links lead.",
            hint="Set PUBLIC_URL to the address that people type, or name the hosts one by one.",
            id="storyboard.E006",
        )
    ]


@register(Tags.security)
def the_public_sees_no_pages_for_developers(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    if not settings.DEBUG or urlsplit(settings.PUBLIC_URL).scheme != "https":
        return []
    return [
        Error(
            f"DEBUG is on, and people come to {settings.PUBLIC_URL}: pages about errors would show "
            "them code, settings and what others sent.",
            hint="Leave DEBUG unset, or PUBLIC_URL while you develop.",
            id="storyboard.E007",
        )
    ]


@register(Tags.security)
def only_the_proxy_is_believed(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    if not settings.TRUST_PROXY or is_this_machine(settings.BIND):
        return []
    return [
        Warning(
            f"TRUST_PROXY is on, and BIND is {settings.BIND}: whoever reaches port "
            f"{settings.PORT} past the proxy says from which address they come, and over TLS.",
            hint="Leave BIND unset where the proxy is on this machine. Where it is on another, let "
            "a firewall keep everybody else from the port.",
            id="storyboard.W009",
        )
    ]


@register(Tags.security)
def api_key_travels_encrypted(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    parts = urlsplit(settings.NOVITA_BASE_URL)
    if (
        parts.scheme == "https"
        or not settings.NOVITA_API_KEY
        or is_this_machine(parts.hostname or "")
    ):
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
    try:
        if read_keys():
            return []
    except KeysUnreadable as exc:
        return [Error(str(exc), hint=KEEP, id="storyboard.E005")]
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
    if settings.PUBLIC_URL or is_this_machine(settings.BIND):
        return []
    return [
        Warning(
            f"BIND is {settings.BIND}, open to other machines, but PUBLIC_URL is not set.",
            hint="Set PUBLIC_URL to the address that people type, such as https://story.example.",
            id="storyboard.W003",
        )
    ]


@register(Tags.security)
def others_are_spoken_to_with_tls(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """Whatever leaves this machine in the clear can be read, and changed, on the way."""
    return [
        Warning(f"{what} would travel unencrypted to {host}.", hint=hint, id=f"storyboard.{id_}")
        for what, host, plain, hint, id_ in _spoken_to()
        if plain and not is_this_machine(host)
    ]


def _spoken_to() -> Iterator[tuple[str, str, bool, str, str]]:
    """Yield what travels, to which host, whether without TLS, what to do, and the check's id."""
    public = urlsplit(settings.PUBLIC_URL)
    yield (
        "Passwords of people",
        public.hostname or "",
        public.scheme == "http",
        "Put a reverse proxy with TLS in front, and write PUBLIC_URL with https.",
        "W005",
    )
    yield (
        "Letters, with links that let in,",
        getattr(settings, "EMAIL_HOST", "") if settings.SENDS_MAIL else "",
        not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL),
        "Write EMAIL_URL with smtps:// or smtp+tls://.",
        "W006",
    )
    store = urlsplit(settings.TAKES_BUCKET.get("endpoint_url", ""))
    yield (
        "Films and the store's keys",
        store.hostname or "",
        store.scheme == "http",
        "Write the endpoint in STORYBOARD_STORAGE with https.",
        "W007",
    )
    database = settings.DATABASES["default"]
    yield (
        "What the database holds",
        str(database.get("HOST", "")),
        database.get("OPTIONS", {}).get("sslmode") not in {"verify-full", "verify-ca"},
        "Leave sslmode out of DATABASE_URL, or write sslmode=verify-full&sslrootcert=….",
        "W008",
    )
