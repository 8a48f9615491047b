"""Addresses that other programs leave open are not there, or say nothing."""

from __future__ import annotations

import pytest
from django.test import Client

DOORS = [
    "/admin/",
    "/admin",
    "/metrics",
    "/metrics/",
    "/__debug__/",
    "/.git/config",
    "/.env",
    "/server-status",
    "/static/",
    "/static/css/",
    "/static/../storyboard/settings.py",
    "/static/%2e%2e/storyboard/settings.py",
    "/static/vendor/htmx/htmx-2.0.11.min.js.map",
    "/data/storyboard.sqlite3",
    "/takes/",
    "/media/",
]


@pytest.mark.parametrize("door", DOORS)
def test_a_stranger_finds_no_such_door(db, door):
    answer = Client().get(door)
    assert answer.status_code == 404
    assert b"SECRET_KEY" not in answer.content


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "TRACK"])
@pytest.mark.parametrize("door", ["/", "/healthz", "/accounts/login/"])
def test_no_method_sends_a_request_back(db, method, door):
    answer = Client().generic(method, door, headers={"X-Canary": "canary"})
    assert answer.status_code in {302, 403, 404, 405}
    assert b"canary" not in answer.content


def test_no_header_tells_a_version(db, settings):
    for door in ("/healthz", "/accounts/login/", "/nowhere"):
        answer = Client().get(door)
        said = "\n".join(f"{name}: {value}" for name, value in answer.headers.items()).lower()
        assert settings.VERSION not in said
        assert "django" not in said
    assert settings.VERSION.encode() not in Client().get("/healthz").content
