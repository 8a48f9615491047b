"""Every setting of Storyboard, read from environment variables that refuse nonsense.

The table in README.md names each variable; a test holds the two together.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from storyboard import doors
from storyboard.environment import (
    bucket_origins,
    database_tls,
    env,
    env_addresses,
    env_bool,
    env_bucket,
    env_choice,
    env_database,
    env_float,
    env_hosts,
    env_int,
    env_mail,
    env_prefix,
    env_seal_keys,
    env_secrets,
    env_sender,
    env_services,
    env_signing_key,
    env_token,
    env_url,
)

BASE_DIR = Path(__file__).resolve().parent.parent


def kept_secrets(path: Path) -> list[str]:
    """Return the secrets that `manage.py prepare` keeps in the data folder, newest first."""
    try:
        return path.read_text().split()
    except FileNotFoundError:
        return []
    except OSError as exc:
        raise ImproperlyConfigured(f"{path} cannot be read: {exc.strerror}.") from exc


def newest_version(changelog: Path) -> str:
    found = re.search(r"^## (\d+\.\d+\.\d+)$", changelog.read_text(), re.MULTILINE)
    if not found:
        raise ImproperlyConfigured(f"{changelog} names no version.")
    return found[1]


VERSION = newest_version(BASE_DIR / "CHANGELOG.md")

# Where everything that must survive lives: database, takes, secrets.
DATA = Path(env("STORYBOARD_DATA") or BASE_DIR / "data").resolve()

DEBUG = env_bool("DEBUG", False)
SECRET_KEY_FILE = DATA / "secret_key"
_given = env_signing_key("SECRET_KEY")
_signing = [_given] if _given else kept_secrets(SECRET_KEY_FILE)
SECRET_KEY = _signing[0] if _signing else ""
# Those of before: sessions and links signed with them go on until they are taken out.
SECRET_KEY_FALLBACKS = env_secrets("SECRET_KEY_FALLBACKS") or _signing[1:]
# What seals secrets in the database, newest first; without these, those kept in the file.
SEAL_KEYS = env_seal_keys("STORYBOARD_SEAL_KEYS")
SEAL_KEYS_FILE = DATA / "seal_keys"

# The address that people type. Cookies, links in mail and webhooks follow from it.
PUBLIC_URL = env_url("PUBLIC_URL", path=False)
HTTPS = PUBLIC_URL.startswith("https://")
PORT = env_int("PORT", 8000, low=1, high=65535)
BIND = env("BIND") or "127.0.0.1"
ALLOWED_HOSTS = env_hosts("ALLOWED_HOSTS") or ["127.0.0.1", "localhost", "[::1]"]
if PUBLIC_URL and not env("ALLOWED_HOSTS"):
    ALLOWED_HOSTS.append(urlsplit(PUBLIC_URL).hostname or "")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []

# The text-to-video service. A key alone means the hosted one; with neither key nor address
# the built-in engine answers, with a bearer key of its own.
ENGINE_PORT = env_int("ENGINE_PORT", 8900, low=1, high=65535)
ENGINE_KEY_FILE = DATA / "engine_key"
NOVITA_API_KEY = env("NOVITA_API_KEY")
NOVITA_BASE_URL = env_url("NOVITA_BASE_URL")
BUILT_IN_ENGINE = not NOVITA_API_KEY and not NOVITA_BASE_URL
if BUILT_IN_ENGINE:
    if ENGINE_PORT == PORT:
        raise ImproperlyConfigured(f"PORT and ENGINE_PORT are both {PORT}; write two numbers.")
    NOVITA_BASE_URL = f"http://127.0.0.1:{ENGINE_PORT}"
    NOVITA_API_KEY = "".join(kept_secrets(ENGINE_KEY_FILE))
elif not NOVITA_BASE_URL:
    NOVITA_BASE_URL = "https://api.novita.ai"
# 0 means no limit: the built-in engine has none, the service documents 2 for each account.
SUBMISSIONS_PER_MINUTE = env_int(
    "SUBMISSIONS_PER_MINUTE", 0 if BUILT_IN_ENGINE else 2, low=0, high=6000
)
# The same for each team's own account, which is never the built-in engine's.
KEY_SUBMISSIONS_PER_MINUTE = env_int("SUBMISSIONS_PER_MINUTE", 2, low=0, high=6000)
# USD for one frame of one sampling step, and the least a render costs: unofficial figures
# (novita-api.md, section 6), shown as an estimate only. The built-in engine costs nothing.
PRICE_PER_FRAME_STEP = env_float(
    "PRICE_PER_FRAME_STEP", 0 if BUILT_IN_ENGINE else 0.000048, low=0, high=1
)
PRICE_MINIMUM = env_float("PRICE_MINIMUM", 0 if BUILT_IN_ENGINE else 0.0015, low=0, high=100)
KEY_PRICE_PER_FRAME_STEP = env_float("PRICE_PER_FRAME_STEP", 0.000048, low=0, high=1)
KEY_PRICE_MINIMUM = env_float("PRICE_MINIMUM", 0.0015, low=0, high=100)
# Services that teams may name beside any that is outside: an engine on a machine of one's own.
TEAM_SERVICES = env_services("TEAM_SERVICES")

# Opens /metrics, and the figures of /healthz, to whoever bears it; without one both are shut.
METRICS_TOKEN = env_token("METRICS_TOKEN")

# Who may create an account without an invitation.
STORYBOARD_SIGNUP = env_choice("STORYBOARD_SIGNUP", "first", ("first", "open"))
# Whether a second step at signing in is everybody's choice, or asked of everybody.
STORYBOARD_SECOND_STEP = env_choice("STORYBOARD_SECOND_STEP", "offered", ("offered", "required"))

INSTALLED_APPS = [
    "storyboard",
    "storyboard.people",
    "storyboard.stories",
    "storyboard.looks",
    "storyboard.renders",
    "storyboard.exports",
    "storyboard.engine",
    "storyboard.keeping",
    # Its pages are those of storyboard/keeping/admin alone, so it looks for no others.
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "storyboard.people.apps.DevicesConfig",
    "csp",
    "django_htmx",
]

MIDDLEWARE = [
    "storyboard.keeping.request_ids.name_requests",
    "storyboard.people.middleware.note_address",
    "storyboard.headers.add_headers",
    # Before whatever answers by itself: redirects and static files have a policy, too.
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "storyboard.compression.CompressPages",
    "storyboard.bodies.refuse_large_bodies",
    "storyboard.bodies.await_bodies",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "storyboard.people.middleware.sign_in_outside_fragments",
    "storyboard.people.signed_in.end_in_time",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "storyboard.people.required_step.AskForSecondStep",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "storyboard.people.middleware.RecordRefusals",
    "storyboard.keeping.views.errors.show_refused_methods",
]

ROOT_URLCONF = "storyboard.urls"
WSGI_APPLICATION = "storyboard.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "libraries": {"scripts": "storyboard.static_files"},
        },
    },
]

DATABASES = {
    "default": env_database("DATABASE_URL", f"sqlite:///{DATA / 'storyboard.sqlite3'}"),
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE takes the write lock at BEGIN, so that two read-then-write transactions wait
    # for each other instead of failing. The poller raises synchronous to FULL.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
elif DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    # A host that vanished holds no lock for long, and a lock is waited for as long as SQLite's.
    # What the address itself asks for comes last, and counts.
    asked = DATABASES["default"].get("OPTIONS", {})
    tls = database_tls(DATABASES["default"].get("HOST", ""), asked)
    limits = "-c lock_timeout=20s -c idle_in_transaction_session_timeout=60s"
    DATABASES["default"]["OPTIONS"] = {
        **{"connect_timeout": 10, "keepalives_idle": 30, **tls, **asked},
        "options": f"{limits} {asked.get('options', '')}".strip(),
    }

# Counted in the database, so that all processes and hosts slow down a guesser together. A full
# table forgets what still counts, so it is never full: the poller deletes what is over.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},
    }
}

AUTH_USER_MODEL = "people.User"
# How one signs in reads no variable, and has a file of its own.
globals().update({name: value for name, value in vars(doors).items() if name.isupper()})
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
# Where no mail is sent, letters are printed in the terminal in which Storyboard runs, and kept
# for whoever runs it.
MAIL = env_mail("EMAIL_URL")
SENDS_MAIL = bool(MAIL)
globals().update(MAIL or {"EMAIL_BACKEND": "storyboard.people.outbox.PrintAndKeep"})
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env_sender(
    "EMAIL_FROM", f"Storyboard <storyboard@{urlsplit(PUBLIC_URL).hostname or 'localhost'}>"
)

# Two weeks after somebody last used it a session ends; a month after they signed in, in any case.
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_LIFE = 30 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
# Not Strict: links in letters and invitations lead here, and whoever is signed in shall stay so.
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# No third cookie beside these two: its words would lie in the browser.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
if HTTPS:
    # No subdomain, and nobody on the way without TLS, can set a cookie of these names.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SECURE_SSL_REDIRECT = HTTPS
# Asked by monitoring from beside the proxy, where there is no TLS. A program that tells of a task
# without TLS is refused, not led on: it would go on giving its secret address away.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^metrics$", r"^hooks/"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Only a reverse proxy that overwrites this header may be believed, so it must be asked for.
TRUST_PROXY = env_bool("TRUST_PROXY", False)
if TRUST_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # The last address of X-Forwarded-For is the proxy's own word; those before are anybody's.
    ALLAUTH_TRUSTED_PROXY_COUNT = 1
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "object-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "media-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA / "static"
# The largest form brings in a thousand rows of a script, each in six fields; a file has 2 MB.
BODY_MAX = DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
# How many each of the web's processes reads at once, how many letters it has under way, how long a
# further one of either waits for its turn, and how many requests are worked on at once: together
# no more than its threads (Procfile), so that some are left for pages.
BODIES_AT_ONCE = 10
BODY_PLACE_SECONDS = 0.25
LETTERS_AT_ONCE = 4
LETTER_PLACE_SECONDS = 0.25
WORK_AT_ONCE = 2
DATA_UPLOAD_MAX_NUMBER_FIELDS = 8000
DATA_UPLOAD_MAX_NUMBER_FILES = 1
# For pages of this site alone.
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_MIMETYPES = {".svg": "image/svg+xml; charset=utf-8"}
TAKES_ROOT = DATA / "takes"
# Where takes are kept instead; TAKES_ROOT then holds what is on its way there alone.
TAKES_BUCKET = env_bucket("STORYBOARD_STORAGE")
# Where nginx, in front, has an internal location for TAKES_ROOT: it then sends the bytes.
X_ACCEL_PREFIX = env_prefix("STORYBOARD_X_ACCEL")
if X_ACCEL_PREFIX and TAKES_BUCKET:
    raise ImproperlyConfigured(
        "STORYBOARD_X_ACCEL is for films on this disk, and STORYBOARD_STORAGE names a bucket; "
        "choose one."
    )
# Whether browsers fetch films from the bucket itself, by signed links.
TAKES_REDIRECT = env_bool("STORYBOARD_STORAGE_REDIRECT", False)
if TAKES_REDIRECT:
    if not TAKES_BUCKET:
        raise ImproperlyConfigured(
            "STORYBOARD_STORAGE_REDIRECT is true, and STORYBOARD_STORAGE names no bucket."
        )
    for _kind in ("media-src", "img-src"):
        CONTENT_SECURITY_POLICY["DIRECTIVES"][_kind] += bucket_origins(TAKES_BUCKET)
# Left free on the data folder's disk, for the database and everybody else.
RESERVE_BYTES = env_int("STORYBOARD_RESERVE_MB", 200, low=0, high=10**9) * 1024 * 1024
# A film that is larger is given up, so that no answer can fill the disk.
DOWNLOAD_BYTES_MAX = env_int("STORYBOARD_DOWNLOAD_MB", 512, low=1, high=10**6) * 1024 * 1024
# Days that a film made to be downloaded is kept after somebody last asked for it.
FILM_DAYS = env_int("STORYBOARD_FILM_DAYS", 30, low=1, high=3650)
ENGINE_ROOT = DATA / "engine"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "storyboard.static_files.StaticFiles"
    },
}

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
# How times are written where a page does not say it: the administration's.
FORMAT_MODULE_PATH = "storyboard.keeping.formats"
USE_I18N = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"()": "storyboard.keeping.logs.OneLine"},
        "json": {"()": "storyboard.keeping.logs.JsonLine"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": env_choice("LOG_FORMAT", "text", ("text", "json")),
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "storyboard": {
            "level": env_choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
        }
    },
}

# The built-in engine, which `manage.py engine` serves. Frames a second of what it draws.
ENGINE_FPS = env_int("ENGINE_FPS", 8, low=1, high=60)
# Seconds that the address of a finished video stays good; each poll gives a fresh one.
ENGINE_LINK_TTL = env_int("ENGINE_LINK_TTL", 3600, low=1, high=7 * 24 * 3600)
# Hours that a finished task and its video are kept.
ENGINE_KEEP_HOURS = env_int("ENGINE_KEEP_HOURS", 72, low=1, high=24 * 365)
# 0 means no limit; the hosted service's own is 2.
ENGINE_SUBMISSIONS_PER_MINUTE = env_int("ENGINE_SUBMISSIONS_PER_MINUTE", 0, low=0, high=6000)
# Where the engine may send webhooks: host:port, or a host alone for ports 80 and 443. By
# default this installation, and nobody else.
ENGINE_WEBHOOK_HOSTS = env_addresses("ENGINE_WEBHOOK_HOSTS") or [
    f"127.0.0.1:{PORT}",
    f"localhost:{PORT}",
    *([urlsplit(PUBLIC_URL).netloc] if PUBLIC_URL else []),
]
# The address that the service is asked to tell of a task's end, without its path; empty where
# nothing could come in. The built-in engine finds this installation on this very machine.
OWN_ADDRESS = f"127.0.0.1:{PORT}"
WEBHOOK_URL = PUBLIC_URL
if (
    not WEBHOOK_URL
    and BUILT_IN_ENGINE
    and OWN_ADDRESS in ENGINE_WEBHOOK_HOSTS
    and "127.0.0.1" in ALLOWED_HOSTS
    and BIND in {"127.0.0.1", "localhost", "0.0.0.0", "::"}  # noqa: S104
):
    WEBHOOK_URL = f"http://{OWN_ADDRESS}"
