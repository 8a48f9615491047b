"""Keeping the catalogue: the service's model list, page by page, into our own table."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db import models, transaction

from storyboard.looks import covers
from storyboard.looks.models import CatalogueEntry, CatalogueRefresh, Kind
from storyboard.novita.client import Client
from storyboard.novita.download import PICTURE_TYPES
from storyboard.novita.errors import NovitaError
from storyboard.novita.types import Model

logger = logging.getLogger(__name__)

# Our kinds by the service's names for them (novita-api.md, section 4).
SERVICE_NAMES = {
    Kind.CHECKPOINT: "checkpoint",
    Kind.LORA: "lora",
    Kind.EMBEDDING: "textualinversion",
}
EVERY = timedelta(days=1)
# How long one refresh may take before another poller takes it up.
LEASE = timedelta(minutes=10)
# The first wait after a refresh that did not get through; it doubles, up to LEASE.
FIRST_WAIT = timedelta(seconds=5)
# Covers are kept for this many of each kind, in the service's order.
COVERS_EACH = 200
COVERS_AT_ONCE = 4
COVER_SECONDS = 10.0
COVER_AGAIN = timedelta(days=7)
NAME_MAX = 200
TAGS_MAX = 12


@dataclass(frozen=True)
class Counts:
    """What a refresh found: entries seen, new among them, and gone since the last."""

    seen: int
    new: int
    gone: int


def refresh_due(engine: str, at: datetime) -> bool:
    """Whether the catalogue of this engine's address was last read a day ago, or never."""
    return not CatalogueRefresh.objects.filter(engine=engine, due_at__gt=at).exists()


def failures(engine: str) -> int:
    """Return how often in a row, up to 20, the catalogue of this address could not be read."""
    counted = CatalogueRefresh.objects.filter(engine=engine).values_list("failures", flat=True)
    return counted.first() or 0


def keep_fresh(client: Client, engine: str, at: datetime) -> None:
    """Do a little of what is due: a refresh once a day, else a few covers.

    Meant to be called often. What the service does wrong is logged and tried again later.
    """
    if not refresh_due(engine, at):
        fetch_covers(client, engine, at, most=COVERS_AT_ONCE)
        return
    if not CatalogueRefresh.claim(engine, at, until=at + LEASE):
        return
    try:
        counts = refresh(client, engine, at)
    except NovitaError as error:
        _postpone(engine, at)
        logger.warning("the catalogue could not be read: %s", error)
    else:
        logger.info("the catalogue was read: %s", counts)


def _postpone(engine: str, at: datetime) -> None:
    row = CatalogueRefresh.objects.get(engine=engine)
    row.failures = min(row.failures + 1, 20)
    row.due_at = at + min(LEASE, FIRST_WAIT * 2 ** (row.failures - 1))
    row.save(update_fields=("failures", "due_at"))


def refresh(client: Client, engine: str, at: datetime) -> Counts:
    """Read the whole list into the table; what it no longer names is no longer offered.

    All of it is read before anything is written, so that a list that breaks off changes
    nothing. Raises NovitaError.
    """
    found: list[CatalogueEntry] = []
    for kind, name in SERVICE_NAMES.items():
        found += entries(client.all_models(name), engine, kind, at)
    with transaction.atomic():
        mine = CatalogueEntry.objects.filter(engine=engine)
        known = dict(mine.values_list("pk", "cover"))
        CatalogueEntry.objects.bulk_create(
            found,
            batch_size=400,
            update_conflicts=True,
            unique_fields=("engine", "kind", "api_name"),
            update_fields=CatalogueEntry.fields_to_update(),
        )
        gone = mine.filter(available=True, seen_at__lt=at).update(available=False)
        _forget_covers(mine, known, at)
        CatalogueRefresh.objects.update_or_create(
            engine=engine, defaults={"due_at": at + EVERY, "failures": 0, "finished_at": at}
        )
        count = mine.count()
    return Counts(seen=len(found), new=count - len(known), gone=gone)


def entries(
    found: Iterable[Model], engine: str, kind: Kind, at: datetime
) -> Iterable[CatalogueEntry]:
    """Return the rows that a list of models stands for, each name once."""
    rows: dict[str, CatalogueEntry] = {}
    for model in found:
        name = _api_name(model, kind)
        if not name or len(name) > NAME_MAX or "\0" in name or name in rows:
            continue
        title = _plain(model.name) or name
        tags = [_plain(tag)[:60] for tag in model.tags[:TAGS_MAX] if _plain(tag)]
        rows[name] = CatalogueEntry(
            engine=engine,
            kind=kind,
            name=title[:NAME_MAX],
            sd_name=_plain(model.sd_name)[:NAME_MAX],
            api_name=name,
            base_model=_plain(model.base_model)[:60],
            tags=tags,
            cover=model.cover_url if _is_address(model.cover_url) else "",
            available=model.available and not model.is_sdxl,
            seen_at=at,
            rank=len(rows),
            search=" ".join((title, name, *tags)).lower(),
        )
    return rows.values()


def _api_name(model: Model, kind: Kind) -> str:
    """Return what a request names, untouched (novita-api.md, section 1)."""
    if kind == Kind.CHECKPOINT:
        return model.sd_name or model.api_name
    return model.api_name or model.sd_name


def _plain(words: str) -> str:
    """Return words without what a database refuses, or a line cannot hold."""
    return " ".join(words.replace("\0", "").split())


def _is_address(url: str) -> bool:
    return url.startswith(("https://", "http://")) and len(url) <= 500 and "\0" not in url


def _forget_covers(
    rows: models.QuerySet[CatalogueEntry], known: dict[int, str], at: datetime
) -> None:
    """Let covers be fetched anew where the address changed, or failed a week ago."""
    tried = rows.exclude(cover_tried_at=None)
    for pk, cover in tried.values_list("pk", "cover"):
        if _without_query(cover) != _without_query(known.get(pk, "")):
            rows.filter(pk=pk).update(cover_tried_at=None, cover_file="")
    tried.filter(cover_file="", cover_tried_at__lt=at - COVER_AGAIN).update(cover_tried_at=None)


def _without_query(url: str) -> str:
    """Signed addresses change with every answer; what they lead to does not."""
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}"


def fetch_covers(client: Client, engine: str, at: datetime, *, most: int) -> int:
    """Ask for up to `most` covers that are still wanting; return how many were asked for."""
    wanting = CatalogueEntry.objects.wanting_covers(engine, COVERS_EACH).order_by("rank", "kind")
    asked = 0
    for entry in wanting[:most]:
        name = _fetch(client, entry.cover)
        CatalogueEntry.objects.filter(pk=entry.pk, cover=entry.cover).update(
            cover_file=name, cover_tried_at=at
        )
        asked += 1
    return asked


def _fetch(client: Client, url: str) -> str:
    into = io.BytesIO()
    try:
        client.download(
            url,
            into,
            max_bytes=covers.BYTES_MAX,
            deadline_seconds=COVER_SECONDS,
            types=PICTURE_TYPES,
        )
        return covers.keep(into.getvalue())
    except (NovitaError, covers.NotAPicture) as error:
        logger.info("a cover was not kept: %s", error)
        return ""
