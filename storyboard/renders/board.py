"""What the editor shows of a story's renders and takes, read once a page in a few queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.conf import settings
from django.db.models import Count, Max, Q
from django.utils import timezone

from storyboard.novita import limits
from storyboard.novita.reasons import Explanation, explain
from storyboard.renders.heartbeat import poller_alive
from storyboard.renders.models import Render, Span, Take
from storyboard.renders.states import UNDER_WAY, State
from storyboard.stories.budget import SCENE_COLOURS
from storyboard.stories.models import Project, Scene

RENDERS_READ = 60
TAKES_SHOWN = 12
# Their last word stays on the row until another render of the scene says something newer.
SPEAKING = (*UNDER_WAY, State.FAILED, State.UNSURE)


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

    def __init__(self, project: Project, at: datetime) -> None:
        self.project = project
        self.at = at

    @cached_property
    def scenes(self) -> list[Scene]:
        return list(self.project.scenes.kept().in_order())

    @cached_property
    def renders(self) -> list[Render]:
        """The newest renders, and whatever is under way or unsure, newest first."""
        rows = self.project.renders.defer("request").order_by("-pk")
        return list(rows[:RENDERS_READ])

    @cached_property
    def takes(self) -> list[Take]:
        rows = self.project.takes.filter(binned_at=None).order_by("-number")
        return list(rows.prefetch_related("spans")[:TAKES_SHOWN])

    def take_numbered(self, number: int) -> Take | None:
        """Return a take by its number, also one too old to be shown; None without it."""
        shown = [take for take in self.takes if take.number == number]
        return shown[0] if shown else self.project.takes.filter(number=number).first()

    @cached_property
    def picks(self) -> dict[int, Span]:
        """The span that stands for each scene, by the scene's id."""
        spans = Span.objects.filter(picked_by__project=self.project).select_related("take")
        by_id = {span.pk: span for span in spans}
        return {scene.pk: by_id[scene.pick_id] for scene in self.scenes if scene.pick_id in by_id}

    @cached_property
    def under_way(self) -> list[Render]:
        return [render for render in self.renders if render.state in UNDER_WAY]

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
        return settings.BUILT_IN_ENGINE

    @cached_property
    def speaking(self) -> dict[int, Render]:
        """The newest render of each scene, by the scene's id, while it has something to say."""
        newest: dict[int, Render] = {}
        for render in self.renders:
            for row in render.scenes:
                newest.setdefault(row["scene"], render)
        return {pk: render for pk, render in newest.items() if render.state in SPEAKING}

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

    def version(self) -> str:
        """A word that changes whenever anything a live panel shows does; in two queries."""
        return version_of(self.project, self.at)


def _segment(number: int, words: str, span: Span, take: Take) -> Segment:
    return Segment(
        number,
        span.scene_id,
        words,
        span.frames / take.fps,
        span.frames,
        take,
        span.first_frame / take.fps,
    )


def board_of(project: Project) -> Board:
    """Return the page's one board for this project object."""
    board: Board | None = getattr(project, "board", None)
    if board is None:
        board = Board(project, timezone.now())
        project.board = board  # type: ignore[attr-defined]
    return board


def version_of(project: Project, at: datetime) -> str:
    """Return a word that changes with every write to the project's renders, in two queries."""
    seen = project.renders.aggregate(
        newest=Max("changed_at"), rows=Count("pk"), going=Count("pk", filter=Q(state__in=UNDER_WAY))
    )
    stamp = f"{seen['newest']:%s%f}" if seen["newest"] else "0"
    alive = poller_alive(at) if seen["going"] else True
    return f"{stamp}-{seen['rows']}-{'a' if alive else 'p'}"


def explanation(render: Render) -> Explanation | None:
    """Return what a render's reason means to its writer, or None without a reason."""
    return explain(render.reason) if render.reason else None
