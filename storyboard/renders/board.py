"""What the editor shows of a story's renders and takes, read once a page in a few queries."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import takewhile
from typing import Any

from django.db.models import Exists, Q, Subquery
from django.utils import timezone

from storyboard.novita import limits
from storyboard.novita.reasons import Explanation, explain
from storyboard.renders import limiter, offers
from storyboard.renders.heartbeat import SILENCE, poller_alive
from storyboard.renders.models import Heartbeat, Render, SafeMode, Span, Take
from storyboard.renders.states import DECLINED, UNDER_WAY, State
from storyboard.stories.budget import SCENE_COLOURS
from storyboard.stories.models import Project, Scene

RENDERS_READ = 60
TAKES_SHOWN = 12
# What has not ended for certain is shown however many renders were asked for since.
OPEN = (State.ASKED, *UNDER_WAY, State.UNSURE)
# What is said of clips that were asked for together, the worst first.
ENDS = {State.UNSURE: "Uncertain", State.FAILED: "Failed", State.READY: "Ready"}
# A render that somebody gave up is spoken of for this long.
GIVEN_UP_FOR = timedelta(hours=1)


@dataclass(frozen=True)
class Segment:
    """A stretch of the stage's timeline: a span of a take, or a text card without one."""

    number: int
    scene_id: int | None
    words: str
    seconds: float
    frames: int
    take: Take | None = None
    start: float = 0
    # The take that would play here, were its file not missing.
    lost: Take | None = None

    @property
    def colour(self) -> int:
        return (self.number - 1) % SCENE_COLOURS + 1

    @property
    def width(self) -> int:
        """A strip's share, as the `fN` classes know them; only the proportions matter."""
        return max(1, min(limits.CLIP_FRAMES_MAX, round(self.seconds * 8)))

    @property
    def end(self) -> float:
        return self.start + self.seconds


class Board:
    """Renders, takes and picks of one project; every property is read at most once."""

    def __init__(
        self, project: Project, at: datetime, scenes: Sequence[Scene] | None = None
    ) -> None:
        """`scenes` are the story's, in order, where the page has read them already."""
        self.project = project
        self.at = at
        if scenes is not None:
            self.scenes = list(scenes)
        # Read before anything else: a change while the page is drawn is then asked for again.
        newest = project.renders.order_by("-pk").values("pk")[:RENDERS_READ]
        rows = project.renders.filter(Q(pk__in=newest) | Q(state__in=OPEN))
        # The newest renders, and whatever is under way or unsure, newest first.
        self.renders = list(rows.annotate(alive=_alive(at)).with_steps().order_by("-pk"))
        self.version = self._version()

    @cached_property
    def scenes(self) -> list[Scene]:
        return list(self.project.scenes.kept().in_order())

    def _version(self) -> str:
        """Return what `version_of` would have, had it been asked when the renders were read."""
        newest = self.renders[0].pk if self.renders else None
        rows = [one for one in reversed(self.renders) if one.state in OPEN]
        return _word(
            [
                (one.pk, one.state, one.reason, one.changed_at, newest, one.alive, one.account)  # type: ignore[attr-defined]
                for one in rows
            ],
            self.at,
        )

    @cached_property
    def takes(self) -> list[Take]:
        rows = self.project.takes.filter(binned_at=None).order_by("-number")
        rows = rows.select_related("render").defer("render__request", "render__scenes")
        return list(rows[:TAKES_SHOWN])

    def take_numbered(self, number: int) -> Take | None:
        """Return a take by its number, also one too old to be shown; None without it."""
        shown = [take for take in self.takes if take.number == number]
        return shown[0] if shown else self.project.takes.filter(number=number).first()

    @cached_property
    def picks(self) -> dict[int, Span]:
        """The span that stands for each scene, by the scene's id."""
        spans = Span.objects.filter(picked_by__project=self.project)
        spans = spans.select_related("take__render")
        spans = spans.defer("take__render__request", "take__render__scenes")
        by_id = {span.pk: span for span in spans}
        return {scene.pk: by_id[scene.pick_id] for scene in self.scenes if scene.pick_id in by_id}

    def stands(self, take: Take) -> bool:
        """Whether the film shows the take wherever it could."""
        return offers.stands(take, {scene.pk: scene.pick_id or 0 for scene in self.scenes})

    @cached_property
    def offered(self) -> list[Take]:
        """The takes that came late and wait for somebody to use or to leave them."""
        late = [take for take in self.takes if take.render.late and not take.decided_at]
        return [take for take in late if not self.stands(take)]

    @cached_property
    def under_way(self) -> list[Render]:
        return [render for render in self.renders if render.state in UNDER_WAY]

    @cached_property
    def asked(self) -> list[Render]:
        """What waits for an owner's yes."""
        return [render for render in self.renders if render.state == State.ASKED]

    @cached_property
    def all_asked(self) -> bool:
        """Whether every scene is in one that waits for an owner."""
        covered = {row["scene"] for render in self.asked for row in render.scenes}
        return bool(covered) and covered.issuperset(row.pk for row in self.scenes)

    @cached_property
    def ended(self) -> str:
        """How what was asked for last came to its end, as one word; "" before, and without any."""
        asked = max((render.queued_at for render in self.renders), default=None)
        ends = [render.state for render in self.renders if render.queued_at == asked]
        for state, word in ENDS.items():
            if state in ends:
                return word
        return ""

    @cached_property
    def paused(self) -> bool:
        """Whether renders wait for a poller, and none is alive."""
        return bool(self.under_way) and not poller_alive(self.at)

    @cached_property
    def unreachable(self) -> bool:
        """Whether the service did not let itself be reached when last asked."""
        return any(render.reason == "not_connected" for render in self.under_way)

    @property
    def built_in_engine(self) -> bool:
        return self.project.team.account.is_built_in

    @cached_property
    def unsent(self) -> Render | None:
        """The newest render that has not gone out yet, while every scene is in one that has not."""
        unsent = [one for one in self.under_way if one.state in (State.QUEUED, State.SUBMITTING)]
        covered = {row["scene"] for render in unsent for row in render.scenes}
        return unsent[0] if unsent and covered.issuperset(row.pk for row in self.scenes) else None

    @cached_property
    def slots(self) -> dict[int, datetime]:
        """When each render that only waits for its turn will be sent, by its id."""
        waiting = [one for one in self.under_way if one.state == State.QUEUED and not one.reason]
        dealt: dict[int, datetime] = {}
        for account in {one.account for one in waiting}:
            dealt |= limiter.promises(account, self.at)
        return {one.pk: dealt[one.pk] for one in waiting if one.pk in dealt}

    def next_slots(self, clips: int) -> list[datetime]:
        """When renders would be sent that are asked for now, in order.

        Nobody can tell in safe mode, and without a limit nothing waits.
        """
        account = self.project.team.account
        if not account.per_minute or SafeMode.objects.current() is not None:
            return []
        dealt = limiter.promises(account.name, self.at, self.project.team_id, clips)
        return [dealt[limiter.NOT_YET + n] for n in range(clips)]

    @cached_property
    def speaking(self) -> dict[int, Render]:
        """The render that each scene's row speaks of, by the scene's id."""
        of_scene: dict[int, list[Render]] = {}
        for render in self.renders:
            for row in render.scenes:
                of_scene.setdefault(row["scene"], []).append(render)
        said = {pk: self._spoken_of(renders) for pk, renders in of_scene.items()}
        return {pk: render for pk, render in said.items() if render is not None}

    def _spoken_of(self, renders: Sequence[Render]) -> Render | None:
        """Of one scene's renders, the newest first: what goes on, else what waits for a person,
        else the last word. A take that came since has settled everything before it."""
        going = next((render for render in renders if render.is_under_way), None)
        asked = next((render for render in renders if render.state == State.ASKED), None)
        since = list(takewhile(lambda render: render.state != State.READY, renders))
        unsure = next((render for render in since if render.state == State.UNSURE), None)
        newest = since[0] if since and self._speaks(since[0]) else None
        return going or unsure or asked or newest

    def _speaks(self, render: Render) -> bool:
        if render.state == State.CANCELLED and render.reason != DECLINED:
            return render.finished_at is not None and self.at - render.finished_at < GIVEN_UP_FOR
        return render.state in (State.FAILED, State.CANCELLED)

    def film(self) -> list[Segment]:
        """Every scene's pick in order; a scene without one shows its words for its length."""
        segments = []
        for scene in self.scenes:
            span = self.picks.get(scene.pk)
            words = scene.caption or scene.prompt
            if span is None:
                seconds = scene.frames / self.project.fps
                segments.append(Segment(scene.number, scene.pk, words, seconds, scene.frames))
            else:
                segments.append(_segment(scene.number, words, span, span.take))
        return segments

    def cut(self, take: Take) -> list[Segment]:
        """The spans of one take in order."""
        spans: Sequence[Span] = list(take.spans.all())
        return [_segment(span.order + 1, span.caption or span.prompt, span, take) for span in spans]


