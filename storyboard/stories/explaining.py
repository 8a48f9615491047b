"""What a page explains once: whoever has read it is not told again, on any device."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from storyboard.people.models import User

# How neighbouring scenes blend, and what a cut is.
BLENDING = "blending"
WHAT = (BLENDING,)


class ReadQuerySet(models.QuerySet["Read"]):
    def has(self, person: User, what: str) -> bool:
        return self.filter(person=person, what=what).exists()

    def note(self, person: User, what: str) -> None:
        """Write down that this person needs no more telling; once, however often it is said."""
        self.bulk_create([Read(person=person, what=what)], ignore_conflicts=True)


class Read(models.Model):
    """One explanation that one person has put away."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    what = models.CharField(max_length=20)

    objects = ReadQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("person", "what"), name="read_once_a_person"),
        )

    def __str__(self) -> str:
        return f"{self.what} by {self.person_id}"
