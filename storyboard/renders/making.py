"""What is made of a take and stored beside it: posters, and the copy that players play."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection
from io import BufferedReader
from typing import BinaryIO, TypedDict, cast

import av.error
from PIL import Image

from storyboard.renders.pictures import make_playable, poster
from storyboard.renders.previews import make_preview
from storyboard.renders.probe import VideoFacts
from storyboard.renders.store import TakeStore

logger = logging.getLogger(__name__)


class Seal(TypedDict):
    """What a stored file must be: its length and its hash."""

    bytes: int
    sha256: str


def seal_of(file: BinaryIO) -> Seal:
    """Read an open file from its beginning to its end and say what it is."""
    file.seek(0)
    digest = hashlib.file_digest(cast("BufferedReader", file), "sha256").hexdigest()
    return {"bytes": file.tell(), "sha256": digest}


def keep_playable(
    store: TakeStore, video: BinaryIO, facts: VideoFacts, name: str, keyframes: Collection[int]
) -> Seal:
    """Store an MP4 of a probed video that every browser plays; see `make_playable`."""
    with store.part(name.partition("/")[0]) as copy:
        make_playable(video, facts, copy.path, keyframes)
        seal = seal_of(copy.file)
        store.keep(copy, name)
    return seal


def keep_preview(
    store: TakeStore,
    video: BinaryIO,
    facts: VideoFacts,
    preview: str,
    sprite: str,
    keyframes: Collection[int],
) -> dict[str, Seal]:
    """Store the small film and the sprite of a probed video; see `make_preview`.

    Pages do without them: a film that they cannot be made of stays what it is, and nothing
    is returned.
    """
    with store.part(preview.partition("/")[0]) as copy:
        try:
            sheet = make_preview(video, facts, copy.path, keyframes)
        except (av.error.FFmpegError, ValueError) as error:
            logger.warning("%s could not be made: %s", preview, error)
            return {}
        seal = seal_of(copy.file)
        store.keep(copy, preview)
    return {preview: seal, sprite: _save(store, sprite, sheet)}


def keep_poster(store: TakeStore, picture: Image.Image, name: str) -> Seal:
    """Store a poster of the picture."""
    return _save(store, name, poster(picture))


def _save(store: TakeStore, name: str, content: bytes) -> Seal:
    store.save(name, content)
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
