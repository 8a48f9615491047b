"""`make audit` fails at a known fault, and says so where it could ask nobody."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import socket
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from supply import ROOT
from supply.advisories import (
    BROWSER,
    IGNORED,
    Fault,
    Report,
    ignored,
    of_browser,
    of_python,
    read_browser,
    read_python,
    words,
)
from supply.locks import DEVELOPMENT, TOOLS, read
from supply.vendored import ASSETS

DAY = date(2026, 11, 28)
FAULT = Fault("urllib3 2.8.0", frozenset({"PYSEC-1", "GHSA-1"}), grave=True, told="better in 9.9")


class Advisories(ThreadingHTTPServer):
    """Knows one fault of urllib3 as OSV tells it, and one of htmx as npm does."""

    severity = "high"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class Handler(BaseHTTPRequestHandler):
    server: Advisories

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        asked = json.loads(body)
        if self.path.endswith("/advisories/bulk"):
            self._answer(self._npm() if asked["htmx.org"] == ["2.0.11"] else {})
        else:
            self._answer(self._osv() if asked["package"]["name"] == "urllib3" else {})

    def do_GET(self) -> None:
        versions = {"2.0.11": {"name": "htmx.org", "version": "2.0.11"}}
        self._answer({"name": "htmx.org", "dist-tags": {"latest": "2.0.11"}, "versions": versions})

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _npm(self) -> dict[str, Any]:
        fault = {"id": 1, "title": "Reads too much", "url": "https://advisories.example/GHSA-2"}
        cvss = {"score": 8, "vectorString": None}
        more = {"severity": self.server.severity, "vulnerable_versions": "<9", "cvss": cvss}
        return {"htmx.org": [fault | more | {"cwe": []}]}

    def _osv(self) -> dict[str, Any]:
        events = [{"introduced": "0"}, {"fixed": "9.9"}]
        affected = {
            "package": {"name": "urllib3", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": events}],
        }
        fault = {"id": "PYSEC-1", "aliases": ["GHSA-1"], "summary": "Reads too much"}
        return {"vulns": [fault | {"affected": [affected]}]}

    def _answer(self, told: dict[str, Any]) -> None:
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def advisories() -> Iterator[Advisories]:
    with Advisories(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def nobody() -> str:
    """An address at which nobody answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}/"


@pytest.fixture
def pip_audit() -> Path:
    program = ROOT / ".venv-tools/bin/pip-audit"
    if not program.exists():
        words = "There is no pip-audit here; `make audit` installs it."
        pytest.fail(words) if os.environ.get("CI") else pytest.skip(words)
    return program


needs_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="there is no npm here")


@pytest.mark.process
def test_a_known_fault_of_a_python_package_fails_the_audit(pip_audit, advisories):
    report = of_python(pip_audit, "--vulnerability-service=osv", f"--osv-url={advisories.address}")
    names = {package.name for lock in (DEVELOPMENT, TOOLS) for package in read(lock)}
    # Some are for other systems alone.
    assert len(names) - 5 < report.checked <= len(names) + 1
    assert [fault.names for fault in report.faults] == [FAULT.names]
    good, lines = words("Python packages", report, {})
    assert not good
    assert "PYSEC-1; better in 9.9; MUST GO" in lines[1]


@pytest.mark.process
def test_without_a_network_the_audit_says_that_no_package_was_checked(pip_audit, nobody):
    report = of_python(pip_audit, "--vulnerability-service=osv", f"--osv-url={nobody}")
    good, [line] = words("Python packages", report, {})
    assert good
    assert line.startswith("Python packages: NOT CHECKED, nobody could be asked: ")
    assert "Connection refused" in line


@needs_npm
@pytest.mark.process
@pytest.mark.parametrize(
    ("severity", "good"), [("critical", False), ("high", False), ("moderate", True), ("low", True)]
)
def test_a_grave_fault_of_what_browsers_run_fails_the_audit(advisories, tmp_path, severity, good):
    advisories.severity = severity
    report = of_browser("--registry", advisories.address, "--cache", str(tmp_path))
    fine, lines = words("Browser libraries", report, {})
    assert fine is good
    assert lines[0] == "Browser libraries: 4 looked up, known faults: 1"
    assert f"htmx.org: GHSA-2; {severity}: Reads too much; " in lines[1]


