"""What happened to a render, a line for each move."""

from __future__ import annotations

from django.db import models


class RenderEvent(models.Model):
    """One line of a render's log; append only."""

    render = models.ForeignKey("renders.Render", models.CASCADE, related_name="events")
    at = models.DateTimeField()
    from_state = models.CharField(max_length=10, blank=True)
    to_state = models.CharField(max_length=10)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.from_state} to {self.to_state}: {self.note}"
