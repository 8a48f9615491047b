"""What was changed in a story, by whom and when: the log that undo and history read.

A revision holds a change as {key: [before, after]}. Keys are `title`, `look.<setting>`, `loras`,
`embeddings`, `order` (ids of the scenes that are not deleted) and `scene.<id>.<field>`. Every
change of a story is written here in the transaction that makes it, so that any earlier state
is the present one with the later revisions taken back.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from storyboard.people.roles import Ability

if TYPE_CHECKING:
    from storyboard.stories.models import Project

Changes = dict[str, list[Any]]

# Words typed without a longer pause are one step to undo.
PAUSE = timedelta(seconds=4)
TYPED = ("prompt", "caption")


class Kind(models.TextChoices):
    EDIT = "edit", "Edited"
    UNDO = "undo", "Undone"
    REDO = "redo", "Redone"
    RESTORE = "restore", "Restored"
    IMPORT = "import", "Imported"


# What a person may take back; undoing is itself taken back by redoing.
UNDOABLE = (Kind.EDIT, Kind.RESTORE, Kind.IMPORT)


class Revision(models.Model):
    """One change of a story; a burst of typing in one scene is one."""

    TEAM_PATH = "project__team"
    PROJECT_PATH = "project"
    abilities: frozenset[Ability] = frozenset()

    project = models.ForeignKey("stories.Project", models.CASCADE, related_name="revisions")
    # Null is Storyboard itself, or a person who is gone.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.EDIT)
    changes = models.JSONField()
    # A version that somebody wanted to find again.
    name = models.CharField(max_length=80, blank=True)
    began_at = models.DateTimeField()
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    # Undone, and not followed by another edit of the same person.
    redoable = models.BooleanField(default=False)

    class Meta:
        ordering = ("-pk",)
        indexes = (models.Index(fields=("project", "person", "kind"), name="revision_of_person"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {', '.join(self.changes)}"


def record(
    project: Project, changes: Changes, *, kind: Kind = Kind.EDIT, at: datetime | None = None
) -> Revision | None:
    """Write down what `project.person` changed; None when nothing differs.

    To be called inside the transaction that makes the change.
    """
    changes = {key: pair for key, pair in changes.items() if pair[0] != pair[1]}
    if not changes:
        return None
    at = at or timezone.now()
    mine = project.revisions.filter(person=project.person)
    if kind in UNDOABLE:
        mine.filter(redoable=True).update(redoable=False)
        last = project.revisions.first()
        if last and _goes_on(last, project, changes, kind, at):
            for key, pair in changes.items():
                last.changes[key] = [last.changes.get(key, pair)[0], pair[1]]
            last.at = at
            last.save(update_fields=("changes", "at"))
            return last
    return project.revisions.create(
        person=project.person, kind=kind, changes=changes, began_at=at, at=at
    )


def _goes_on(last: Revision, project: Project, changes: Changes, kind: Kind, at: datetime) -> bool:
    """Answer whether this is more typing in the scene that `last` was typed in."""
    if kind != Kind.EDIT or last.kind != Kind.EDIT or last.undone_at or last.name:
        return False
    if last.person_id != (project.person.pk if project.person else None) or at - last.at > PAUSE:
        return False
    scenes = {tuple(key.split(".")[:2]) for key in (*changes, *last.changes)}
    typed = all(key.rpartition(".")[2] in TYPED for key in (*changes, *last.changes))
    return typed and len(scenes) == 1
