"""What is sealed in the database: opened by its own row alone, with keys that rotate."""

from __future__ import annotations

import base64
import json
import os
import stat
from importlib import import_module
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.utils import timezone

from storyboard.people.models import ApiKey, Team, User
from storyboard.people.sealing import Unsealable, is_of_newest, new_key, seal, unseal
from storyboard.people.second_step import SEALED_ABOUT

SECRET = "a canary that nobody may read"


@pytest.fixture
def key_file(settings, tmp_path) -> Path:
    settings.DATA = tmp_path
    settings.SEAL_KEYS = []
    settings.SEAL_KEYS_FILE = tmp_path / "seal_keys"
    settings.SECRET_KEY_FILE = tmp_path / "secret_key"
    settings.SEAL_KEYS_FILE.write_text(f"{new_key()}\n")
    return settings.SEAL_KEYS_FILE


@pytest.fixture
def app(db, key_file) -> Authenticator:
    """Somebody's app, whose secret is sealed."""
    user = User.objects.create_user("ada@example.org", "a long password")
    data = {"secret": seal(SECRET, SEALED_ABOUT)}
    return Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data=data)


def opened(app: Authenticator) -> str:
    app.refresh_from_db()
    return unseal(app.data["secret"], SEALED_ABOUT)


def test_what_is_sealed_comes_back_and_does_not_show():
    sealed = seal(SECRET, "team 3")
    assert unseal(sealed, "team 3") == SECRET
    assert SECRET not in sealed
    assert SECRET.encode() not in base64.urlsafe_b64decode(sealed.rpartition(".")[2])
    assert seal(SECRET, "team 3") != sealed


def test_a_seal_copied_to_another_row_opens_nothing():
    with pytest.raises(Unsealable) as found:
        unseal(seal(SECRET, "team 3"), "team 4")
    assert SECRET not in str(found.value)


def test_a_text_of_several_lines_and_a_clever_name_are_not_mixed_up():
    assert unseal(seal("4\nb", "team"), "team") == "4\nb"
    with pytest.raises(Unsealable):
        unseal(seal("4\nb", "team"), "team\n4")


@pytest.mark.parametrize(
    "sealed", ["", "no seal", "gcm1", "gcm1..", "gcm1.12345678.AAAA", "a.b.c.d", "ž", "gcm1.ž.ž"]
)
def test_what_is_no_seal_is_refused(sealed):
    with pytest.raises(Unsealable):
        unseal(sealed, "team 3")


def test_a_seal_that_was_changed_anywhere_stays_shut():
    """Its words are bound to their key and to what they are about by AES-256 in GCM."""
    kind, mark, closed = seal(SECRET, "team 3").split(".")
    whole = bytearray(base64.urlsafe_b64decode(closed))
    assert len(whole) == 12 + len(SECRET) + 16
    for place in range(len(whole)):
        spoilt = bytearray(whole)
        spoilt[place] ^= 1
        with pytest.raises(Unsealable):
            unseal(f"{kind}.{mark}.{base64.urlsafe_b64encode(spoilt).decode()}", "team 3")


def test_with_another_key_it_stays_shut_and_nothing_is_quoted(key_file):
    sealed = seal(SECRET, "team 3")
    key_file.write_text(f"{new_key()}\n")
    with pytest.raises(Unsealable) as found:
        unseal(sealed, "team 3")
    assert sealed[:20] not in str(found.value)
    assert found.value.__suppress_context__


@pytest.mark.parametrize("content", [None, "", "no key at all\n"])
def test_without_a_key_nothing_is_sealed_and_the_cure_is_named(key_file, content):
    sealed = seal(SECRET, "team 3")
    key_file.unlink()
    if content is not None:
        key_file.write_text(content)
    with pytest.raises(ImproperlyConfigured, match="prepare` makes one"):
        seal(SECRET, "team 3")
    with pytest.raises(Unsealable):
        unseal(sealed, "team 3")


def test_a_new_key_seals_from_the_next_use_and_the_old_one_still_opens(key_file):
    before = seal(SECRET, "team 3")
    key_file.write_text(f"{new_key()}\n{key_file.read_text()}")
    assert unseal(before, "team 3") == SECRET
    assert not is_of_newest(before)
    assert is_of_newest(seal(SECRET, "team 3"))


def test_rotating_seals_everything_anew_and_keeps_the_older_key(app, key_file, capsys):
    old = key_file.read_text()
    before = app.data["secret"]
    call_command("rotatekeys")
    assert opened(app) == SECRET
    assert app.data["secret"] != before
    assert is_of_newest(app.data["secret"])
    assert key_file.read_text().endswith(old)
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert "second steps: 1 sealed anew" in capsys.readouterr().out
    # A copy that another process, or a backup, still has.
    assert unseal(before, SEALED_ABOUT) == SECRET


def test_rotating_seals_the_keys_of_teams_anew_too(app, key_file):
    team = Team.objects.create(name="Winter Tales")
    at = timezone.now()
    key = ApiKey.objects.enter(team, address="https://a.example", key=SECRET, by=app.user, at=at)
    call_command("rotatekeys")
    key.refresh_from_db()
    assert is_of_newest(key.sealed)
    assert key.open() == SECRET


