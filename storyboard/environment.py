"""Reading environment variables: an empty one is unset, and nonsense is refused in a sentence."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from email.utils import parseaddr
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import dj_database_url
from dj_database_url import DBConfig
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email
from requests.utils import DEFAULT_CA_BUNDLE_PATH

SECRET_MIN = 32
MAIL_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


def env(name: str, default: str = "") -> str:
    """Return a variable, or what is in the file that `name` with _FILE behind it names."""
    kept = os.environ.get(f"{name}_FILE", "").strip()
    if not kept:
        return os.environ.get(name, default).strip()
    if os.environ.get(name, "").strip():
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set; choose one.")
    try:
        return Path(kept).read_text().strip()
    except (OSError, ValueError) as exc:
        why = getattr(exc, "strerror", None) or "it holds no text"
        raise ImproperlyConfigured(f"{name}_FILE is {kept}, which cannot be read: {why}.") from None


def env_bool(name: str, default: bool) -> bool:
    value = env(name).lower()
    if value in {"", "1", "true", "yes", "on", "0", "false", "no", "off"}:
        return default if value == "" else value in {"1", "true", "yes", "on"}
    raise ImproperlyConfigured(f"{name} is {value!r}; write true or false.")


def env_int(name: str, default: int, *, low: int, high: int) -> int:
    value = env(name)
    if not value:
        return default
    if not (value.isascii() and value.isdecimal()) or not low <= int(value) <= high:
        raise ImproperlyConfigured(f"{name} is {value!r}; write a whole number, {low} to {high}.")
    return int(value)


def env_float(name: str, default: float, *, low: float, high: float) -> float:
    value = env(name)
    try:
        number = float(value) if value else default
    except ValueError:
        number = float("nan")
    if not low <= number <= high:
        raise ImproperlyConfigured(f"{name} is {value!r}; write a number, {low} to {high}.")
    return number


def env_choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    value = env(name, default) or default
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is {value!r}; write one of: {', '.join(choices)}.")
    return value


def env_hosts(name: str) -> list[str]:
    """Return host names without scheme, port or path, as ALLOWED_HOSTS wants them."""
    hosts = [part.strip() for part in env(name).split(",") if part.strip()]
    for host in hosts:
        if "/" in host or " " in host or (":" in host and not host.startswith("[")):
            raise ImproperlyConfigured(
                f"{name} holds {host!r}; write host names alone, parted by commas."
            )
    return hosts


def env_addresses(name: str) -> list[str]:
    """Return hosts with or without a port, as `host:port` or `host`, without a scheme."""
    found = [part.strip() for part in env(name).split(",") if part.strip()]
    for address in found:
        if not re.fullmatch(r"([\w.-]+|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?", address, re.ASCII):
            raise ImproperlyConfigured(
                f"{name} holds {address!r}; write host:port or host, parted by commas."
            )
    return found


def env_url(name: str, *, path: bool = True) -> str:
    """Return an http(s) address without its trailing slash, or an empty string."""
    value = env(name).rstrip("/")
    return _sound_url(name, value, path=path) if value else ""


def env_services(name: str) -> list[str]:
    """Return http(s) addresses parted by commas, each without its trailing slash."""
    found = [part.strip().rstrip("/") for part in env(name).split(",")]
    return [_sound_url(name, value, path=True) for value in found if value]


def _sound_url(name: str, value: str, *, path: bool) -> str:
    try:
        parts = urlsplit(value)
        sound = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound or parts.query or parts.fragment or parts.username or (parts.path and not path):
        raise ImproperlyConfigured(f"{name} is {value!r}; write an address such as https://host.")
    return value


def env_prefix(name: str) -> str:
    """Return the beginning of a path, such as /films/, or an empty string."""
    value = env(name)
    if value and not re.fullmatch(r"/([\w.-]+/)+", value, re.ASCII):
        raise ImproperlyConfigured(f"{name} is {value!r}; write a path such as /films/.")
    return value


def env_token(name: str) -> str:
    """Return a secret of at least 16 characters without spaces, or an empty string."""
    value = env(name)
    if value and not re.fullmatch(r"[!-~]{16,}", value):
        # Not repeated: it may be most of a secret.
        raise ImproperlyConfigured(f"{name} is unusable; write 16 or more letters and digits.")
    return value


def env_signing_key(name: str) -> str:
    """Return what signs sessions and links, of 32 characters or more, or an empty string."""
    value = env(name)
    if value and len(value) < SECRET_MIN:
        # Not repeated: it is in use, and whoever guesses it is anybody they like.
        raise ImproperlyConfigured(
            f"{name} has fewer than {SECRET_MIN} characters and could be guessed; "
            f"write {SECRET_MIN} or more at random, or leave it unset: one is made and kept."
        )
    return value


def env_secrets(name: str) -> list[str]:
    """Return secrets parted by commas, each of 32 characters or more."""
    found = [part.strip() for part in env(name).split(",") if part.strip()]
    if any(len(part) < SECRET_MIN for part in found):
        # Not repeated: each may be a secret that is in use.
        raise ImproperlyConfigured(
            f"{name} holds one of fewer than {SECRET_MIN} characters; "
            "write whole keys, parted by commas."
        )
    return found


def env_seal_keys(name: str) -> list[str]:
    """Return keys of 32 bytes, as `rotatekeys --print` prints them, parted by commas."""
    found = [part.strip() for part in env(name).split(",") if part.strip()]
    for part in found:
        if not re.fullmatch(r"[\w-]{43}=", part, re.ASCII):
            # Not repeated: it may be most of a key that is in use.
            raise ImproperlyConfigured(
                f"{name} holds what is no such key; "
                "`.venv/bin/python manage.py rotatekeys --print` prints one."
            )
    return found


def env_database(name: str, default: str) -> DBConfig:
    try:
        found = dj_database_url.parse(
            env(name) or default, conn_max_age=None, conn_health_checks=True
        )
    except ValueError:
        # The value may hold a password, so it is not repeated.
        raise ImproperlyConfigured(
            f"{name} cannot be read; write an address such as postgres://user:password@host/name."
        ) from None
    if found["ENGINE"] == "django.db.backends.postgresql" and find_spec("psycopg") is None:
        raise ImproperlyConfigured(
            f"{name} names PostgreSQL, and its driver is not installed: "
            "run `.venv/bin/pip install -r requirements-postgres.txt`."
        )
    return found


def is_this_machine(host: str) -> bool:
    """Whether a host, a socket's folder, or no word at all leads to this very machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in {"", "localhost"} or host.startswith("/") or host.endswith(".localhost")


