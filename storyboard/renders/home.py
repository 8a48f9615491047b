"""Bringing a finished video home: fetched, checked, cut, stored, and only then written down."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import BinaryIO, cast

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q

from storyboard.novita.client import Client
from storyboard.novita.errors import LinkExpired, NovitaError, Refused, TryLater
from storyboard.novita.types import SUCCEED, Task, Video
from storyboard.renders import crash
from storyboard.renders.cutting import Cut, cut
from storyboard.renders.making import Seal, keep_playable, keep_poster, keep_preview
from storyboard.renders.models import Render, Span, State, Take
from storyboard.renders.probe import NotAVideo, VideoFacts, probe
from storyboard.renders.store import StoreFull, StoreUnavailable, TakeStore
from storyboard.stories.models import Project, Scene

logger = logging.getLogger(__name__)

SECONDS_MAX = 600.0
RENEW_EVERY = timedelta(seconds=10)
DISK_PAUSE = 20.0
# How often a download that goes on looks whether there is still room.
LOOK_EVERY = 8 * 1024 * 1024

NOT_A_VIDEO = "not_a_video"
CUT_OFF = "download_broken"


class Stopping(Exception):
    """The poller is asked to end; the download is left for the next one."""


class SinkRefused(Exception):
    """The disk, not the network, broke a download off."""


class Broken(NovitaError):
    """The host answered, but what it sent is not a whole video."""


@dataclass(frozen=True)
class Arrived:
    """A video that is whole and stored, with its posters, but not yet in the database."""

    file: str
    original: str
    facts: VideoFacts
    bytes: int
    sha256: str
    cuts: Sequence[Cut]
    posters: Sequence[str]
    preview: str
    sprite: str
    made: dict[str, Seal]


@dataclass(frozen=True)
class Outcome:
    """What came of a task's videos: `arrived`, or why not; `wait` is seconds when it may."""

    arrived: list[Arrived] = field(default_factory=list)
    reason: str = ""
    message: str = ""
    wait: float | None = None


class Sink:
    """Writes what comes in, keeping the lease alive and stopping when the poller does.

    Raises StoreFull once the disk's reserve is reached.
    """

    def __init__(
        self, file: BinaryIO, tend: Callable[[], None], check_room: Callable[[], None]
    ) -> None:
        self.file = file
        self.tend = tend
        self.check_room = check_room
        self.written = 0

    def write(self, data: bytes) -> int:
        self.tend()
        if self.written // LOOK_EVERY < (self.written + len(data)) // LOOK_EVERY:
            self.check_room()
        try:
            self.written += self.file.write(data)
        except OSError as error:
            raise SinkRefused(str(error)) from error
        return len(data)


