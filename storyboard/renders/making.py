"""What is made of a take and stored beside it: posters, and the copy that players play."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from io import BufferedReader
from typing import BinaryIO, TypedDict, cast

from PIL import Image

from storyboard.renders.pictures import make_playable, poster
from storyboard.renders.probe import VideoFacts
from storyboard.renders.store import TakeStore


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


def keep_poster(store: TakeStore, picture: Image.Image, name: str) -> Seal:
    """Store a poster of the picture."""
    content = poster(picture)
    store.save(name, content)
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
