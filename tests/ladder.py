"""The permission ladder that every write must climb, asked in one line by each act's test."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.test import Client
from django.urls import reverse


def assert_only_writers_may(
    cast: SimpleNamespace, url: str, data: dict[str, Any] | None = None
) -> None:
    """Lower roles get 403, an outsider 404, nobody signed in the sign-in page, GET 405."""
    data = data or {}
    for role in ("viewer", "commenter"):
        assert cast.browser(role).post(url, data).status_code == 403, role
    assert cast.browser("outsider").post(url, data).status_code == 404
    answer = Client().post(url, data)
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse(settings.LOGIN_URL))
    assert cast.browser("editor").get(url).status_code == 405
