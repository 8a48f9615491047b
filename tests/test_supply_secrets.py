"""`make audit` reads every tracked file, and finds a secret that was left in one."""

from __future__ import annotations

import os
import random
import string
from pathlib import Path

import pytest

from supply import ROOT, leaks
from supply.vendored import ASSETS

# Made here, so that this file holds nothing that looks like a secret.
CHANCE = random.Random(49)


def letters(length: int) -> str:
    return "".join(CHANCE.choices(string.ascii_letters + string.digits, k=length))


def service_key() -> str:
    return f"sk_{letters(43)}"


CANARIES = {
    "a key of the service in code": f'client = Client("{service_key()}")',
    "a key of the service in an environment file": f"NOVITA_API_KEY={service_key()}",
    "a key of the service with dashes": f"use sk_{letters(20)}-{letters(3)}_{letters(19)}",
    "a key of the service in a command": f'curl -H "Authorization: Bearer {service_key()}" $HOST',
    "a token after Bearer": f"Authorization: Bearer {letters(40)}",
    "the password of a database": f"DATABASE_URL=postgres://story:{letters(14)}@db.example/story",
    "the password of a mail server": f"EMAIL_URL=smtps://films:{letters(14)}@mail.example",
    "a secret key in settings": f'SECRET_KEY = "{letters(50)}"',
    "a key of an S3 store": f"AWS_ACCESS_KEY_ID=AKIA{letters(16).upper()}",
    "a private key": "-----BEGIN " + "PRIVATE KEY-----",
}


@pytest.fixture
def detect_secrets() -> Path:
    program = ROOT / ".venv-tools/bin/detect-secrets"
    if not program.exists():
        words = "There is no detect-secrets here; `make audit` installs it."
        pytest.fail(words) if os.environ.get("CI") else pytest.skip(words)
    return program


@pytest.mark.process
@pytest.mark.parametrize("name", ["deploy.sh", "notes.md", "story.py", "tests/test_story.py"])
def test_a_canary_is_found_wherever_it_is_left(detect_secrets, tmp_path, name):
    """Each in a file of its own, among lines that are nothing."""
    files = {}
    for number, (what, line) in enumerate(CANARIES.items()):
        path = tmp_path / str(number) / name
        path.parent.mkdir(parents=True)
        path.write_text(f"# A line.\n{line}\n# Another.\n")
        files[path.relative_to(tmp_path).as_posix()] = what
    found = leaks.scan(detect_secrets, list(files), tmp_path)
    assert {files[one.file] for one in found} == set(files.values())
    assert {one.line for one in found} == {2}


@pytest.mark.process
def test_a_line_cannot_excuse_itself(detect_secrets, tmp_path):
    line = f'KEY = "{letters(40)}"  # pragma: allowlist secret\n'
    (tmp_path / "story.py").write_text(line)
    assert leaks.scan(detect_secrets, ["story.py"], tmp_path)


@pytest.mark.process
def test_made_up_passwords_of_tests_are_no_finding_but_those_of_code_are(detect_secrets, tmp_path):
    (tmp_path / "tests").mkdir()
    for name in ("tests/test_story.py", "story.py"):
        (tmp_path / name).write_text('password = "a-kite-over-the-harbour"\n')
    found = leaks.scan(detect_secrets, ["tests/test_story.py", "story.py"], tmp_path)
    assert [one.file for one in found] == ["story.py"]


def test_every_tracked_file_is_read_but_what_is_held_by_hashes():
    names = leaks.tracked()
    assert {"README.md", "storyboard/settings.py", ".ci/run", "tests/conftest.py"} <= set(names)
    hashed = {
        "docs/sbom.json",
        "supply/browser/package-lock.json",
        "supply/reviewed.toml",
        "tests/observatory/package-lock.json",
    }
    locks = {path.relative_to(ROOT).as_posix() for path in leaks.LOCKS}
    vendored = {path.relative_to(ROOT).as_posix() for asset in ASSETS for path in asset.files}
    held = {path.relative_to(ROOT).as_posix() for path in leaks.HELD}
    assert held == hashed | locks | vendored
    assert not held & set(names)


def test_what_was_reviewed_has_a_reason_and_is_of_a_file_that_is_there():
    told = leaks.reviewed()
    assert told
    assert {file for file, *_ in told} <= set(leaks.tracked())


def test_nothing_is_reviewed_without_a_reason(tmp_path):
    path = tmp_path / "reviewed.toml"
    path.write_text("[[reviewed]]\nfile = 'a'\nkind = 'b'\nsha1 = 'c'\nwhy = 'no'\n")
    with pytest.raises(ValueError, match="a needs `why`, in words"):
        leaks.reviewed(path)
