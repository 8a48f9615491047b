"""Going back: undo and redo of one's own changes, and earlier states of a story.

Undo takes back what a person changed, and leaves alone whatever somebody else changed since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from storyboard.people.models import User
from storyboard.stories import order
from storyboard.stories.models import ChosenEmbedding, ChosenLora, Project, Scene
from storyboard.stories.revisions import UNDOABLE, Changes, Kind, Revision, record
from storyboard.stories.stored import WORDS, as_stored


class Nothing(Exception):
    """There is nothing to take back, or nothing of it is as this person left it."""


@dataclass(frozen=True)
class Outcome:
    """What was taken back or done again, and the keys that others have changed since."""

    revision: Revision
    skipped: tuple[str, ...]


def undo(project: Project, person: User, at: datetime) -> Outcome:
    """Take back this person's newest change; raise Nothing, or OverBudget when it cannot fit."""
    mine = project.revisions.filter(person=person, kind__in=UNDOABLE, undone_at=None)
    with transaction.atomic():
        revision = _locked(project, mine.order_by("-pk"), "There is nothing of yours to undo.")
        back = {key: (after, before) for key, (before, after) in revision.changes.items()}
        skipped = _apply(project, back, Kind.UNDO)
        revision.undone_at, revision.redoable = at, len(skipped) < len(back)
        revision.save(update_fields=("undone_at", "redoable"))
    return _outcome(revision, skipped)


def redo(project: Project, person: User, at: datetime) -> Outcome:
    """Do again what this person took back last; raise Nothing, or OverBudget."""
    mine = project.revisions.filter(person=person, redoable=True)
    with transaction.atomic():
        newest_undone = mine.order_by("-undone_at", "pk")
        revision = _locked(project, newest_undone, "There is nothing of yours to redo.")
        again = {key: (before, after) for key, (before, after) in revision.changes.items()}
        skipped = _apply(project, again, Kind.REDO)
        revision.undone_at, revision.redoable = None, False
        revision.save(update_fields=("undone_at", "redoable"))
    return _outcome(revision, skipped)


def state_at(project: Project, revision: Revision) -> dict[str, Any]:
    """Return the story by key as it was once `revision` had been made."""
    state = as_stored(project)
    later = project.revisions.filter(pk__gt=revision.pk).order_by("-pk")
    for changes in later.values_list("changes", flat=True).iterator():
        state |= {key: before for key, (before, _) in changes.items()}
    return state


def beginning(project: Project) -> Revision | None:
    """Return what stands for the story before its first change; None when it began empty.

    It is no row, and only to be read and restored: its id is 0, before every other.
    """
    first = project.revisions.last()
    if first is None or first.changes.get("order", [None])[0] == []:
        return None
    at = project.created_at
    return Revision(
        pk=0, project=project, name="As the story began", changes={}, began_at=at, at=at
    )


def restore(project: Project, revision: Revision, scene: int | None = None) -> Revision | None:
    """Make the story, or one scene of it, what it was at `revision`; itself a revision.

    Return None when it is so already. Raises OverBudget when the scene no longer fits.
    """
    with transaction.atomic():
        Project.objects.select_for_update().only("pk").get(pk=project.pk)
        now, then = as_stored(project), state_at(project, revision)
        then["order"] = _still_there(project, then["order"])
        keys = [key for key in now if now[key] != then.get(key)]
        if scene is not None:
            keys = [key for key in keys if key.startswith(f"scene.{scene}.")]
        # A scene that was not there then has no words to be given back; it just goes.
        wanted = {key: (now[key], then[key]) for key in keys if then.get(key) is not None}
        if scene is not None and scene in then["order"] and scene not in now["order"]:
            wanted["order"] = (now["order"], order.rejoin(now["order"], then["order"], {scene}))
        if not wanted:
            return None
        _apply(project, wanted, Kind.RESTORE)
        return project.revisions.filter(kind=Kind.RESTORE).first()


def _locked(project: Project, rows: Any, otherwise: str) -> Revision:
    Project.objects.select_for_update().only("pk").get(pk=project.pk)
    revision: Revision | None = rows.first()
    if revision is None:
        raise Nothing(otherwise)
    return revision


