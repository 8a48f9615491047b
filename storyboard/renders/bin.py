"""Stories deleted for good: asked for by an owner, or after 30 days in the bin.

The row goes first, and in its transaction its folder is written down; the poller removes the
files after it. Whatever dies in between, no row stands for a file that is gone, and no file
stays for ever: the folder is written down until it is empty.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, QuerySet

from storyboard.people.access import writable_teams_of
from storyboard.people.models import User
from storyboard.renders import money
from storyboard.renders.models import Leftover, Render, SafeMode, Spent
from storyboard.renders.store import TakeStore
from storyboard.stories import bin
from storyboard.stories.models import Project

logger = logging.getLogger(__name__)

EVERY = timedelta(minutes=2)
AGAIN_AFTER = timedelta(days=1)


class StillUnderWay(Exception):
    """A render of the story is under way, so it stays; the words are for the owner."""


@dataclass(frozen=True)
class Loss:
    """What goes with a story when it is deleted for good."""

    takes: int
    seconds: float
    # USD by our estimates, for what was sent to the service; renders whose cost nobody knows.
    spent: Decimal
    unknown: int
    # Renders that may still turn out to have been made.
    unsure: int
    under_way: int

    @property
    def paid_for(self) -> bool:
        return bool(self.takes or self.spent or self.unknown or self.unsure)


def loss(project: Project) -> Loss:
    """Return what deleting the story for good would lose."""
    takes = [take.seconds for take in project.takes.all()]
    sent = money.chargeable(Render.objects.filter(project=project)).exclude(submitted_at=None)
    costs = list(sent.values_list("estimate", flat=True))
    return Loss(
        takes=len(takes),
        seconds=sum(takes),
        spent=sum((cost for cost in costs if cost is not None), Decimal(0)),
        unknown=costs.count(None),
        unsure=Render.objects.unsure().filter(project=project).count(),
        under_way=Render.objects.under_way().filter(project=project).count(),
    )


def in_bin(user: User) -> QuerySet[Project]:
    """Return the deleted stories of the teams in which this person may write, newest first."""
    mine = Project.objects.exclude(deleted_at=None).filter(team__in=writable_teams_of(user))
    return mine.select_related("team", "deleted_by").order_by("-deleted_at", "-pk")


def delete_project(pk: int, at: datetime, *, deleted_before: datetime | None = None) -> bool:
    """Delete for good a story that is in the bin; False when it is not, or not as long.

    Its takes, renders and history go with it; its files are left to `Emptying`. What it has
    spent stays counted for its team. Raises StillUnderWay, with nothing deleted.
    """
    with transaction.atomic():
        binned = Project.objects.select_for_update().exclude(deleted_at=None)
        if deleted_before:
            binned = binned.filter(deleted_at__lt=deleted_before)
        project = binned.filter(pk=pk).first()
        if project is None:
            return False
        renders = Render.objects.filter(project=project)
        # Locked, so that none is taken up again between this look and the end.
        going = sum(render.is_under_way for render in renders.select_for_update())
        if going:
            raise StillUnderWay(
                f"{going} render{'s' if going > 1 else ''} of this story "
                f"{'are' if going > 1 else 'is'} under way and may be paid for already. "
                "It can be deleted for good when that has ended. Nothing was deleted."
            )
        Spent.objects.bulk_create(
            Spent(team_id=payer, at=sent or queued, estimate=estimate)
            for payer, sent, queued, estimate in money.chargeable(renders)
            .exclude(payer=None)
            .values_list("payer", "submitted_at", "queued_at", "estimate")
        )
        Leftover.objects.get_or_create(folder=str(project.pk), defaults={"at": at})
        project.delete()
    logger.info("project %s was deleted for good", pk)
    return True


class Emptying:
    """Empties the bins and removes the files that deleted stories left; for the poller."""

    def __init__(self, store: TakeStore, clock: Callable[[], datetime]) -> None:
        self.store = store
        self.clock = clock
        self.due: datetime | None = None

    def tend(self) -> None:
        """Do it every two minutes; not in safe mode, in which one looks at what a backup held."""
        at = self.clock()
        if self.due and at < self.due:
            return
        self.due = at + EVERY
        if SafeMode.objects.filter(active=True).exists():
            return
        scenes = bin.delete_old_scenes(at)
        if scenes:
            logger.info("%s scenes were deleted for good after 30 days", scenes)
        self._delete_old_projects(at)
        self._remove_files(at)

    def _delete_old_projects(self, at: datetime) -> None:
        before = at - bin.KEPT
        old = Project.objects.filter(deleted_at__lt=before).values_list("pk", flat=True)
        for pk in list(old):
            try:
                delete_project(pk, at, deleted_before=before)
            except StillUnderWay:
                continue

    def _remove_files(self, at: datetime) -> None:
        due = Q(removed_at=None) | Q(removed_at__lt=at - AGAIN_AFTER)
        for leftover in Leftover.objects.filter(due).order_by("pk"):
            if Project.objects.filter(pk=int(leftover.folder)).exists():
                # The story is there: nothing of it is left over, whatever this row says.
                leftover.delete()
                continue
            try:
                self.store.remove_all(leftover.folder)
            except OSError as error:
                logger.warning("the files of project %s stay for now: %s", leftover.folder, error)
                continue
            if leftover.removed_at:
                leftover.delete()
            else:
                Leftover.objects.filter(pk=leftover.pk).update(removed_at=at)