def _segment(number: int, words: str, span: Span, take: Take) -> Segment:
    seconds = span.frames / take.fps
    if take.lost_at:
        words = f"The file of take {take.number} is missing or damaged."
        return Segment(number, span.scene_id, words, seconds, span.frames, lost=take)
    start = span.first_frame / take.fps
    return Segment(number, span.scene_id, words, seconds, span.frames, take, start)


def board_of(project: Project, scenes: Sequence[Scene] | None = None) -> Board:
    """Return the page's one board for this project object; `scenes` as in `Board`."""
    board: Board | None = getattr(project, "board", None)
    if board is None:
        board = Board(project, timezone.now(), scenes)
        project.board = board  # type: ignore[attr-defined]
    return board


def version_of(project: Project, at: datetime) -> str:
    """Return a word that changes with whatever a live panel shows.

    It names every open render with its last change, and the newest render: pollers date their
    writes by when a step began, so the latest time of all would hide a write that came later.
    Where one waits for its turn, it names its slot, which another team's queueing moves.
    """
    newest = project.renders.order_by("-pk").values("pk")[:1]
    rows = project.renders.filter(state__in=OPEN).order_by("pk")
    seen = rows.annotate(newest=Subquery(newest), alive=_alive(at))
    columns = ("pk", "state", "reason", "changed_at", "newest", "alive", "account")
    return _word(seen.values_list(*columns), at)


def _alive(at: datetime) -> Exists:
    return Exists(Heartbeat.objects.filter(at__gt=at - SILENCE))


def _word(seen: Iterable[tuple[Any, ...]], at: datetime) -> str:
    """Name open renders, oldest first: each as `version_of` reads it."""
    found: list[object] = list(seen)
    own = {pk for pk, *_ in seen}
    waiting = {one[-1] for one in seen if one[1] == State.QUEUED and one[-2]}
    for account in sorted(waiting):
        dealt = limiter.promises(account, at).items()
        found += [(pk, time) for pk, time in dealt if pk in own and time > at]
    return hashlib.sha256(repr(found).encode()).hexdigest()[:16]


def explanation(render: Render) -> Explanation | None:
    """Return what a render's reason means to its writer, or None without a reason."""
    return explain(render.reason) if render.reason else None