class BringHome:
    def __init__(
        self,
        store: TakeStore,
        clock: Callable[[], datetime],
        lease: timedelta,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self.store = store
        self.clock = clock
        self.lease = lease
        self.stopping = stopping

    def fetch(self, client: Client, render: Render, task: Task, *, last: bool) -> Outcome:
        """Fetch and store every video of the task.

        One that does not come home whole spoils the outcome, so that all are asked for again;
        unless this is the `last` time, when what did arrive counts.
        """
        arrived: list[Arrived] = []
        trouble = Outcome()
        try:
            self.store.check_room()
            for order, video in enumerate(task.videos):
                try:
                    arrived.append(self._fetch(client, render, order, video))
                except (LinkExpired, Refused, NotAVideo, Broken) as error:
                    trouble = _trouble(error, video)
        except StoreFull:
            return Outcome(
                reason="store_full",
                message="The disk is full. The film is fetched as soon as there is room.",
                wait=DISK_PAUSE,
            )
        except (OSError, SinkRefused) as error:
            logger.error("render %s: the store refused: %s", render.pk, error)
            return Outcome(
                reason="store_failed",
                message="The film could not be stored. It is tried again.",
                wait=DISK_PAUSE,
            )
        except Stopping:
            return Outcome(wait=0)
        except TryLater as error:
            return Outcome(reason=error.reason[:60], message=str(error), wait=error.after or 0)
        if arrived and (last or not trouble.reason):
            return Outcome(arrived, message=trouble.message)
        return trouble

    def put_by(self, render: Render) -> Task | None:
        """Return the task as far as its films wait here for their store; None without any."""
        names = self.store.waiting(f"{render.project_id}/{render.pk}-")
        orders = [int(name.split("-")[1]) for name in names]
        if not orders:
            return None
        # Those that are not here have no address either, and are refused as such.
        videos = (Video("", None, ""),) * (max(orders) + 1)
        return Task(render.task_id or "", SUCCEED, videos=videos)

    def _fetch(self, client: Client, render: Render, order: int, video: Video) -> Arrived:
        folder = str(render.project_id)
        asked = [scene["frames"] for scene in render.scenes]
        cuts: list[Cut] = []
        made: dict[str, Seal] = {}

        def wanted(frames: int) -> list[int]:
            cuts[:] = cut(asked, frames)
            return [min(part.middle, frames - 1) for part in cuts]

        # What an earlier try brought, and the store could not take.
        waiting = f"{folder}/{render.pk}-{order}-"
        with self.store.part(folder) as part:
            if not self.store.take_up(part, waiting):
                self._download(
                    client, video.url, Sink(part.file, self._tend(render), self.store.check_room)
                )
            crash.point("downloaded")
            part.file.seek(0)
            digest = hashlib.file_digest(part.file, "sha256").hexdigest()
            size = part.file.tell()
            facts = probe(part.file, wanted)
            crash.point("probed")
            render.renew(self.clock() + self.lease)
            # Named by render and content: the same file again after a crash, never another's.
            stem = f"{folder}/{render.pk}-{order}-{digest[:16]}"
            file, original = f"{stem}.{facts.video_type}", ""
            if not facts.playable:
                original, file = file, f"{stem}-play.mp4"
            try:
                keyframes = {one.first_frame for one in cuts}
                if original:
                    made[file] = keep_playable(self.store, part.file, facts, file, keyframes)
                posters = [f"{stem}-{place}.webp" for place in range(len(cuts))]
                for name, one in zip(posters, cuts, strict=True):
                    picture = facts.pictures[min(one.middle, facts.frames - 1)]
                    made[name] = keep_poster(self.store, picture, name)
                preview, sprite = f"{stem}-preview.mp4", f"{stem}-sprite.webp"
                seals = keep_preview(self.store, part.file, facts, preview, sprite, keyframes)
                if not seals:
                    preview = sprite = ""
                made |= seals
                self.store.keep(part, original or file)
            except StoreUnavailable:
                self.store.put_by(part, original or file)
                raise
        self.store.forget(waiting)
        crash.point("take stored")
        render.renew(self.clock() + self.lease)
        return Arrived(file, original, facts, size, digest, cuts, posters, preview, sprite, made)

    def _download(self, client: Client, url: str, sink: Sink) -> None:
        try:
            client.download(
                url,
                cast(BinaryIO, sink),
                max_bytes=settings.DOWNLOAD_BYTES_MAX,
                deadline_seconds=SECONDS_MAX,
            )
        except TryLater as error:
            if sink.written or error.reason == NOT_A_VIDEO:
                raise Broken(str(error), reason=error.reason) from error
            raise

    def _tend(self, render: Render) -> Callable[[], None]:
        def tend() -> None:
            if self.stopping():
                raise Stopping
            at = self.clock()
            if render.lease_until and render.lease_until - self.lease + RENEW_EVERY < at:
                render.renew(at + self.lease)

        return tend

    def store_takes(
        self, render: Render, task: Task, arrived: Sequence[Arrived], at: datetime, note: str
    ) -> None:
        """Write the takes, their spans and the scenes' picks, and end the render, all or none."""
        with transaction.atomic():
            # Its row lock is what keeps two renders of one project from taking one number.
            project = Project.objects.select_for_update().only("pk").get(pk=render.project_id)
            last = Take.objects.filter(project=project).aggregate(n=Max("number"))["n"] or 0
            for order, one in enumerate(arrived):
                take = Take.objects.create(
                    project=project,
                    render=render,
                    number=last + 1 + order,
                    file=one.file,
                    original=one.original,
                    poster=one.posters[0] if one.posters else "",
                    preview=one.preview,
                    sprite=one.sprite,
                    video_type=one.facts.video_type,
                    fps=one.facts.fps,
                    frames=one.facts.frames,
                    width=one.facts.width,
                    height=one.facts.height,
                    bytes=one.bytes,
                    sha256=one.sha256,
                    made=one.made,
                    seed=task.seed[:40],
                    created_at=at,
                )
                self._store_spans(project, render, take, one, pick=order == 0)
            crash.point("ready uncommitted")
            render.advance(
                State.READY,
                at=at,
                note=note,
                reason="",
                message="",
                progress=100,
                eta=None,
                finished_at=at,
                next_step_at=None,
            )
        crash.point("ready committed")

    def _store_spans(
        self, project: Project, render: Render, take: Take, one: Arrived, *, pick: bool
    ) -> None:
        covered = [scene["scene"] for scene in render.scenes]
        still_there = set(
            Scene.objects.filter(project=project, pk__in=covered).values_list("pk", flat=True)
        )
        for order, (scene, part) in enumerate(zip(render.scenes, one.cuts, strict=True)):
            span = Span.objects.create(
                take=take,
                scene_id=scene["scene"] if scene["scene"] in still_there else None,
                order=order,
                prompt=scene["prompt"],
                caption=scene["caption"],
                first_frame=part.first_frame,
                frames=part.frames,
                poster=one.posters[order],
            )
            if pick and span.scene_id:
                scenes = Scene.objects.filter(Q(pick=None) | Q(pinned=False), pk=span.scene_id)
                # What comes late of a render that was given up offers itself, and no more.
                (scenes.filter(pick=None) if render.late else scenes).update(pick=span)


def _trouble(error: NovitaError | NotAVideo, video: Video) -> Outcome:
    if isinstance(error, NotAVideo):
        return Outcome(reason=NOT_A_VIDEO, message=str(error))
    message = str(error)
    if isinstance(error, LinkExpired) and video.ttl is not None:
        message += f" The service had made it good for {video.ttl} seconds."
    return Outcome(reason=error.reason[:60], message=message)
