"""A real nginx on a free port, where the machine has one."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.waiting import free_port, wait_for

CONFIG = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors;
events {{ worker_connections 64; }}
http {{
  access_log off; default_type application/octet-stream; types {{ video/mp4 mp4; }}
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  {server}
}}
"""


@contextmanager
def nginx(folder: Path, locations: str) -> Iterator[str]:
    """Serve `locations`, with `max_ranges 1`; give the address. Skips the test without nginx."""
    port = free_port()
    server = f"server {{ listen 127.0.0.1:{port}; max_ranges 1; {locations} }}"
    with nginx_server(folder, server, port):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def nginx_server(folder: Path, server: str, port: int) -> Iterator[None]:
    """Run nginx with one server block, until `port` speaks http. Skips the test without nginx."""
    program = shutil.which(os.environ.get("STORYBOARD_TEST_NGINX", "nginx"))
    if program is None:
        words = "There is no nginx to compare with: apt install nginx-light."
        pytest.skip(f"{words} The table of its answers is held without it.")
    folder.mkdir()
    config = folder / "conf"
    config.write_text(CONFIG.format(folder=folder, server=server))
    # Started as root it would read the files as somebody who may not.
    user = ["-g", "user root;"] if os.geteuid() == 0 else []
    errors = str(folder / "errors")
    running = subprocess.Popen([program, "-p", str(folder), "-e", errors, "-c", str(config), *user])
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(lambda: requests.get(address, timeout=1, allow_redirects=False).status_code)
        yield
    finally:
        running.terminate()
        running.wait(10)