def database_tls(host: str, asked: Mapping[str, Any]) -> dict[str, str]:
    """Return how a database on another machine is spoken to where its address does not say.

    With TLS, and a certificate of the very name that a known authority signed; libpq would fall
    back to none at all.
    """
    if is_this_machine(host) or "sslmode" in asked:
        return {}
    return {"sslmode": "verify-full", "sslrootcert": DEFAULT_CA_BUNDLE_PATH}


def env_mail(name: str) -> dict[str, Any]:
    """Return Django's settings for sending mail, all named EMAIL_…; nothing when it is unset.

    smtp:// speaks plainly (port 25), smtp+tls:// upgrades to TLS (587), smtps:// is TLS (465).
    """
    value = env(name)
    if not value:
        return {}
    try:
        parts = urlsplit(value)
        port = parts.port or MAIL_PORTS.get(parts.scheme)
        sound = port and parts.hostname and parts.path in ("", "/") and not parts.query
    except ValueError:
        sound = False
    if not sound:
        # The value may hold a password, so it is not repeated.
        raise ImproperlyConfigured(
            f"{name} cannot be read; write an address such as smtps://user:password@host."
        )
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
    }


def env_sender(name: str, default: str) -> str:
    """Return whom mail is from: an address, or a name and an address in angle brackets."""
    value = env(name)
    if not value:
        return default
    try:
        validate_email(parseaddr(value)[1])
    except ValidationError:
        raise ImproperlyConfigured(
            f"{name} is {value!r}; write an address such as Storyboard <films@story.example>."
        ) from None
    return value


def env_bucket(name: str) -> dict[str, str]:
    """Return where an S3-compatible store is, as its options; nothing when it is unset.

    Written as s3://bucket/prefix?endpoint=https://host&region=name; all but the bucket may be
    left out.
    """
    value = env(name)
    if not value:
        return {}
    try:
        parts = urlsplit(value)
        query = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
        endpoint = urlsplit(query.get("endpoint", "https://s3"))
        sound = (
            parts.scheme == "s3"
            and re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", parts.netloc)
            and not parts.fragment
            and ".." not in parts.path.split("/")
            and query.keys() <= {"endpoint", "region"}
            and endpoint.scheme in {"http", "https"}
            and endpoint.hostname
            and endpoint.username is None
            and endpoint.port != 0
        )
    except ValueError:
        sound = False
    if not sound:
        # The value may hold a key that does not belong there, so it is not repeated.
        raise ImproperlyConfigured(
            f"{name} cannot be read; write s3://bucket/prefix?endpoint=https://host&region=name, "
            "without keys."
        )
    return {
        "bucket_name": parts.netloc,
        "location": parts.path.strip("/"),
        "endpoint_url": query.get("endpoint", "").rstrip("/"),
        "region_name": query.get("region", ""),
    }


def bucket_origins(bucket: dict[str, str]) -> list[str]:
    """Return where signed links into a bucket, as `env_bucket` names it, can lead."""
    if bucket["endpoint_url"]:
        parts = urlsplit(bucket["endpoint_url"])
        return [f"{parts.scheme}://{parts.netloc}"]
    hosts = ["s3.amazonaws.com"]
    if bucket["region_name"]:
        hosts.append(f"s3.{bucket['region_name']}.amazonaws.com")
    # A name with dots in it is written into the path.
    return [f"https://{name}{host}" for name in (f"{bucket['bucket_name']}.", "") for host in hosts]
