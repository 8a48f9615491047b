"""What the service's webhooks told us: tasks to look into, believed only once we have asked."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models

# Tasks that one render's address may name before it is told to stop.
TASKS_MAX = 8
# How often, and for how long, a task is asked for that nobody waits for any more.
SELDOM = timedelta(minutes=10)
SELDOM_FOR = timedelta(hours=24)


class HookQuerySet(models.QuerySet["Hook"]):
    def note(self, render: int, task_id: str, at: datetime) -> None:
        """Write down that this task may be the render's; once, however often it is told."""
        hook = Hook(render_id=render, task_id=task_id, at=at, due_at=at)
        self.bulk_create([hook], ignore_conflicts=True)

    def ask_later(self, render: int, task_id: str, at: datetime) -> None:
        """Have the poller ask seldom for a task that nobody waits for, also one told before."""
        self.note(render, task_id, at)
        self.filter(render=render, task_id=task_id).update(due_at=at + SELDOM, tries=0)

    def claim(self, at: datetime, lease: timedelta) -> Hook | None:
        """Take the hook that has waited longest; it is due again after `lease`."""
        due = self.filter(due_at__lte=at).order_by("due_at", "pk")
        for hook in due.select_related("render")[:5]:
            if self.filter(pk=hook.pk, due_at=hook.due_at).update(due_at=at + lease):
                return hook
        return None


class Hook(models.Model):
    """One task that was named at a render's secret address, and what came of asking for it."""

    render = models.ForeignKey("renders.Render", models.CASCADE, related_name="hooks")
    task_id = models.CharField(max_length=200)
    at = models.DateTimeField()
    # When the poller looks into it; null once nothing is left to do.
    due_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=60, blank=True)

    objects = HookQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        indexes = (
            models.Index(
                fields=("due_at",), condition=models.Q(due_at__isnull=False), name="hook_due"
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=("render", "task_id"), name="hook_once_a_task"),
        )

    def __str__(self) -> str:
        return f"Task {self.task_id} of render {self.render_id}"

    def settle(self, outcome: str) -> None:
        """Have done with it: the same task told again has no effect."""
        Hook.objects.filter(pk=self.pk).update(due_at=None, outcome=outcome[:60])

    def postpone(self, until: datetime, outcome: str) -> None:
        """Look into it again at `until`."""
        tries = min(self.tries + 1, 999)
        Hook.objects.filter(pk=self.pk).update(due_at=until, tries=tries, outcome=outcome[:60])
