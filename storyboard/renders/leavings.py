"""What a story that was deleted for good leaves behind: its folder of films, and its spending."""

from __future__ import annotations

from django.db import models

from storyboard.people.models import Team


class Leftover(models.Model):
    """A folder of the store whose story is gone; its files go after the story's row."""

    folder = models.CharField(max_length=200, unique=True)
    at = models.DateTimeField()
    # Since when it is empty. It is emptied once more a day later, for a step of a poller that
    # slept through the deletion may still have put a file there.
    removed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.folder


class Spent(models.Model):
    """What a render may have cost whose story is gone: it still counts for its team's month."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="+")
    # When it was sent, else queued.
    at = models.DateTimeField()
    # USD; null is unknown.
    estimate = models.DecimalField(max_digits=9, decimal_places=4, null=True)

    class Meta:
        indexes = (models.Index(fields=("team", "at"), name="spent_in_month"),)

    def __str__(self) -> str:
        return f"{self.estimate} at {self.at}"
