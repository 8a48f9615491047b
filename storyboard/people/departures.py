"""Who went from a team or a story, so that a link of before does not bring them back."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Departure(models.Model):
    """One person who left, or was taken out: of a team, or of one story of it as a guest."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    team = models.ForeignKey("people.Team", models.CASCADE, related_name="+")
    # The one story that a guest went from; null is the team with all of them.
    project = models.ForeignKey(
        "stories.Project", models.CASCADE, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = (models.Index(fields=("user", "team"), name="departure_from_team"),)

    def __str__(self) -> str:
        return f"{self.user_id} went from {self.project_id or self.team_id}"
