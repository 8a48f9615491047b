"""The built-in engine's own queue; nothing else reads it.

A task goes QUEUED → PROCESSING → SUCCEED or FAILED, each move one conditional UPDATE. Time
comes in as an argument.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import F, Sum

from storyboard.novita.types import TextToVideo

REASON_MAX = 300


class TaskState(models.TextChoices):
    # The API's own status words (novita-api.md, section 2), stored as they are served.
    QUEUED = "TASK_STATUS_QUEUED"
    PROCESSING = "TASK_STATUS_PROCESSING"
    SUCCEED = "TASK_STATUS_SUCCEED"
    FAILED = "TASK_STATUS_FAILED"


class EngineTaskQuerySet(models.QuerySet["EngineTask"]):
    def queued(self) -> EngineTaskQuerySet:
        return self.filter(state=TaskState.QUEUED).order_by("pk")

    def claim(self, at: datetime) -> EngineTask | None:
        """Start the task that has waited longest; None when nothing waits."""
        for pk in self.queued().values_list("pk", flat=True)[:10]:
            won = self.filter(pk=pk, state=TaskState.QUEUED).update(
                state=TaskState.PROCESSING, started_at=at, attempts=F("attempts") + 1
            )
            if won:
                return self.get(pk=pk)
        return None

    def put_back(self) -> int:
        """Queue again whatever was under way when the engine ended; return how many."""
        return self.filter(state=TaskState.PROCESSING).update(
            state=TaskState.QUEUED, started_at=None
        )

    def work_before(self, task: EngineTask) -> float:
        """Megapixel-frames that are queued before `task`."""
        found = self.queued().filter(pk__lt=task.pk).aggregate(total=Sum("work"))
        return float(found["total"] or 0.0)


class EngineTask(models.Model):
    task_id = models.CharField(max_length=64, unique=True)
    request = models.JSONField()
    state = models.CharField(max_length=24, choices=TaskState, default=TaskState.QUEUED)
    reason = models.CharField(max_length=REASON_MAX, blank=True)
    # 0..100, once it has ended; while it is drawn the engine knows better.
    progress = models.PositiveSmallIntegerField(default=0)
    seed = models.BigIntegerField()
    # Name below settings.ENGINE_ROOT, once whole.
    file = models.CharField(max_length=200, blank=True)
    # Frames times megapixels: what drawing time is reckoned by.
    work = models.FloatField(default=0)
    # Times it was begun: one that ends the drawing process each time is given up.
    attempts = models.PositiveSmallIntegerField(default=0)
    # The address by which the client reached the engine; a webhook's links start with it.
    base_url = models.CharField(max_length=300, blank=True)
    submitted_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = EngineTaskQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        indexes = (models.Index(fields=("state", "id"), name="engine_task_queue"),)

    def __str__(self) -> str:
        return f"{self.task_id}: {self.state}"

    @property
    def ended(self) -> bool:
        return self.state in {TaskState.SUCCEED, TaskState.FAILED}

    def text_to_video(self) -> TextToVideo:
        return TextToVideo.from_json(self.request)

    def succeed(self, file: str, at: datetime) -> bool:
        """End with a whole file; False when the task had been taken away meanwhile."""
        return self._end(state=TaskState.SUCCEED, file=file, progress=100, at=at)

    def fail(self, reason: str, at: datetime, *, progress: int = 0) -> bool:
        """End with a reason; False when the task had been taken away meanwhile."""
        return self._end(
            state=TaskState.FAILED, reason=reason[:REASON_MAX], progress=progress, at=at
        )

    def put_back(self) -> bool:
        """Queue the task again, with its place in the order kept."""
        mine = EngineTask.objects.filter(pk=self.pk)
        return bool(mine.put_back())

    def _end(self, *, at: datetime, **changes: object) -> bool:
        with transaction.atomic():
            moved = EngineTask.objects.filter(pk=self.pk, state=TaskState.PROCESSING).update(
                finished_at=at, **changes
            )
            if moved:
                self.announce(at)
        return bool(moved)

    def announce(self, at: datetime) -> None:
        """Note that the end of this task is to be told to the address the request names."""
        webhook = self.request.get("extra", {}).get("webhook")
        if webhook:
            EngineWebhook.objects.create(task=self, url=webhook["url"], next_at=at)


class EngineWebhookQuerySet(models.QuerySet["EngineWebhook"]):
    def claim(self, at: datetime, lease: timedelta) -> EngineWebhook | None:
        """Take the event that is due longest, for `lease`; None when nothing is due.

        An event that its teller never settles (the engine was killed) is due again after that.
        """
        due = self.filter(settled_at=None, next_at__lte=at).order_by("next_at", "pk")
        for webhook in due.select_related("task")[:10]:
            mine = self.filter(pk=webhook.pk, settled_at=None, next_at=webhook.next_at)
            if mine.update(next_at=at + lease, attempts=F("attempts") + 1):
                webhook.attempts += 1
                return webhook
        return None

    def next_due(self) -> datetime | None:
        waiting = self.filter(settled_at=None).order_by("next_at")
        return waiting.values_list("next_at", flat=True).first()


class EngineWebhook(models.Model):
    """One event on its way; a row stays until its task is pruned."""

    task = models.ForeignKey(EngineTask, on_delete=models.CASCADE, related_name="webhooks")
    url = models.TextField()
    # Times it was sent, the first included.
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    # Delivered, refused or given up: nothing more will be sent.
    settled_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=200, blank=True)

    objects = EngineWebhookQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(
                fields=("next_at",),
                name="engine_webhook_due",
                condition=models.Q(settled_at=None),
            ),
        )

    def __str__(self) -> str:
        return f"{self.task_id}: {self.attempts} sent"

    def settle(self, outcome: str, at: datetime) -> None:
        EngineWebhook.objects.filter(pk=self.pk).update(settled_at=at, outcome=outcome[:200])

    def postpone(self, outcome: str, until: datetime) -> None:
        EngineWebhook.objects.filter(pk=self.pk, settled_at=None).update(
            next_at=until, outcome=outcome[:200]
        )
