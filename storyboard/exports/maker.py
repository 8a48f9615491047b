"""The maker: takes one film after another and makes it, beside the site and never in its way."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av.error
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connections
from django.utils import timezone

from storyboard.exports.cut import TITLE_SECONDS, Cut, Part, cues_of, cut_of_plan, key_of
from storyboard.exports.drawing import TITLE_FPS, Shown, draw_gif, draw_mp4, shown
from storyboard.exports.joining import CannotJoin, join
from storyboard.exports.lettering import undrawable
from storyboard.exports.models import LEASE, TRIES_MAX, Film, Kind, LeaseLost, State
from storyboard.renders import crash
from storyboard.renders.making import seal_of
from storyboard.renders.probe import NotAVideo, probe
from storyboard.renders.storage import take_store
from storyboard.renders.store import StoreFull, StoreUnavailable, TakeStore

logger = logging.getLogger(__name__)

# How soon a cancel is noticed, and how often progress is written.
RENEW_EVERY = 1.0
PRUNE_EVERY = 600.0


class Stopped(Exception):
    """The maker was told to stop in the middle of a film; the next one makes it."""


class Maker:
    """Makes films until told to stop. `tick` is the whole work; `clock` returns an aware time."""

    def __init__(
        self,
        owner: str,
        *,
        clock: Callable[[], datetime] = timezone.now,
        store: TakeStore | None = None,
        lease: timedelta = LEASE,
    ) -> None:
        self.owner = owner
        self.clock = clock
        self.store = store or take_store()
        self.lease = lease
        self.stopping = False

    def stop(self) -> None:
        self.stopping = True

    def run(self, idle: float = 0.5) -> None:
        """Work until told to stop; rest `idle` seconds whenever nothing is due."""
        prune = 0.0
        while not self.stopping:
            try:
                if time.monotonic() >= prune:
                    self.prune()
                    prune = time.monotonic() + PRUNE_EVERY
                if self.tick():
                    continue
            except DatabaseError as error:
                logger.warning("the database could not answer: %s", error)
                connections.close_all()
            except Exception:
                logger.exception("the maker's own error")
            close_old_connections()
            time.sleep(idle)

    def tick(self) -> bool:
        """Make the film that has waited longest; False when there is none."""
        film = Film.objects.claim(self.owner, self.clock(), self.lease)
        if film is None:
            return False
        began = time.monotonic()
        try:
            if film.tries > TRIES_MAX:
                self._fail(film, "It could not be made: each try ended half-way.")
            else:
                self._make(film)
                seconds = time.monotonic() - began
                logger.info("film %s: made in %.1f s, joined: %s", film.pk, seconds, film.joined)
        except LeaseLost:
            logger.info("film %s was cancelled or taken over", film.pk)
        except Stopped:
            film.advance(State.QUEUED, progress=0, tries=film.tries - 1)
        except StoreFull:
            self._fail(film, "The disk is full, so it could not be made.")
        except StoreUnavailable as error:
            logger.warning("film %s: the store did not answer: %s", film.pk, error)
            self._fail(film, "The store of films could not be reached. Try again soon.")
        except Exception:
            # Our fault, or a take's that no check of ours knows: nobody waits for it for ever.
            logger.exception("film %s could not be made", film.pk)
            self._fail(film, "It could not be made: something went wrong on our side.")
        return True

    def _fail(self, film: Film, words: str) -> None:
        try:
            film.advance(State.FAILED, message=words, finished_at=self.clock())
        except LeaseLost:
            logger.info("film %s was cancelled or taken over", film.pk)

    def _make(self, film: Film) -> None:
        self.store.check_room()
        asked = cut_of_plan(film.plan)
        cut, skipped = self._sound(film, asked)
        # By what is in it: what is made once a lost take is back has another name.
        key = key_of(cut, film.kind, burnt=film.burnt, title_card=film.title_card)
        name = f"{film.project_id}/film-{film.pk}-{key[:24]}.{film.kind}"
        before = film.file
        with self.store.part(str(film.project_id)) as part:
            frames, joined = self._write(film, cut, part.path)
            # It was written by its path, not by this handle.
            seal = seal_of(part.file)
            crash.point("film made")
            film.renew(self.clock() + self.lease, file=name)
            self.store.keep(part, name)
        crash.point("film kept")
        film.advance(
            State.READY,
            file=name,
            progress=100,
            whole=cut == asked,
            skipped=skipped + _unspeakable(film, cut),
            frames=frames,
            seconds=float(cut.seconds) + (TITLE_SECONDS if film.title_card else 0),
            joined=joined,
            captioned=bool(cues_of(cut.parts, Fraction(0))),
            finished_at=self.clock(),
            **seal,
        )
        if before and before != name:
            self.store.remove(before)

    def _write(self, film: Film, cut: Cut, into: Path) -> tuple[int, bool]:
        """Write the film; return its frames, and whether the takes were joined as they are."""
        if film.kind == Kind.MP4 and not film.burnt and not film.title_card:
            try:
                return join(cut.parts, self.store.open, into), True
            except (CannotJoin, av.error.FFmpegError) as reason:
                logger.info("film %s: not joined: %s", film.pk, reason)
        frames = cut.frames + (TITLE_SECONDS * TITLE_FPS if film.title_card else 0)
        told = self._told(film, frames)

        def pictures() -> Iterator[Shown]:
            return shown(cut, self.store.open, burnt=film.burnt, titled=film.title_card)

        if film.kind == Kind.GIF:
            return draw_gif(pictures, into, cut.size, frames, told), False
        return draw_mp4(pictures(), into, cut.size, told), False

    def _told(self, film: Film, frames: int) -> Callable[[int], None]:
        """Return what a drawer calls with the frames drawn: the lease is kept, a cancel noticed."""
        due = 0.0

        def told(number: int) -> None:
            nonlocal due
            if self.stopping:
                raise Stopped
            if time.monotonic() >= due:
                progress = min(99, number * 100 // max(1, frames))
                film.renew(self.clock() + self.lease, progress=progress)
                due = time.monotonic() + RENEW_EVERY

        return told

    def _sound(self, film: Film, cut: Cut) -> tuple[Cut, list[str]]:
        """Replace what cannot be shown by cards of its words; say so, a sentence for each."""
        wrong: dict[str, str] = {}
        for part in cut.parts:
            if part.file and part.file not in wrong:
                wrong[part.file] = self._fault(part)
                film.renew(self.clock() + self.lease)
        parts, said = [], []
        for part in cut.parts:
            fault = wrong.get(part.file, "")
            parts.append(part.as_card() if fault else part)
            if fault:
                said.append(
                    f"Scene {part.scene}: the file of take {part.take} {fault}, "
                    "so its words are shown instead."
                )
        return replace(cut, parts=tuple(parts)), said

    def _fault(self, part: Part) -> str:
        try:
            with self.store.open(part.file) as file:
                if not part.sha256:
                    # Of before hashes were written down: it is sound if all of it decodes.
                    return "" if probe(file).frames >= part.first + part.frames else "is damaged"
                seal = seal_of(file)
        except FileNotFoundError:
            return "is missing"
        except NotAVideo:
            return "is damaged"
        sound = seal == {"bytes": part.bytes, "sha256": part.sha256}
        return "" if sound else "is damaged"

    def prune(self) -> None:
        """Clear away what nobody asks for any more: first its file, then its row."""
        kept = timedelta(days=settings.FILM_DAYS)
        old = Film.objects.filter(asked_at__lt=self.clock() - kept)
        old.exclude(state__in=(State.QUEUED, State.MAKING)).update(state=State.PRUNED)
        for film in Film.objects.filter(state=State.PRUNED):
            if film.file:
                self.store.remove(film.file)
            Film.objects.filter(pk=film.pk, state=State.PRUNED).delete()
            logger.info("film %s was cleared away", film.pk)


def _unspeakable(film: Film, cut: Cut) -> list[str]:
    """Say which letters could not be drawn, where words were drawn at all."""
    drawn = [part.words for part in cut.parts if film.burnt or not part.file]
    if film.title_card:
        drawn.append(cut.title)
    signs = undrawable(" ".join(drawn))
    if not signs:
        return []
    return [f"No font here draws {' '.join(signs[:12])}, so the words are shown without."]
