"""The bin: what was deleted stays for 30 days, and then goes for good.

A scene for good leaves the takes that show it, and the history keeps the words it had.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from storyboard.stories.models import Project, Scene

KEPT = timedelta(days=30)
# Scenes that one transaction deletes at most, so that no lock is held for long.
AT_ONCE = 200


def days_left(deleted_at: datetime, at: datetime) -> int:
    """Return the days until it goes for good, begun ones included: 30 down to 0."""
    return max(0, -((at - deleted_at - KEPT) // timedelta(days=1)))


def scenes_in_bin(project: Project) -> QuerySet[Scene]:
    """Return the deleted scenes, the newest first; those without words or picture are left out."""
    spans = Scene.objects.filter(pk=OuterRef("pk"), spans__isnull=False)
    something = ~Q(prompt="") | ~Q(caption="") | Exists(spans)
    gone = project.scenes.exclude(deleted_at=None).filter(something)
    return gone.select_related("pick", "deleted_by").order_by("-deleted_at", "-pk")


def delete_scenes(project: Project, scenes: QuerySet[Scene]) -> int:
    """Delete for good those of `scenes` that are in this project's bin; return how many."""
    with transaction.atomic():
        Project.objects.select_for_update().only("pk").get(pk=project.pk)
        pks = list(
            scenes.filter(project=project).exclude(deleted_at=None).values_list("pk")[:AT_ONCE]
        )
        ids = [pk for (pk,) in pks]
        project.scenes.filter(pk__in=ids).delete()
    return len(ids)


def delete_old_scenes(at: datetime) -> int:
    """Delete for good the scenes that have been in a bin for 30 days; return how many.

    Those of a project that is in the bin itself go with it, later.
    """
    old = Scene.objects.filter(deleted_at__lt=at - KEPT, project__deleted_at=None)
    projects = Project.objects.filter(pk__in=old.values("project"))
    return sum(delete_scenes(project, old) for project in projects)
