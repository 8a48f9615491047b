"""`GET /v3/model`: the catalogue, filtered, searched and paged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from storyboard.engine.animatic import catalogue
from storyboard.engine.core import Engine
from storyboard.engine.covers import cover_url
from storyboard.engine.errors import invalid
from storyboard.engine.wire import Request, Response, json_response

PAGE_DEFAULT = 20
PAGE_MAX = 100
KINDS = {"checkpoint": "Checkpoint", "lora": "LoRA", "textualinversion": "Textual Inversion"}


def models(engine: Engine, request: Request) -> Response:
    limit = whole(request, "pagination.limit", PAGE_DEFAULT, 1, PAGE_MAX)
    offset = cursor(request)
    found = list(wanted(request))
    page = found[offset : offset + limit]
    more = offset + limit < len(found)
    return json_response(
        {
            "models": [described(number, entry, request.base_url) for number, entry in page],
            "pagination": {"next_cursor": f"c_{offset + limit}" if more else ""},
        }
    )


def wanted(request: Request) -> Iterator[tuple[int, catalogue.Entry]]:
    """Yield what the filters let pass, each with its place in the catalogue, counted from 1."""
    kinds = {kind for part in request.query.get("filter.types", []) for kind in part.split(",")}
    words = request.first("filter.query").casefold().split()
    if flag(request, "filter.is_sdxl") or request.first("filter.visibility") == "private":
        return
    for number, entry in enumerate(catalogue.ENTRIES, start=1):
        text = " ".join((entry.name, entry.sd_name, *entry.tags)).casefold()
        if (not kinds - {""} or entry.kind in kinds) and all(word in text for word in words):
            yield number, entry


def described(number: int, entry: catalogue.Entry, base_url: str) -> dict[str, Any]:
    return {
        "id": number,
        "name": entry.name,
        "sd_name": entry.sd_name,
        "sd_name_in_api": entry.api_name,
        "type": {"name": entry.kind, "display_name": KINDS[entry.kind]},
        "base_model": entry.base_model,
        "status": 1,
        "source": "built-in",
        "tags": list(entry.tags),
        "categories": [],
        "cover_url": cover_url(base_url, entry),
        "is_sdxl": False,
        "is_nsfw": False,
    }


def whole(request: Request, name: str, default: int, low: int, high: int) -> int:
    text = request.first(name)
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and low <= int(text) <= high):
        raise invalid(f"{name}: must be a whole number from {low} to {high}")
    return int(text)


def cursor(request: Request) -> int:
    """Return how many rows to leave out; the vendor's own SDK builds its cursors as `c_100`."""
    text = request.first("pagination.cursor")
    number = text.removeprefix("c_")
    if not text:
        return 0
    if not (text.startswith("c_") and number.isascii() and number.isdecimal() and len(number) < 10):
        raise invalid("pagination.cursor: is none that this engine gave")
    return int(number)


def flag(request: Request, name: str) -> bool:
    text = request.first(name).lower()
    if text not in {"", "true", "false", "1", "0"}:
        raise invalid(f"{name}: must be true or false")
    return text in {"true", "1"}
