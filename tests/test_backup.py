"""`manage.py backup`: a whole copy or none, with every take that it names."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import subprocess
import tarfile
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection

from storyboard.renders.models import Take
from tests.postgres.programs import program
from tests.shelf import add_take

# A database is not copied from inside a transaction that writes to it.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def house(story, settings, tmp_path) -> SimpleNamespace:
    """A data folder with two stored takes and both secrets."""
    settings.DATA = tmp_path / "data"
    settings.TAKES_ROOT = settings.DATA / "takes"
    settings.SECRET_KEY_FILE = settings.DATA / "secret_key"
    settings.ENGINE_KEY_FILE = settings.DATA / "engine_key"
    takes = [add_take(story.project, stored=True) for _ in range(2)]
    for take in takes:
        film = (settings.TAKES_ROOT / take.file).read_bytes()
        Take.objects.filter(pk=take.pk).update(
            bytes=len(film), sha256=hashlib.sha256(film).hexdigest()
        )
    settings.SECRET_KEY_FILE.write_text("the canary of the secret key\n")
    settings.ENGINE_KEY_FILE.write_text("the canary of the engine key\n")
    (settings.DATA / "covers").mkdir()
    (settings.DATA / "covers" / "one.webp").write_bytes(b"a cover")
    return SimpleNamespace(data=settings.DATA, takes=takes, root=settings.TAKES_ROOT)


def backup(target: Path, *options: str) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("backup", str(target), *options, stdout=out, stderr=out)
    except SystemExit as left:
        return int(left.code or 0), out.getvalue()
    return 0, out.getvalue()


def files(target: Path) -> dict[str, bytes]:
    if target.is_dir():
        found = {p.relative_to(target).as_posix(): p for p in target.rglob("*") if p.is_file()}
        return {name: path.read_bytes() for name, path in found.items()}
    with tarfile.open(target) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


def lines(content: dict[str, bytes]) -> list[dict]:
    return [json.loads(line) for line in content["takes.jsonl"].splitlines()]


@pytest.mark.parametrize("name", ["copy", "copy.tar"])
def test_it_holds_a_sound_database_and_every_take_that_this_names(house, tmp_path, name):
    target = tmp_path / name
    code, words = backup(target)
    assert code == 0, words
    content = files(target)
    if connection.vendor != "sqlite":
        assert content["database.dump"].startswith(b"PGDMP")
        return
    (tmp_path / "copied.sqlite3").write_bytes(content["database.sqlite3"])
    with closing(sqlite3.connect(tmp_path / "copied.sqlite3")) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        named = copy.execute("SELECT file, bytes, sha256 FROM renders_take").fetchall()
    assert len(named) == 2
    for file, size, digest in named:
        film = content[f"takes/{file}"]
        assert (len(film), hashlib.sha256(film).hexdigest()) == (size, digest)
    assert {line["path"] for line in lines(content)} == {
        name for take in house.takes for name in (take.file, take.poster)
    }


@pytest.mark.parametrize("name", ["copy", "copy.tar"])
def test_its_manifest_names_everything_with_length_and_hash(house, tmp_path, name, settings):
    target = tmp_path / name
    backup(target)
    content = files(target)
    manifest = json.loads(content.pop("manifest.json"))
    assert manifest["storyboard"] == settings.VERSION
    assert manifest["missing"] == manifest["damaged"] == []
    listed = {line["path"]: line for line in manifest["files"]}
    listed |= {f"takes/{line['path']}": line for line in lines(content)}
    assert set(listed) == set(content)
    for path, film in content.items():
        digest = hashlib.sha256(film).hexdigest()
        assert (listed[path]["bytes"], listed[path]["sha256"]) == (len(film), digest)


def test_without_takes_only_their_list_is_in_it(house, tmp_path):
    code, words = backup(tmp_path / "copy", "--without-takes")
    content = files(tmp_path / "copy")
    assert code == 0
    assert "copy them another way" in words
    assert not any(name.startswith("takes/") for name in content)
    for line in lines(content):
        film = (house.root / line["path"]).read_bytes()
        assert line["bytes"] == len(film)
        assert line["sha256"] == hashlib.sha256(film).hexdigest()


@pytest.mark.parametrize("options", [(), ("--with-secrets",)])
def test_secrets_are_in_it_only_when_asked_for_and_never_printed(house, tmp_path, options):
    _, words = backup(tmp_path / "copy", *options)
    content = b"".join(files(tmp_path / "copy").values())
    assert (b"canary" in content) is bool(options)
    assert "canary" not in words
    assert ("Keep it safe" in words) is bool(options)
    assert ("at another place" in words) is not bool(options)


@pytest.mark.parametrize("options", [(), ("--with-secrets",)])
def test_no_byte_of_it_lets_anybody_in(house, owner, signed_in, tmp_path, options):
    browser = signed_in(owner)
    for n in range(20):
        # A session that grows moves within the file, and leaves its bytes where it was.
        session = browser.session
        session["words"] = "x" * 500 * n
        session.save()
        assert browser.get("/").status_code == 200
    key = browser.session.session_key
    cache.set("canary-of-a-count", "1", 3600)
    UserSession.objects.create(user=owner, ip="192.0.2.1", session_key=key)
    backup(tmp_path / "copy", *options)
    content = files(tmp_path / "copy")
    if "database.dump" in content:
        command = [program("pg_restore"), "--file=-", str(tmp_path / "copy" / "database.dump")]
        content["unpacked"] = subprocess.run(command, check=True, capture_output=True).stdout
    assert owner.email.encode() in b"".join(content.values())
    for secret in (key, "canary-of-a-count"):
        assert secret.encode() not in b"".join(content.values())
    assert browser.get("/").status_code == 200


def test_only_its_owner_can_read_it(house, tmp_path):
    backup(tmp_path / "copy")
    backup(tmp_path / "copy.tar")
    for path in (tmp_path / "copy", tmp_path / "copy.tar", *(tmp_path / "copy").rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.parametrize("name", ["copy", "copy.tar"])
def test_what_is_there_is_never_overwritten(house, tmp_path, name):
    target = tmp_path / name
    target.write_text("precious")
    with pytest.raises(CommandError, match="is there already"):
        backup(target)
    assert target.read_text() == "precious"


def test_inside_the_data_folder_is_no_place_for_it(house):
    with pytest.raises(CommandError, match="inside the data folder"):
        backup(house.data / "copy")
    assert not (house.data / "copy").exists()


def test_a_place_that_is_not_there_is_refused(house, tmp_path):
    with pytest.raises(CommandError, match="There is no folder"):
        backup(tmp_path / "nowhere" / "copy")


@pytest.mark.parametrize("name", ["copy", "copy.tar"])
def test_without_room_nothing_is_made(house, tmp_path, name, settings):
    settings.RESERVE_BYTES = 10**18
    before = sorted(tmp_path.iterdir())
    with pytest.raises(CommandError, match="free"):
        backup(tmp_path / name)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", ["copy", "copy.tar"])
def test_a_failure_half_way_leaves_nothing(house, tmp_path, name):
    """A take whose first byte the disk refuses to read."""
    film = house.root / house.takes[1].file
    film.unlink()
    film.symlink_to("/proc/self/mem")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(CommandError, match="Nothing was made"):
        backup(tmp_path / name)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("options", [(), ("--without-takes",)])
def test_a_missing_take_is_named_and_the_rest_is_copied(house, tmp_path, options):
    (house.root / house.takes[0].file).unlink()
    code, words = backup(tmp_path / "copy", *options)
    assert code == 2
    assert f"1 files of takes are missing on the disk:\n  {house.takes[0].file}" in words
    content = files(tmp_path / "copy")
    assert json.loads(content["manifest.json"])["missing"] == [house.takes[0].file]
    assert house.takes[1].file in {line["path"] for line in lines(content)}


def test_a_take_that_is_not_what_came_home_is_named(house, tmp_path):
    (house.root / house.takes[0].file).write_bytes(b"rust")
    code, words = backup(tmp_path / "copy")
    assert code == 2
    assert "1 files of takes are damaged" in words
    assert files(tmp_path / "copy")[f"takes/{house.takes[0].file}"] == b"rust"
