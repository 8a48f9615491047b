"""Looking after takes that are home: which files are missing or damaged, and bringing them back.

What arrived is known by length and hash, and so is what was made of it; of takes from before
those were written down, what was made is known to be sound when every frame of it decodes.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from django.conf import settings
from PIL import Image

from storyboard.novita.errors import NovitaError, TaskGone
from storyboard.renders.clients import ClientFor, KeyMissing
from storyboard.renders.cutting import Cut
from storyboard.renders.home import SECONDS_MAX
from storyboard.renders.making import Seal, keep_playable, keep_poster, keep_preview, seal_of
from storyboard.renders.models import Take
from storyboard.renders.probe import NotAVideo, kind_of, probe
from storyboard.renders.store import Part, StoreFull, TakeStore

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fault:
    """A file of a take that is not what it must be."""

    name: str
    what: str

    def __str__(self) -> str:
        return f"{self.name} {self.what}"


def names_of(take: Take) -> dict[str, Seal | None]:
    """Return every file of a take, what arrived first, with its seal where that is known."""
    arrived = take.original or take.file
    seals: dict[str, Seal | None] = {arrived: {"bytes": take.bytes, "sha256": take.sha256}}
    spans = (span.poster for span in take.spans.all())
    for name in (take.file, take.poster, take.preview, take.sprite, *spans):
        if name:
            seals.setdefault(name, take.made.get(name))
    return seals


def faults_of(take: Take, store: TakeStore) -> list[Fault]:
    """Read every file of a take to its end and return what is wrong; raise OSError if it cannot.

    An error of the store itself is no fault of the take.
    """
    found = []
    for name, seal in names_of(take).items():
        try:
            with store.open(name) as file:
                what = _unlike(file, seal) if seal else _unsound(file, name, take)
        except FileNotFoundError:
            what = "is missing"
        if what:
            found.append(Fault(name, what))
    return found


def note_faults(take: Take, faults: list[Fault], at: datetime) -> None:
    """Write down whether the take can be played, which its pages say."""
    lost = any(fault.name == take.file for fault in faults)
    if lost != (take.lost_at is not None):
        take.lost_at = at if lost else None
        Take.objects.filter(pk=take.pk).update(lost_at=take.lost_at)


def _unlike(file: BinaryIO, seal: Seal) -> str:
    found = seal_of(file)
    if found["bytes"] != seal["bytes"]:
        return f"has {found['bytes']} bytes instead of {seal['bytes']}"
    return "" if found == seal else "is damaged: its sha256 is another"


def _unsound(file: BinaryIO, name: str, take: Take) -> str:
    try:
        if name == take.file:
            frames = probe(file).frames
            return "" if frames == take.frames else f"has {frames} frames, not {take.frames}"
        with Image.open(file) as picture:
            picture.load()
    except (NotAVideo, OSError, SyntaxError) as error:
        return f"is damaged: {' '.join(str(error).split())[:200]}"
    return ""


class Healing:
    """Brings the files of takes back: from the service, and from the video that is here."""

    def __init__(self, store: TakeStore, client_for: ClientFor, at: datetime) -> None:
        self.store = store
        self.client_for = client_for
        self.at = at

    def heal(self, take: Take, faults: list[Fault]) -> Iterator[str]:
        """Mend what can be mended; yield a sentence for each thing done, or why it was not."""
        wrong = {fault.name for fault in faults}
        arrived = take.original or take.file
        try:
            self.store.check_room()
            if arrived in wrong:
                yield from self._fetch(take, arrived)
            yield from self._make_again(take, arrived, wrong - {arrived})
        except StoreFull:
            yield "nothing was brought back: the disk is full"
        except OSError as error:
            logger.exception("take %s could not be mended", take.pk)
            yield f"the store refused: {error}"

    def _fetch(self, take: Take, name: str) -> Iterator[str]:
        """Ask the service for the task's videos with fresh links, and keep the very same file."""
        render = take.render
        try:
            client = self.client_for(render)
        except KeyMissing as missing:
            yield f"{name} cannot be fetched: {missing}"
            return
        if client is None or not render.task_id:
            yield f"{name} cannot be fetched: {render.engine} is not the service of the settings"
            return
        others = []
        try:
            for video in client.task(render.task_id).videos:
                with self.store.part(name.partition("/")[0]) as part:
                    client.download(
                        video.url,
                        part.file,
                        max_bytes=settings.DOWNLOAD_BYTES_MAX,
                        deadline_seconds=SECONDS_MAX,
                    )
                    if seal_of(part.file) == {"bytes": take.bytes, "sha256": take.sha256}:
                        self.store.keep(part, name)
                        yield f"{name} was fetched again"
                        return
                    others += self._keep_other(part, name)
        except TaskGone:
            yield f"{name} cannot be fetched: the service no longer has it"
            return
        except NovitaError as error:
            yield f"{name} cannot be fetched: {error}"
            return
        if not others:
            yield f"{name} cannot be fetched: the service no longer names it"
        for other in others:
            yield f"{name} is another file at the service by now, which is kept as {other}"

    def _keep_other(self, part: Part, name: str) -> list[str]:
        """Keep what is not the file that was asked for beside it, unless another take has it."""
        seal = seal_of(part.file)
        if Take.objects.filter(sha256=seal["sha256"]).exists():
            return []
        try:
            kind = kind_of(part.file)
        except NotAVideo:
            return []
        other = f"{name.rpartition('.')[0]}-other-{seal['sha256'][:16]}.{kind}"
        self.store.keep(part, other)
        return [other]

    def _make_again(self, take: Take, arrived: str, wrong: set[str]) -> Iterator[str]:
        """Draw posters and the player's copy anew from the video that arrived."""
        if not wrong:
            return
        spans = list(take.spans.all())
        cuts = [Cut(span.first_frame, span.frames) for span in spans]
        try:
            with self.store.open(arrived) as video:
                if _unlike(video, {"bytes": take.bytes, "sha256": take.sha256}):
                    return
                facts = probe(video, lambda frames: [min(one.middle, frames - 1) for one in cuts])
                keyframes = {one.first_frame for one in cuts}
                if take.file in wrong:
                    take.made[take.file] = keep_playable(
                        self.store, video, facts, take.file, keyframes
                    )
                    yield f"{take.file} was made again"
                if wrong & {take.preview, take.sprite}:
                    take.made |= keep_preview(
                        self.store, video, facts, take.preview, take.sprite, keyframes
                    )
                    yield f"{take.preview} and its sprite were made again"
        except FileNotFoundError:
            return
        except NotAVideo as error:
            yield f"nothing can be made of {arrived}: {error}"
            return
        for span, one in zip(spans, cuts, strict=True):
            if span.poster in wrong:
                picture = facts.pictures[min(one.middle, facts.frames - 1)]
                take.made[span.poster] = keep_poster(self.store, picture, span.poster)
                yield f"{span.poster} was made again"
                wrong = wrong - {span.poster}
        Take.objects.filter(pk=take.pk).update(made=take.made)
