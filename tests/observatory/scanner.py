"""Mozilla's scanner: installed as `package-lock.json` pins it, and run on one page."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
MODULES = HERE / "node_modules"
SCANNER = MODULES / "@mdn/mdn-http-observatory"
# Which lock was installed last, so that nothing is asked for twice.
STAMP = MODULES / ".installed"
SECONDS = 60


class NotInstalled(Exception):
    """There is no scanner to run; the message says why."""


def install() -> None:
    """Install the pinned scanner with npm, once. Raises NotInstalled."""
    if not shutil.which("npm") or not shutil.which("node"):
        raise NotInstalled("the scanner needs Node and npm, and they are not installed")
    wanted = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    if STAMP.is_file() and STAMP.read_text() == wanted:
        return
    # Its own install script fetches lists from the internet, of which it needs none here.
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    command += ["--loglevel=error", "--fetch-retries=1"]
    try:
        done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=300)
    except subprocess.TimeoutExpired as error:
        raise NotInstalled("npm did not get the scanner in five minutes") from error
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines() or ["no word of why"]
        raise NotInstalled(f"npm could not get the scanner ({words[0]})")
    # The list of sites that browsers never ask over plain http; ours is on none.
    (SCANNER / "conf/hsts-preload.json").write_text("{}")
    STAMP.write_text(wanted)


def scan(place: str, authority: Path) -> dict[str, Any]:
    """Scan `host:port/path` and return what the scanner found; an error of its own under `error`.

    `authority` is whom it trusts beside those that it knows. What this machine's environment
    says of proxies is kept from it.
    """
    done = subprocess.run(
        ["node", str(SCANNER / "src/scan.js"), place],
        cwd=HERE,
        env={"PATH": os.environ["PATH"], "NODE_EXTRA_CA_CERTS": str(authority)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    try:
        found: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return {"error": (done.stderr or done.stdout).strip() or "it printed nothing"}
    return found