@needs_npm
@pytest.mark.process
def test_without_a_network_the_audit_says_that_no_library_was_checked(nobody, tmp_path):
    report = of_browser("--registry", nobody, "--fetch-retries=0", "--cache", str(tmp_path))
    good, [line] = words("Browser libraries", report, {})
    assert good
    assert "NOT CHECKED, nobody could be asked" in line
    assert "ECONNREFUSED" in line


@needs_npm
@pytest.mark.process
def test_a_lock_file_that_is_gone_is_no_missing_network(tmp_path, nobody):
    (tmp_path / "package.json").write_text("{}")
    with pytest.raises(ValueError, match="requires an existing lockfile"):
        of_browser("--registry", nobody, folder=tmp_path)


@pytest.mark.process
def test_a_pip_audit_that_breaks_is_no_missing_network(pip_audit):
    with pytest.raises(ValueError, match="pip-audit failed"):
        of_python(pip_audit, "--no-such-option")


def test_without_npm_the_audit_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert of_browser() == Report(why="there is no npm on this machine")


def skipped(name: str) -> dict[str, str]:
    return {"name": name, "skip_reason": f"Dependency not found on PyPI: {name}"}


def test_a_service_that_knows_no_package_at_all_checked_nothing():
    report = read_python(json.dumps({"dependencies": [skipped("django"), skipped("pillow")]}))
    assert report == Report(why="Dependency not found on PyPI: django, nor any other")


def test_a_package_that_is_gone_from_the_index_fails_the_audit():
    known = {"name": "django", "version": "5.2.19", "vulns": []}
    report = read_python(json.dumps({"dependencies": [known, skipped("pillow")]}))
    good, lines = words("Python packages", report, {})
    assert not good
    assert lines == [
        "Python packages: 1 looked up, known faults: 0",
        "  the service knows nothing of pillow: look why",
    ]


def test_a_fault_that_comes_by_another_package_is_told_once():
    fault = {"url": "https://advisories.example/GHSA-2", "severity": "high", "title": "Reads"}
    rows = {"htmx.org": {"via": [fault, fault]}, "idiomorph": {"via": ["htmx.org"]}}
    told = {"vulnerabilities": rows, "metadata": {"dependencies": {"total": 2}}}
    [only] = read_browser(json.dumps(told)).faults
    assert only == Fault("htmx.org", frozenset({"GHSA-2"}), grave=True, told="high: Reads")


def test_a_fault_that_is_lived_with_is_told_with_its_reason():
    good, lines = words("Python packages", Report(9, (FAULT,)), {"GHSA-1": "Never called here."})
    assert good
    assert lines[1].endswith("better in 9.9; lived with: Never called here.")


def written(folder: Path, row: str) -> Path:
    path = folder / "ignored.toml"
    path.write_text(f"[[ignored]]\nid = 'GHSA-1'\n{row}\n")
    return path


def test_a_fault_is_lived_with_until_its_day_and_no_longer(tmp_path):
    why = "Only its command line is touched, which nothing here calls."
    path = written(tmp_path, f"why = '{why}'\nuntil = 2026-11-28")
    assert ignored(DAY, path) == {"GHSA-1": why}
    assert ignored(date(2026, 11, 29), path) == {}


@pytest.mark.parametrize(
    "row", ["until = 2027-01-01", "why = 'no'\nuntil = 2027-01-01", "why = 'It is never called.'"]
)
def test_no_fault_is_lived_with_without_a_reason_and_a_day(tmp_path, row):
    with pytest.raises(ValueError, match="GHSA-1 needs `why`, in words, and `until`"):
        ignored(DAY, written(tmp_path, row))


def test_each_that_is_lived_with_now_has_both():
    ignored(DAY, IGNORED)


def test_npm_is_asked_about_every_library_that_browsers_run():
    asked = json.loads((BROWSER / "package.json").read_text())
    libraries = [asset for asset in ASSETS if asset.kind == "library"]
    assert asked["dependencies"] == {
        asset.name: asset.version for asset in libraries if not asset.tests_only
    }
    assert asked["devDependencies"] == {
        asset.name: asset.version for asset in libraries if asset.tests_only
    }
    text = (BROWSER / "package-lock.json").read_text()
    locked = json.loads(text)["packages"]
    assert "http" not in text
    for asset in libraries:
        package = locked[f"node_modules/{asset.name}"]
        assert package["version"] == asset.version
        assert package["integrity"].startswith("sha512-")
