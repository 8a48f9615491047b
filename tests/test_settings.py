"""Each environment variable is read, refuses nonsense in one sentence, and is documented."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

SOURCE = Path(settings.BASE_DIR, "storyboard", "settings.py")
READERS = re.compile(r"\benv(?:_\w+)?\(\s*\"([A-Z_]+)\"")
NAMES = set(READERS.findall(SOURCE.read_text()))
# Just long enough to sign with; a comma parts nothing here.
GIVEN = f"given,{'g' * 26}"


@pytest.fixture
def read_settings(monkeypatch, tmp_path):
    """Return a function that reads the settings anew with these variables and no others."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("STORYBOARD_DATA", str(tmp_path))

    def read(**variables: str) -> dict[str, Any]:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(SOURCE))

    return read


def test_without_any_variable_the_built_in_engine_answers_on_this_machine(read_settings):
    found = read_settings()
    assert found["BUILT_IN_ENGINE"] is True
    assert found["NOVITA_BASE_URL"] == "http://127.0.0.1:8900"
    assert (found["BIND"], found["PORT"]) == ("127.0.0.1", 8000)
    assert found["SUBMISSIONS_PER_MINUTE"] == 0
    assert found["DEBUG"] is False
    assert found["STORYBOARD_SIGNUP"] == "first"


def test_a_key_alone_means_the_hosted_service_at_its_documented_pace(read_settings):
    found = read_settings(NOVITA_API_KEY="secret")
    assert found["BUILT_IN_ENGINE"] is False
    assert found["NOVITA_BASE_URL"] == "https://api.novita.ai"
    assert found["SUBMISSIONS_PER_MINUTE"] == 2


def test_an_address_alone_means_that_service_and_not_the_built_in_engine(read_settings):
    found = read_settings(NOVITA_BASE_URL="https://gpu.example/")
    assert found["BUILT_IN_ENGINE"] is False
    assert found["NOVITA_BASE_URL"] == "https://gpu.example"
    assert found["NOVITA_API_KEY"] == ""


def test_an_empty_variable_is_an_unset_one(read_settings):
    plain = read_settings()
    for name in NAMES - {"STORYBOARD_DATA"}:
        found = read_settings(**{name: "  "})
        assert found["DATABASES"] == plain["DATABASES"], name
        assert found["BIND"] == plain["BIND"], name
        assert found["ALLOWED_HOSTS"] == plain["ALLOWED_HOSTS"], name


def test_the_secrets_kept_in_the_data_folder_are_used_and_the_environment_comes_first(
    read_settings, tmp_path
):
    (tmp_path / "secret_key").write_text("kept\n")
    (tmp_path / "engine_key").write_text("engine\n")
    found = read_settings()
    assert (found["SECRET_KEY"], found["NOVITA_API_KEY"]) == ("kept", "engine")
    assert read_settings(SECRET_KEY=GIVEN)["SECRET_KEY"] == GIVEN


def test_of_several_kept_secrets_the_first_signs_and_the_others_are_still_taken(
    read_settings, tmp_path
):
    (tmp_path / "secret_key").write_text("newest\nolder\noldest\n")
    found = read_settings()
    assert (found["SECRET_KEY"], found["SECRET_KEY_FALLBACKS"]) == ("newest", ["older", "oldest"])
    before = "b" * 32
    found = read_settings(SECRET_KEY=GIVEN, SECRET_KEY_FALLBACKS=f"{before}, ")
    assert (found["SECRET_KEY"], found["SECRET_KEY_FALLBACKS"]) == (GIVEN, [before])
    assert read_settings(SECRET_KEY_FALLBACKS="")["SECRET_KEY_FALLBACKS"] == []


def test_sqlite_waits_for_its_turn_and_keeps_its_connections(read_settings, tmp_path):
    database = read_settings()["DATABASES"]["default"]
    assert database["NAME"] == str(tmp_path / "storyboard.sqlite3")
    assert database["CONN_MAX_AGE"] is None
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in database["OPTIONS"]["init_command"]


@pytest.mark.parametrize("name", ["SECRET_KEY", "NOVITA_API_KEY", "METRICS_TOKEN", "EMAIL_URL"])
def test_a_secret_may_come_as_a_file_and_stays_out_of_the_environment(
    read_settings, tmp_path, name
):
    words = {"EMAIL_URL": "smtps://ada:hunter2@mail.example"}.get(
        name, "a-canary-long-enough-to-sign-with"
    )
    kept = tmp_path / "kept"
    kept.write_text(f"{words}\n")
    found = read_settings(**{f"{name}_FILE": str(kept)})
    assert found.get(name) == words or found["EMAIL_HOST_PASSWORD"] == "hunter2"
    assert words not in os.environ.values()


