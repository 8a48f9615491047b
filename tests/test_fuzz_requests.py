"""Requests of nonsense, in everybody's name, to every address: none is answered with a 500.

`make fuzz` sends ten thousand; the seed that is printed on a failure sends the same ones again.
"""

from __future__ import annotations

import os
import random
import secrets
from urllib.parse import quote, urlencode

from django.db import transaction

from tests.access_table import DOORS
from tests.everybody import template_of

SEED = os.environ.get("FUZZ_SEED") or secrets.token_hex(4)
REQUESTS = int(os.environ.get("FUZZ_REQUESTS") or 500)
METHODS = ("GET", "GET", "GET", "POST", "POST", "POST", "POST", "HEAD", "PUT", "OPTIONS")
WORDS = (
    *("", " ", "0", "1", "2", "-1", "16", "999999", "9" * 19, "9" * 30, "9" * 5000, "１２", "²"),
    *("1.5", "1e400", "nan", "inf", "-inf", "true", "on", "off", "null", "None", "[]", "{}"),
    *("'", '"', "';--", "\x00", "a\x00b", "\r\nX: y", "<script>", "%s%s", "{{ 7 }}", "../../etc"),
    *("a" * 70, "a" * 2000, "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")),
    *("مرحبا", "日本語", "\u202e", "\ufeff", "mp4", "gif", "evenly", "lora", "checkpoint", "owner"),
    *("2026-01-01", "0000-00-00", "a@example.org", "set-password", "team__name", "pk", "-pk"),
)
FIELDS = (
    *("amount", "at", "border", "by", "caption", "captions", "clip", "content", "cursor", "cut"),
    *(
        "days",
        "direction",
        "email",
        "engine",
        "every",
        "file",
        "frames",
        "guidance_scale",
        "height",
    ),
    *("kind", "left", "limit", "line", "lines", "link", "login", "mail", "may_spend", "model"),
    *("monthly_limit", "name", "negative_prompt", "next", "nonce", "number", "on", "one", "order"),
    *("other", "page", "password", "password1", "pick", "prompt", "q", "role", "rows", "scene"),
    *("scenes", "script", "seed", "settles", "starred", "state", "steps", "strength", "take"),
    *("team", "then", "text", "title", "title_card", "to", "v", "version", "what", "width"),
)
HEADERS = (
    *("HX-Request", "HX-Current-URL", "HX-Target", "HX-Trigger", "X-Rows", "Range", "If-Range"),
    *("If-None-Match", "If-Modified-Since", "Accept", "Accept-Encoding", "Accept-Language"),
    *("Referer", "Cookie", "User-Agent", "Content-Type", "Authorization", "X-Requested-With"),
)
# Parts of an address that are no numbers.
WORDED = {"token", "what", "kind", "key", "uidb36", "object_id", "app_label"}
KINDS = (
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded",
    "application/json",
    "multipart/form-data; boundary=x",
    "text/plain; charset=nonsense",
)


def some(chance: random.Random, names: tuple[str, ...], most: int) -> list[tuple[str, str]]:
    return [(chance.choice(names), chance.choice(WORDS)) for _ in range(chance.randint(0, most))]


def address(chance: random.Random, world) -> str:
    """Return an address of the site, each of its parts known, missing or nonsense."""
    door = chance.choice(DOORS)
    template, names = template_of(door.name)
    pk = world.of.get(door.about, 1)
    known = world.more | {"pk": pk, "object_id": pk}
    parts = {}
    for name in names:
        is_number = name not in WORDED
        odd = ("0", "999999", "9" * 19, "9" * 40) if is_number else WORDS
        parts[name] = str(known[name]) if chance.random() < 0.8 else chance.choice(odd)
    return template % {name: quote(value, safe="") for name, value in parts.items()}


def test_no_nonsense_is_answered_with_an_error_of_ours(world, settings):
    # A closed door would answer most of them.
    settings.ACCOUNT_RATE_LIMITS = False
    chance = random.Random(SEED)
    browsers = list(world.browsers.items())
    for browser in world.browsers.values():
        browser.raise_request_exception = False
    for number in range(REQUESTS):
        actor, browser = chance.choice(browsers)
        cookies = browser.cookies.copy()
        path = address(chance, world)
        query = urlencode(some(chance, FIELDS, 3), errors="surrogatepass")
        body = urlencode(some(chance, FIELDS, 6), errors="surrogatepass")
        headers = {
            name: value.encode("ascii", "ignore").decode().replace("\r\n", "").replace("\0", "")
            for name, value in some(chance, HEADERS, 2)
        }
        method, kind = chance.choice(METHODS), chance.choice(KINDS)
        with transaction.atomic():
            answer = browser.generic(method, f"{path}?{query}", body, kind, headers=headers)
            answer.close()
            transaction.set_rollback(True)
        browser.cookies = cookies
        said = f"FUZZ_SEED={SEED}, request {number}: {actor} {method} {path}?{query} {kind} {body}"
        assert answer.status_code < 500 or path == "/healthz", f"{said} {headers}"
