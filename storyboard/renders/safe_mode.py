"""Safe mode: after a restore nothing is sent until a person confirms.

What waits in a restored queue may have been sent, and paid for, after the backup was made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from storyboard.renders.models import Render


class SafeModeQuerySet(models.QuerySet["SafeMode"]):
    def current(self) -> SafeMode | None:
        return self.filter(active=True).first()

    def holds(self, render: Render) -> bool:
        """Whether this render must not be sent.

        To be asked inside the transaction that would send it: a release waits for its end.
        """
        if not self.select_for_update().filter(active=True).exists():
            return False
        return not Pass.objects.filter(render=render.pk).exists()


class SafeMode(models.Model):
    """One time of holding back; at most one is active."""

    since = models.DateTimeField()
    why = models.CharField(max_length=200)
    # When the backup that was restored had been made.
    copy_of = models.DateTimeField(null=True)
    active = models.BooleanField(default=True)
    released_at = models.DateTimeField(null=True)
    # Null as well when it was released on the command line.
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    objects = SafeModeQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("active",), condition=models.Q(active=True), name="safe_mode_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.why} since {self.since:%Y-%m-%d %H:%M}"


class Pass(models.Model):
    """A person's word that one held render may be sent."""

    render = models.OneToOneField("renders.Render", models.CASCADE, related_name="+")
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Render {self.render_id} may be sent"