def test_a_secret_that_is_not_to_be_had_is_told_in_a_sentence(read_settings, tmp_path):
    with pytest.raises(ImproperlyConfigured, match=r"SECRET_KEY_FILE is .*, which cannot be read"):
        read_settings(SECRET_KEY_FILE=str(tmp_path / "nowhere"))
    (tmp_path / "kept").write_text("canary")
    with pytest.raises(ImproperlyConfigured, match="are both set; choose one") as refused:
        read_settings(SECRET_KEY_FILE=str(tmp_path / "kept"), SECRET_KEY="hunter2")
    assert "canary" not in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_a_public_https_address_makes_cookies_and_redirects_secure(read_settings):
    found = read_settings(PUBLIC_URL="https://story.example")
    assert found["SESSION_COOKIE_SECURE"] is True
    assert found["CSRF_COOKIE_SECURE"] is True
    assert found["SECURE_SSL_REDIRECT"] is True
    assert found["SESSION_COOKIE_NAME"] == "__Host-sessionid"
    assert found["CSRF_COOKIE_NAME"] == "__Host-csrftoken"
    assert "story.example" in found["ALLOWED_HOSTS"]
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://story.example"]


@pytest.mark.parametrize(
    ("variables", "address"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"PORT": "9000", "BIND": "0.0.0.0"}, "http://127.0.0.1:9000"),  # noqa: S104
        ({"BIND": "192.0.2.7"}, ""),
        ({"ALLOWED_HOSTS": "story.example"}, ""),
        ({"ENGINE_WEBHOOK_HOSTS": "story.example"}, ""),
        ({"NOVITA_API_KEY": "secret"}, ""),
        ({"NOVITA_BASE_URL": "https://gpu.example"}, ""),
        ({"NOVITA_API_KEY": "secret", "PUBLIC_URL": "https://a.example/"}, "https://a.example"),
        ({"PUBLIC_URL": "https://a.example"}, "https://a.example"),
    ],
)
def test_webhooks_are_asked_for_only_where_they_could_come_in(read_settings, variables, address):
    assert read_settings(**variables)["WEBHOOK_URL"] == address


def test_the_word_of_a_proxy_is_believed_only_when_asked(read_settings):
    assert read_settings()["TRUST_PROXY"] is False
    assert "SECURE_PROXY_SSL_HEADER" not in read_settings()
    assert "SECURE_PROXY_SSL_HEADER" in read_settings(TRUST_PROXY="yes")


def test_takes_are_kept_on_the_disk_unless_a_bucket_is_named(read_settings):
    assert read_settings()["TAKES_BUCKET"] == {}
    assert read_settings()["RESERVE_BYTES"] == 200 * 1024 * 1024
    address = "s3://films/story/takes/?endpoint=http://127.0.0.1:9000/&region=eu-central-1"
    assert read_settings(STORYBOARD_STORAGE=address)["TAKES_BUCKET"] == {
        "bucket_name": "films",
        "location": "story/takes",
        "endpoint_url": "http://127.0.0.1:9000",
        "region_name": "eu-central-1",
    }


def test_a_refused_store_address_does_not_show_its_keys(read_settings):
    with pytest.raises(ImproperlyConfigured) as refused:
        read_settings(STORYBOARD_STORAGE="s3://key:hunter2@films")
    assert "hunter2" not in str(refused.value)


