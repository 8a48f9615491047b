"""The system checks: what is missing is named, with a hint, before anything starts."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import CommandError

from storyboard.management.commands.prepare import keep_secret, make_data_folder
from storyboard.settings import BASE_DIR


def found(*, databases: list[str] | None = None) -> dict[str, str]:
    return {
        message.id: message.hint
        for message in run_checks(databases=databases)
        if (message.id or "").startswith("storyboard.")
    }


@pytest.fixture(autouse=True)
def sound_settings(settings, tmp_path):
    settings.DATA = tmp_path
    settings.NOVITA_API_KEY = "kept"


def test_sound_settings_have_nothing_to_say():
    assert found() == {}


def test_a_missing_secret_key_is_an_error_that_names_the_cure(tmp_path):
    """Asked of a process of its own: Django gives up an empty key even to the asking."""
    environment = os.environ | {"SECRET_KEY": "", "STORYBOARD_DATA": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "storyboard.E001" in done.stderr
    assert "make run" in done.stderr


def test_a_missing_key_for_seals_is_an_error(settings):
    settings.SEAL_KEYS, settings.SEAL_KEYS_FILE = [], settings.DATA / "seal_keys"
    assert "manage.py prepare" in found()["storyboard.E005"]


def test_keys_of_seals_that_cannot_be_read_are_an_error_of_their_own(settings, tmp_path):
    settings.SEAL_KEYS, settings.SEAL_KEYS_FILE = [], tmp_path
    assert "put back a copy" in found()["storyboard.E005"]


def test_a_missing_data_folder_is_an_error(settings, tmp_path):
    settings.DATA = tmp_path / "nowhere"
    assert "STORYBOARD_DATA" in found()["storyboard.E002"]


def test_a_public_address_outside_the_allowed_hosts_is_an_error(settings):
    settings.PUBLIC_URL = "https://story.example"
    settings.ALLOWED_HOSTS = ["other.example"]
    assert "story.example" in found()["storyboard.E004"]
    settings.ALLOWED_HOSTS = [".example"]
    assert found() == {}


@pytest.mark.parametrize(
    ("address", "warned"),
    [
        ("http://engine.example", True),
        ("http://192.168.1.4:8900", True),
        ("https://engine.example", False),
        ("http://127.0.0.1:8900", False),
        ("http://[::1]:8900", False),
        ("http://localhost:8900", False),
    ],
)
def test_a_key_sent_unencrypted_to_another_machine_is_warned_of(settings, address, warned):
    settings.NOVITA_BASE_URL = address
    settings.BUILT_IN_ENGINE = False
    assert ("storyboard.W001" in found()) is warned


def test_a_built_in_engine_without_a_key_is_warned_of(settings):
    settings.NOVITA_API_KEY = ""
    assert "make run" in found()["storyboard.W002"]


def test_a_server_open_to_others_without_a_public_address_is_warned_of(settings):
    settings.BIND = "0.0.0.0"  # noqa: S104
    assert "PUBLIC_URL" in found()["storyboard.W003"]
    settings.PUBLIC_URL = "http://localhost"
    assert found() == {}


def test_any_host_at_all_is_an_error_where_links_in_letters_would_name_it(settings):
    settings.ALLOWED_HOSTS = ["story.example", "*"]
    assert "PUBLIC_URL" in found()["storyboard.E006"]
    settings.PUBLIC_URL = "https://story.example"
    assert found() == {}
    settings.PUBLIC_URL, settings.ALLOWED_HOSTS = "", ["story.example"]
    assert found() == {}


def test_pages_for_developers_are_an_error_where_the_public_comes(settings):
    settings.ALLOWED_HOSTS = ["story.example", "localhost"]
    settings.DEBUG, settings.PUBLIC_URL = True, "https://story.example"
    assert "DEBUG" in found()["storyboard.E007"]
    settings.PUBLIC_URL = "http://localhost:8000"
    assert found() == {}
    settings.DEBUG, settings.PUBLIC_URL = False, "https://story.example"
    assert found() == {}


@pytest.mark.parametrize(
    ("bind", "warned"),
    [
        ("0.0.0.0", True),  # noqa: S104
        ("::", True),
        ("10.0.0.4", True),
        ("127.0.0.1", False),
        ("::1", False),
        ("localhost", False),
    ],
)
def test_a_proxy_that_one_can_go_round_and_is_believed_is_warned_of(settings, bind, warned):
    settings.ALLOWED_HOSTS, settings.PUBLIC_URL = ["story.example"], "https://story.example"
    settings.BIND, settings.TRUST_PROXY = bind, True
    assert list(found()) == (["storyboard.W009"] if warned else [])
    if warned:
        assert "firewall" in found()["storyboard.W009"]
    settings.TRUST_PROXY = False
    assert found() == {}


UNIT = re.search(r"^ +Environment=(PUBLIC_URL=.+)$", Path(BASE_DIR, "README.md").read_text(), re.M)


@pytest.mark.parametrize("more", [{}, {"ALLOWED_HOSTS": "*"}], ids=["as it is", "any host"])
def test_a_deployment_as_readme_has_it_is_checked_in_silence(tmp_path, more):
    (tmp_path / "static").mkdir()
    environment = os.environ | {"STORYBOARD_DATA": str(tmp_path), "NOVITA_API_KEY": "kept"}
    environment |= dict(setting.split("=", 1) for setting in UNIT[1].split()) | more
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("host", "warned"),
    [("story.example", True), ("10.0.0.4", True), ("127.0.0.1", False), ("localhost", False)],
)
def test_whatever_leaves_this_machine_without_tls_is_warned_of(settings, host, warned):
    bucket = {"bucket_name": "films", "location": "", "region_name": ""}
    plain = {
        "W005": {"PUBLIC_URL": f"http://{host}", "ALLOWED_HOSTS": [host]},
        "W006": {"SENDS_MAIL": True, "EMAIL_HOST": host},
        "W007": {"TAKES_BUCKET": bucket | {"endpoint_url": f"http://{host}:9000"}},
    }
    for name, changed in plain.items():
        for setting, value in changed.items():
            setattr(settings, setting, value)
        assert (f"storyboard.{name}" in found()) is warned, name
    settings.PUBLIC_URL = f"https://{host}"
    settings.EMAIL_USE_SSL = True
    settings.TAKES_BUCKET = bucket | {"endpoint_url": f"https://{host}"}
    assert found() == {}


@pytest.mark.parametrize(
    ("host", "mode", "warned"),
    [
        ("db.example", "require", True),
        ("db.example", "prefer", True),
        ("db.example", "verify-full", False),
        ("127.0.0.1", "prefer", False),
        ("/run/postgresql", "", False),
    ],
)
def test_a_database_that_anybody_could_answer_for_is_warned_of(
    settings, monkeypatch, host, mode, warned
):
    monkeypatch.setitem(settings.DATABASES["default"], "HOST", host)
    monkeypatch.setitem(settings.DATABASES["default"], "OPTIONS", {"sslmode": mode})
    assert ("storyboard.W008" in found()) is warned


def test_a_service_without_any_key_is_warned_of(settings):
    settings.BUILT_IN_ENGINE = False
    settings.NOVITA_BASE_URL = "https://engine.example"
    settings.NOVITA_API_KEY = ""
    assert "NOVITA_API_KEY" in found()["storyboard.W004"]


@pytest.mark.django_db
def test_a_database_in_memory_needs_no_log():
    assert found(databases=["default"]) == {}


def test_a_secret_is_made_once_and_readable_by_its_owner_alone(tmp_path):
    path = tmp_path / "secret_key"
    first = keep_secret(path)
    assert keep_secret(path) == first
    assert len(first) >= 50
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["secret_key"]


def test_the_data_folder_is_closed_to_others(tmp_path):
    make_data_folder(tmp_path / "deep" / "data")
    assert (tmp_path / "deep" / "data").stat().st_mode & 0o777 == 0o700


def test_a_data_folder_that_is_a_file_is_refused_with_a_sentence(tmp_path: Path):
    (tmp_path / "data").write_text("")
    with pytest.raises(CommandError, match="STORYBOARD_DATA"):
        make_data_folder(tmp_path / "data")


@pytest.fixture
def busy_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_busy_port_is_refused_with_the_way_out(settings, busy_port):
    settings.PORT = busy_port
    with pytest.raises(CommandError, match=f"make run PORT={busy_port + 10}"):
        call_command("run")
