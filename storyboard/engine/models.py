"""The built-in engine's own queue; nothing else reads it."""

from __future__ import annotations

from django.db import models


class TaskState(models.TextChoices):
    # The API's own status words (novita-api.md, section 2), stored as they are served.
    QUEUED = "TASK_STATUS_QUEUED"
    PROCESSING = "TASK_STATUS_PROCESSING"
    SUCCEED = "TASK_STATUS_SUCCEED"
    FAILED = "TASK_STATUS_FAILED"


class EngineTask(models.Model):
    task_id = models.CharField(max_length=64, unique=True)
    request = models.JSONField()
    state = models.CharField(max_length=24, choices=TaskState, default=TaskState.QUEUED)
    reason = models.CharField(max_length=300, blank=True)
    # 0..100, true frames drawn of frames asked for.
    progress = models.PositiveSmallIntegerField(default=0)
    seed = models.BigIntegerField()
    # Name below settings.ENGINE_ROOT, once whole.
    file = models.CharField(max_length=200, blank=True)
    submitted_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("pk",)
        indexes = (models.Index(fields=("state", "id"), name="engine_task_queue"),)

    def __str__(self) -> str:
        return f"{self.task_id}: {self.state}"