NONSENSE = [
    ("ALLOWED_HOSTS", "https://story.example"),
    ("ALLOWED_HOSTS", "story.example:8000"),
    ("DATABASE_URL", "storyboard.sqlite3"),
    ("DATABASE_URL", "postgres://user:pass@host:port/name"),
    ("DEBUG", "perhaps"),
    ("EMAIL_FROM", "Storyboard"),
    ("EMAIL_FROM", "films at story.example"),
    ("EMAIL_URL", "mail.example"),
    ("EMAIL_URL", "https://mail.example"),
    ("EMAIL_URL", "smtp://"),
    ("EMAIL_URL", "smtp://mail.example:mail"),
    ("EMAIL_URL", "smtps://mail.example/box"),
    ("ENGINE_FPS", "0"),
    ("ENGINE_KEEP_HOURS", "a day"),
    ("ENGINE_LINK_TTL", "0"),
    ("ENGINE_PORT", "8000"),  # the web's own
    ("ENGINE_PORT", "0"),
    ("ENGINE_SUBMISSIONS_PER_MINUTE", "-1"),
    ("ENGINE_WEBHOOK_HOSTS", "https://story.example"),
    ("ENGINE_WEBHOOK_HOSTS", "story.example/hooks"),
    ("ENGINE_FPS", "0"),
    ("ENGINE_KEEP_HOURS", "for ever"),
    ("ENGINE_LINK_TTL", "-3600"),
    ("ENGINE_SUBMISSIONS_PER_MINUTE", "few"),
    ("ENGINE_WEBHOOK_HOSTS", "https://story.example/hook"),
    ("LOG_FORMAT", "xml"),
    ("LOG_LEVEL", "loud"),
    ("METRICS_TOKEN", "short"),
    ("METRICS_TOKEN", "with a space in its middle"),
    ("NOVITA_BASE_URL", "api.novita.ai"),
    ("NOVITA_BASE_URL", "ftp://api.novita.ai"),
    ("NOVITA_BASE_URL", "https://api.novita.ai:99999"),
    ("NOVITA_BASE_URL", "https://key@api.novita.ai"),
    ("PORT", "abc"),
    ("PORT", "-1"),
    ("PORT", "65536"),
    ("PORT", "８０００"),
    ("PRICE_MINIMUM", "cheap"),
    ("PRICE_MINIMUM", "nan"),
    ("PRICE_PER_FRAME_STEP", "-1"),
    ("PUBLIC_URL", "story.example"),
    ("PUBLIC_URL", "https://story.example/below"),
    ("PUBLIC_URL", "https://[story"),
    ("SECRET_KEY", "s" * 31),
    ("SECRET_KEY_FALLBACKS", "short"),
    ("STORYBOARD_SEAL_KEYS", "no such key"),
    ("STORYBOARD_DOWNLOAD_MB", "0"),
    ("STORYBOARD_DOWNLOAD_MB", "huge"),
    ("STORYBOARD_FILM_DAYS", "0"),
    ("STORYBOARD_RESERVE_MB", "plenty"),
    ("STORYBOARD_RESERVE_MB", "-1"),
    ("STORYBOARD_SECOND_STEP", "yes"),
    ("STORYBOARD_SIGNUP", "closed"),
    ("STORYBOARD_STORAGE_REDIRECT", "true"),  # without a bucket
    ("STORYBOARD_X_ACCEL", "films"),
    ("STORYBOARD_X_ACCEL", "/films"),
    ("STORYBOARD_STORAGE", "films"),
    ("STORYBOARD_STORAGE", "https://s3.example/films"),
    ("STORYBOARD_STORAGE", "s3://"),
    ("STORYBOARD_STORAGE", "s3://Films"),
    ("STORYBOARD_STORAGE", "s3://key:secret@films"),
    ("STORYBOARD_STORAGE", "s3://films/../other"),
    ("STORYBOARD_STORAGE", "s3://films?endpoint=s3.example"),
    ("STORYBOARD_STORAGE", "s3://films?endpoint=https://key:secret@s3.example"),
    ("STORYBOARD_STORAGE", "s3://films?secret=hunter2"),
    ("STORYBOARD_STORAGE", "s3://films?region"),
    ("SUBMISSIONS_PER_MINUTE", "2.5"),
    ("TEAM_SERVICES", "gpu.example:8900"),
    ("TEAM_SERVICES", "https://a.example, ftp://b.example"),
    ("TRUST_PROXY", "2"),
]
# Any text is a sound value of these; what is wrong with them shows when they are used.
FREE = {"BIND", "NOVITA_API_KEY", "STORYBOARD_DATA"}


@pytest.mark.parametrize(("name", "value"), NONSENSE)
def test_nonsense_is_refused_with_a_sentence_that_names_the_variable(read_settings, name, value):
    with pytest.raises(ImproperlyConfigured, match=name) as refused:
        read_settings(**{name: value})
    assert str(refused.value).endswith(".")


def test_every_variable_that_can_be_nonsense_is_tried_above():
    assert {name for name, _ in NONSENSE} == NAMES - FREE


def test_a_key_too_short_to_sign_with_is_refused_without_being_shown(read_settings, tmp_path):
    with pytest.raises(ImproperlyConfigured, match="could be guessed") as refused:
        read_settings(SECRET_KEY="hunter2")
    assert "hunter2" not in str(refused.value)
    (tmp_path / "kept").write_text("hunter2\n")
    with pytest.raises(ImproperlyConfigured, match="fewer than 32 characters"):
        read_settings(SECRET_KEY="", SECRET_KEY_FILE=str(tmp_path / "kept"))


def test_films_come_from_nginx_or_from_the_bucket_and_not_from_both(read_settings):
    assert read_settings(STORYBOARD_X_ACCEL="/films/")["X_ACCEL_PREFIX"] == "/films/"
    with pytest.raises(ImproperlyConfigured, match="choose one"):
        read_settings(STORYBOARD_X_ACCEL="/films/", STORYBOARD_STORAGE="s3://films")


