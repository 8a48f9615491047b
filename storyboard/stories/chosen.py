"""The LoRAs and embeddings chosen for a project's look."""

from __future__ import annotations

from django.db import models

from storyboard.novita import limits


class ChosenLora(models.Model):
    TEAM_PATH = "project__team"
    PROJECT_PATH = "project"

    project = models.ForeignKey("stories.Project", models.CASCADE, related_name="loras")
    api_name = models.CharField(max_length=200)
    strength = models.FloatField(default=0.7)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("position", "pk")
        constraints = (
            models.UniqueConstraint(fields=("project", "api_name"), name="lora_once_a_project"),
            models.CheckConstraint(
                condition=models.Q(strength__range=(limits.STRENGTH_MIN, limits.STRENGTH_MAX)),
                name="lora_strength_within_api",
            ),
        )

    def __str__(self) -> str:
        return f"{self.api_name} at {self.strength}"


class ChosenEmbedding(models.Model):
    TEAM_PATH = "project__team"
    PROJECT_PATH = "project"

    project = models.ForeignKey("stories.Project", models.CASCADE, related_name="embeddings")
    api_name = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("position", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("project", "api_name"), name="embedding_once_a_project"
            ),
        )

    def __str__(self) -> str:
        return self.api_name