def _outcome(revision: Revision, skipped: Sequence[str]) -> Outcome:
    if len(skipped) == len(revision.changes):
        raise Nothing("Somebody else has changed or deleted the same since, so it stays as it is.")
    return Outcome(revision, tuple(skipped))


def _apply(project: Project, wanted: Mapping[str, tuple[Any, Any]], kind: Kind) -> list[str]:
    """Give each key its second value where it still has the first; return the keys that differ.

    The order of scenes is merged instead: only the scenes that the change moved, took out or
    put in are moved back.
    """
    now = as_stored(project)
    given = {
        key: pair[1]
        for key, pair in wanted.items()
        if key != "order" and key in now and now[key] == pair[0] and pair[1] is not None
    }
    if "order" in wanted:
        before, after = wanted["order"]
        # A scene that others have written in since does not go with its making.
        written = [pk for pk in before if pk not in after and _written_since(pk, now, wanted)]
        merged = order.merge(now["order"], [pk for pk in before if pk not in written], after)
        # What was deleted for good does not come back.
        merged = _still_there(project, merged)
        if merged != now["order"]:
            given["order"] = merged
    skipped = [key for key in wanted if key not in given and not _created(key, wanted)]
    if not given:
        return list(wanted)
    also = write_look(project, given) | _write_words(project, given)
    changes: Changes = {key: [now[key], given[key]] for key in also}
    rows = project.scenes.in_bulk(given.get("order", now["order"]))
    touched = {key for key in given if key.startswith("scene.") or key == "order"}

    def change(scenes: list[Scene]) -> None:
        if "order" in given:
            known = {scene.pk: scene for scene in scenes}
            scenes[:] = [known.get(pk) or rows[pk] for pk in given["order"] if pk in rows]
        for scene in scenes:
            for name in Scene.ARRANGED:
                setattr(scene, name, given.get(f"scene.{scene.pk}.{name}", getattr(scene, name)))

    if touched:
        project.arrange(change, kind=kind, also=changes)
    else:
        record(project, changes, kind=kind)
        project.touch()
    return skipped


def _still_there(project: Project, pks: Sequence[int]) -> list[int]:
    known = set(project.scenes.filter(pk__in=pks).values_list("pk", flat=True))
    return [pk for pk in pks if pk in known]


def _created(key: str, wanted: Mapping[str, tuple[Any, Any]]) -> bool:
    """Answer whether this is a field of a scene that comes or goes as a whole."""
    return key.startswith("scene.") and None in wanted[key]


def _written_since(pk: int, now: Mapping[str, Any], wanted: Mapping[str, tuple[Any, Any]]) -> bool:
    keys = [f"scene.{pk}.{name}" for name in WORDS]
    return any(key in wanted and now.get(key) != wanted[key][0] for key in keys)


def _write_words(project: Project, given: Mapping[str, Any]) -> set[str]:
    written = set()
    for key, value in given.items():
        head, _, name = key.rpartition(".")
        if name in WORDS and head.startswith("scene."):
            scene = project.scenes.get(pk=int(head.removeprefix("scene.")))
            setattr(scene, name, value)
            scene.version += 1
            scene.save(update_fields=(name, "version"))
            written.add(key)
    return written


def write_look(project: Project, given: Mapping[str, Any]) -> set[str]:
    """Store title and look where `given` names them by key; return the keys it stored."""
    written = {key for key in given if key == "title" or key.startswith("look.")}
    for key in written:
        setattr(project, key.removeprefix("look."), given[key])
    if written:
        project.save(update_fields=[key.removeprefix("look.") for key in written])
    if "loras" in given:
        project.loras.all().delete()
        ChosenLora.objects.bulk_create(
            ChosenLora(project=project, api_name=name, strength=strength, position=place)
            for place, (name, strength) in enumerate(given["loras"])
        )
    if "embeddings" in given:
        project.embeddings.all().delete()
        ChosenEmbedding.objects.bulk_create(
            ChosenEmbedding(project=project, api_name=name, position=place)
            for place, name in enumerate(given["embeddings"])
        )
    return written | ({"loras", "embeddings"} & set(given))
