"""Which store takes live in, by the settings."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.module_loading import import_string

from storyboard.renders.store import TakeStore

# Named, not imported: what speaks to S3 takes a while to load, and is seldom needed.
BUCKET_STORE = "storyboard.renders.bucket.BucketStore"


def take_store() -> TakeStore:
    """Return the store of takes, the same one for the same settings."""
    return _store(Path(settings.TAKES_ROOT), tuple(settings.TAKES_BUCKET.items()))


@lru_cache(maxsize=4)
def _store(root: Path, bucket: tuple[tuple[str, str], ...]) -> TakeStore:
    if not bucket:
        return TakeStore(root)
    store: TakeStore = import_string(BUCKET_STORE)(root, dict(bucket))
    return store
