"""Who has a story open, and which scene they write in: told by the beats of their pages."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models

from storyboard.people.models import User
from storyboard.stories.budget import SCENE_COLOURS
from storyboard.stories.models import Project, Scene

# Whose page has been silent this long is gone.
GONE_AFTER = timedelta(seconds=10)
# A page that beats faster is written down only this often, unless its writer moved on.
WRITTEN_EVERY = timedelta(seconds=4)
# What somebody else may have been storing while a page beat last.
OVERLAP = timedelta(minutes=1)
KEPT_FOR = timedelta(days=1)
FACES_SHOWN = 4


class Presence(models.Model):
    """One open page of a story."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="presences")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    # What the page calls itself: one person may hold two.
    page = models.CharField(max_length=32)
    # The scene being written in, an id that the page names: shown only if it is of this story.
    scene = models.PositiveBigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("project", "person", "page"), name="presence_once_a_page"
            ),
        )

    def __str__(self) -> str:
        return f"{self.person} in {self.project_id}"


@dataclass(frozen=True)
class Face:
    """Somebody else who is here."""

    person: User
    # The number of the scene they write in, and its id; None while they only read.
    number: int | None
    scene: int | None

    @property
    def colour(self) -> int:
        return self.person.pk % SCENE_COLOURS + 1

    @property
    def said(self) -> str:
        if self.number is None:
            return f"{self.person} is here"
        return f"{self.person} is writing scene {self.number}"


@dataclass(frozen=True)
class Company:
    """Whom a page is shown beside its title, the busiest and the longest known first."""

    faces: Sequence[Face]
    # Whether another page was open since this one beat last, so that it may have saved.
    others: bool
    # When this page beat before; None the first time.
    before: datetime | None

    @property
    def word(self) -> str:
        """A word that changes with whatever is shown."""
        seen = [(face.person.pk, face.said, face.scene) for face in self.faces]
        return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]

    @property
    def shown(self) -> Sequence[Face]:
        fits = len(self.faces) <= FACES_SHOWN
        return self.faces if fits else self.faces[: FACES_SHOWN - 1]

    @property
    def more(self) -> Sequence[Face]:
        return self.faces[len(self.shown) :]


def beat(project: Project, person: User, page: str, scene: int | None, at: datetime) -> Company:
    """Note that this page is open at `at`; return whom it shares the story with.

    Asks the database once, and writes only when there is something new to write.
    """
    numbers = Scene.objects.kept().filter(pk=models.OuterRef("scene"), project=project)
    number = models.Subquery(numbers.values("position")[:1])
    rows = list(project.presences.select_related("person").annotate(place=number).order_by("pk"))
    mine = next((row for row in rows if (row.person_id, row.page) == (person.pk, page)), None)
    if mine is None:
        project.presences.filter(at__lt=at - KEPT_FOR).delete()
        place = {"scene": scene, "at": at}
        Presence.objects.update_or_create(place, project=project, person=person, page=page)
    elif mine.scene != scene or at - mine.at >= WRITTEN_EVERY:
        project.presences.filter(pk=mine.pk).update(scene=scene, at=at)
    before = mine.at if mine else None
    others = [row for row in rows if row is not mine]
    since = (before or at) - OVERLAP
    # Of a person's pages the one they write in, and of those the one heard of last.
    faces: dict[int, Face] = {}
    ranks: dict[int, tuple[bool, datetime]] = {}
    for row in others:
        rank = (row.place is not None, row.at)
        silent = at - row.at >= GONE_AFTER
        if row.person_id == person.pk or silent or rank < ranks.get(row.person_id, rank):
            continue
        ranks[row.person_id] = rank
        if row.place is None:
            faces[row.person_id] = Face(row.person, None, None)
        else:
            faces[row.person_id] = Face(row.person, row.place + 1, row.scene)
    return Company(list(faces.values()), any(row.at >= since for row in others), before)