def test_a_page_may_show_what_the_bucket_sends_only_when_it_sends(read_settings):
    bucket = "s3://films/a?endpoint=https://s3.example&region=eu"
    kept = read_settings(STORYBOARD_STORAGE=bucket)["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    assert len(kept["media-src"]) == 1
    found = read_settings(STORYBOARD_STORAGE=bucket, STORYBOARD_STORAGE_REDIRECT="true")
    allowed = found["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    assert "https://s3.example" in allowed["media-src"]
    assert "https://s3.example" in allowed["img-src"]
    assert len(allowed["script-src"]) == 1


def test_mail_is_printed_unless_a_server_is_named(read_settings):
    found = read_settings()
    assert found["SENDS_MAIL"] is False
    assert found["EMAIL_BACKEND"].endswith(".PrintAndKeep")
    assert found["DEFAULT_FROM_EMAIL"] == "Storyboard <storyboard@localhost>"


@pytest.mark.parametrize(
    ("address", "port", "upgrades", "encrypted"),
    [
        ("smtp://mail.example", 25, False, False),
        ("smtp+tls://mail.example", 587, True, False),
        ("smtps://mail.example:4650/", 4650, False, True),
    ],
)
def test_a_mail_server_is_named_in_one_address(read_settings, address, port, upgrades, encrypted):
    found = read_settings(EMAIL_URL=address, PUBLIC_URL="https://story.example")
    assert found["SENDS_MAIL"] is True
    assert found["EMAIL_BACKEND"].endswith(".smtp.EmailBackend")
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == ("mail.example", port)
    assert (found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (upgrades, encrypted)
    assert found["EMAIL_TIMEOUT"] == 10
    assert found["DEFAULT_FROM_EMAIL"] == "Storyboard <storyboard@story.example>"


def test_signs_in_a_mail_password_are_written_as_in_any_address(read_settings):
    found = read_settings(
        EMAIL_URL="smtps://films%40story.example:p%2Fw%3Ard@mail.example",
        EMAIL_FROM="Films <films@story.example>",
    )
    assert found["EMAIL_HOST_USER"] == "films@story.example"
    assert found["EMAIL_HOST_PASSWORD"] == "p/w:rd"
    assert found["DEFAULT_FROM_EMAIL"] == "Films <films@story.example>"


def test_a_refused_mail_address_does_not_show_its_password(read_settings):
    with pytest.raises(ImproperlyConfigured) as refused:
        read_settings(EMAIL_URL="mail://user:hunter2@mail.example")
    assert "hunter2" not in str(refused.value)


def test_a_refused_database_address_does_not_show_its_password(read_settings):
    with pytest.raises(ImproperlyConfigured) as refused:
        read_settings(DATABASE_URL="postgres://user:hunter2@host:port/name")
    assert "hunter2" not in str(refused.value)


def test_postgresql_without_its_driver_says_what_to_install(read_settings, monkeypatch):
    # Python's way of saying that a module is not there.
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ImproperlyConfigured, match=r"pip install -r requirements-postgres\.txt"):
        read_settings(DATABASE_URL="postgres://user:pass@host/name")


def test_what_the_address_of_postgresql_asks_for_is_kept_beside_our_own(read_settings):
    address = "postgres://user:pass@host/name?sslmode=require&options=-c%20statement_timeout%3D9s"
    found = read_settings(DATABASE_URL=address)["DATABASES"]["default"]
    assert found["OPTIONS"]["sslmode"] == "require"
    # The last of two words for one thing counts, and that is the address's.
    assert found["OPTIONS"]["options"].startswith("-c lock_timeout=20s ")
    assert found["OPTIONS"]["options"].endswith(" -c statement_timeout=9s")
    assert found["CONN_HEALTH_CHECKS"] is True


@pytest.mark.parametrize(
    ("address", "mode"),
    [
        ("postgres://user:pass@db.example/name", "verify-full"),
        ("postgres://user:pass@10.0.0.4:5433/name", "verify-full"),
        ("postgres://user:pass@db.example/name?sslmode=disable", "disable"),
        ("postgres://user:pass@127.0.0.1/name", None),
        ("postgres://user:pass@localhost/name", None),
        ("postgres://%2Frun%2Fpostgresql/name", None),
    ],
)
def test_a_database_elsewhere_shows_a_certificate_unless_the_address_says_else(
    read_settings, address, mode
):
    found = read_settings(DATABASE_URL=address)["DATABASES"]["default"]["OPTIONS"]
    assert found.get("sslmode") == mode
    if mode == "verify-full":
        assert Path(found["sslrootcert"]).is_file()


@pytest.mark.parametrize("command", ["run", "migrate"])
def test_a_wrong_setting_stops_the_program_with_one_sentence(command):
    done = subprocess.run(
        [sys.executable, "manage.py", command],
        cwd=settings.BASE_DIR,
        env=os.environ | {"PORT": "abc"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "Storyboard cannot start: PORT is 'abc'; write a whole number, 1 to 65535."
    ]
