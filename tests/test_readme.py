"""What README.md promises is there: settings, commands, libraries, pictures."""

from __future__ import annotations

import configparser
import re
import shlex
from fnmatch import fnmatchcase
from itertools import product
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
README = (ROOT / "README.md").read_text()


def section(title: str) -> str:
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_it_lists_every_setting_and_no_other():
    read = re.compile(r"\benv(?:_\w+)?\(\s*\"([A-Z_]+)\"")
    listed = re.findall(r"^\| `([A-Z_]+)` \|", section("Settings"), re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert set(listed) == set(read.findall((ROOT / "storyboard/settings.py").read_text()))


def test_it_lists_every_library_and_no_other():
    required = re.findall(
        r"^([\w-]+)(?:\[\w+\])?==", (ROOT / "requirements.in").read_text(), re.MULTILINE
    )
    rows = re.findall(r"^\| ([\w-]+) \| .+ \| .+ \| .+ \|$", section("What it is built with"), re.M)
    assert sorted(rows) == sorted(["library", *required])


def test_it_names_every_tool_that_looks_after_the_packages():
    tools = re.findall(
        r"^([\w-]+)(?:\[.+\])?==", (ROOT / "requirements-tools.in").read_text(), re.MULTILINE
    )
    told = section("What it is built with").partition("`.venv-tools`")[2]
    assert tools
    assert [tool for tool in tools if f"{tool} (" not in " ".join(told.split())] == []


def test_every_requirement_is_pinned():
    text = "\n".join(path.read_text() for path in ROOT.glob("requirements*.in"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    loose = {line for line in lines if not re.fullmatch(r"[\w-]+(\[[\w-]+\])?==\S+", line)}
    assert loose == {
        "-c requirements-dev.txt",
        "-r requirements-postgres.in",
        "-r requirements.in",
    }


def test_every_make_command_it_names_exists():
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^    |`)make ([a-z-]+)", README, re.MULTILINE))
    assert named
    assert named <= targets


def test_every_command_of_ours_that_is_told_names_the_python_that_has_what_it_needs():
    code = [path.read_text() for path in (ROOT / "storyboard").rglob("*.py")]
    docs = [path.read_text() for path in (ROOT / "docs").glob("*.md")]
    told = re.findall(r"([\w./]*)python manage\.py", "\n".join([README, *docs, *code]))
    assert len(told) > 5
    assert [python for python in told if not python.endswith(".venv/bin/")] == []


def test_its_unit_starts_with_the_machine_and_writes_to_its_data_alone():
    [text] = re.findall(r"^      \[Service\]\n(?:      .*\n|\n(?=      ))+", README, re.MULTILINE)
    unit = configparser.RawConfigParser(strict=False)
    unit.read_string("\n".join(line.strip() for line in text.splitlines()))
    assert unit["Install"]["WantedBy"] == "multi-user.target"
    service = unit["Service"]
    assert service["ProtectSystem"] == "strict"
    assert service["ReadWritePaths"] == f"{service['WorkingDirectory']}/data"
    # `make run` would install, which that account may not.
    assert service["ExecStart"].endswith("/.venv/bin/python manage.py run")


def test_every_file_it_links_to_exists():
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_room_it_names_exists_and_no_other():
    rooms = {path.parent.name for path in (ROOT / "storyboard").glob("*/__init__.py")}
    named = set(re.findall(r"^\| `storyboard/(\w+)` \|", README, re.MULTILINE))
    assert named == rooms - {"management"}


@pytest.mark.parametrize("path", sorted((ROOT / "docs").glob("*.png")), ids=lambda path: path.name)
def test_a_picture_is_small_enough_to_load(path):
    assert path.stat().st_size < 400_000


def test_the_version_is_the_newest_of_the_changelog():
    newest = re.search(r"^## (\d+\.\d+\.\d+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest
    assert newest[1] == settings.VERSION


def test_the_proxies_it_describes_take_a_request_in_whole():
    assert "request_buffers 4MiB" in README
    assert "read_body 30s" in README
    assert "proxy_request_buffering off" not in README


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Forwarded-Proto"])
def test_readmes_caddy_drops_every_other_spelling(name):
    """To the web server a hyphen and an underscore in a header's name are the same."""
    dropped = re.findall(r"`header_up -(\S+)`", README)
    for between in product("-_", repeat=2):
        first, second, third = name.split("-")
        spelt = f"{first}{between[0]}{second}{between[1]}{third}"
        # Caddy's own wildcards: at one end, or both.
        gone = any(fnmatchcase(spelt.lower(), one.lower()) for one in dropped)
        assert gone == (spelt != name), spelt


def test_the_procfile_runs_what_the_supervisor_runs():
    conf = configparser.RawConfigParser(inline_comment_prefixes=(";",))
    conf.read(ROOT / "supervisord.conf")
    shown = {
        "%(ENV_STORYBOARD_BIN)s/": "",
        "%(ENV_BIND)s": "${BIND:-127.0.0.1}",
        "%(ENV_PORT)s": "${PORT:-8000}",
    }
    for line in (ROOT / "Procfile").read_text().splitlines():
        name, _, command = line.partition(": ")
        supervised = conf[f"program:{name}"]["command"]
        for ours, theirs in shown.items():
            supervised = supervised.replace(ours, theirs)
        assert shlex.split(supervised) == shlex.split(command)