@pytest.mark.parametrize("options", [(), ("--forget",)])
def test_keys_that_cannot_be_read_are_not_rotated_away(app, key_file, options):
    kept = key_file.rename(key_file.with_name("elsewhere"))
    key_file.mkdir()
    with pytest.raises(CommandError, match=r"Nothing was changed\. .*/seal_keys: Is a dir"):
        call_command("rotatekeys", *options)
    assert key_file.is_dir()
    key_file.rmdir()
    kept.rename(key_file)
    assert opened(app) == SECRET


@pytest.mark.parametrize("options", [(), ("--forget",)])
@pytest.mark.parametrize("content", [None, "", "\n"])
def test_without_the_key_of_what_is_sealed_none_is_made(app, key_file, options, content):
    key_file.unlink()
    if content is not None:
        key_file.write_text(content)
    with pytest.raises(CommandError, match="put back a copy of it"):
        call_command("rotatekeys", *options)
    assert not key_file.exists() or key_file.read_text() == content


def test_a_new_key_is_on_the_disk_before_anything_is_sealed_with_it(app, key_file, monkeypatch):
    written = []
    sync = os.fsync

    def fsync(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            app.refresh_from_db()
            written.append((len(key_file.read_text().split()), is_of_newest(app.data["secret"])))
        sync(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    call_command("rotatekeys")
    assert written == [(2, False)]


def test_where_nothing_is_sealed_yet_a_first_key_is_made(db, key_file):
    key_file.unlink()
    call_command("rotatekeys")
    assert unseal(seal(SECRET, "team 3"), "team 3") == SECRET


def test_while_the_keys_cannot_be_read_nothing_is_opened(key_file):
    sealed = seal(SECRET, "team 3")
    key_file.unlink()
    key_file.write_bytes(b"\xff\xfe no text")
    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        seal(SECRET, "team 3")
    with pytest.raises(Unsealable):
        unseal(sealed, "team 3")


def test_forgetting_drops_the_older_keys_once_nothing_needs_them(app, key_file):
    late = {"secret": seal("x", SEALED_ABOUT)}
    call_command("rotatekeys")
    call_command("rotatekeys", "--forget")
    assert len(key_file.read_text().split()) == 1
    assert opened(app) == SECRET
    with pytest.raises(Unsealable):
        unseal(late["secret"], SEALED_ABOUT)


def test_no_key_is_forgotten_while_something_cannot_be_opened(app, key_file, capsys):
    call_command("rotatekeys")
    keys = key_file.read_text()
    Authenticator.objects.filter(pk=app.pk).update(data={"secret": "of a key that was lost"})
    with pytest.raises(CommandError, match="No key was dropped"):
        call_command("rotatekeys", "--forget")
    assert key_file.read_text() == keys
    assert "1 could not be opened" in capsys.readouterr().err


def test_keys_of_the_environment_are_not_written_and_rotate_by_hand(app, key_file, settings):
    settings.SEAL_KEYS = [new_key(), *key_file.read_text().split()]
    kept = key_file.read_text()
    call_command("rotatekeys")
    assert key_file.read_text() == kept
    assert is_of_newest(app.data["secret"]) is False
    assert opened(app) == SECRET
    assert is_of_newest(app.data["secret"])


def test_a_key_to_write_into_the_environment_is_printed(settings, capsys):
    call_command("rotatekeys", "--print")
    settings.SEAL_KEYS = [capsys.readouterr().out.strip()]
    assert unseal(seal(SECRET, "team 3"), "team 3") == SECRET


def test_the_key_of_sessions_rotates_with_those_of_before_behind_it(key_file, settings, capsys):
    with pytest.raises(CommandError, match="SECRET_KEY is set"):
        call_command("rotatekeys", "--signing")
    settings.SECRET_KEY_FILE.write_text(f"{(first := 'f' * 64)}\n")
    settings.SECRET_KEY = first
    call_command("rotatekeys", "--signing")
    newest, *others = settings.SECRET_KEY_FILE.read_text().split()
    assert others == [first]
    assert len(newest) == 64
    assert "Start Storyboard again" in capsys.readouterr().out
    settings.SECRET_KEY = newest
    call_command("rotatekeys", "--signing", "--forget")
    assert settings.SECRET_KEY_FILE.read_text().split() == [newest]


def test_a_second_step_of_an_older_version_is_sealed_by_the_migration(app):
    migration = import_module("storyboard.people.migrations.0007_seal_second_steps")
    Authenticator.objects.filter(pk=app.pk).update(data={"secret": SECRET})
    migration.close(apps, None)
    assert opened(app) == SECRET
    assert SECRET not in json.dumps(app.data)
    migration.open_again(apps, None)
    app.refresh_from_db()
    assert app.data == {"secret": SECRET}


def test_sessions_outlive_a_new_signing_key_until_the_old_one_is_taken_out(app, settings):
    browser = Client()
    browser.force_login(app.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 64, [settings.SECRET_KEY]
    assert browser.get("/").status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    # Used since, a session is signed with the new key.
    assert browser.get("/").status_code == 200


def test_a_session_that_only_the_old_key_signed_ends_with_it(app, settings):
    browser = Client()
    browser.force_login(app.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    settings.SECRET_KEY = "n" * 64
    assert browser.get("/").status_code == 302
