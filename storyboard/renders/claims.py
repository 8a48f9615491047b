"""Which renders there are to move, and taking one without anyone else taking it too."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection, models, transaction
from django.db.models.fields.json import KT

from storyboard.renders.states import UNDER_WAY, State

if TYPE_CHECKING:
    from storyboard.renders.models import Render


class RenderQuerySet(models.QuerySet["Render"]):
    def under_way(self) -> RenderQuerySet:
        return self.filter(state__in=UNDER_WAY)

    def unsure(self) -> RenderQuerySet:
        return self.filter(state=State.UNSURE)

    def with_steps(self) -> RenderQuerySet:
        """Read with each row the steps that it asks for, as `asked_steps`: the request stays."""
        return self.annotate(asked_steps=KT("request__steps")).defer("request")

    def due(self, at: datetime) -> RenderQuerySet:
        """Keep what a poller may move now, the longest waiting first."""
        free = models.Q(lease_until=None) | models.Q(lease_until__lt=at)
        return self.under_way().filter(free, next_step_at__lte=at).order_by("next_step_at", "pk")

    def claim(self, owner: str, at: datetime, lease: timedelta) -> Render | None:
        """Lease the render that has waited longest, or return None when nothing is due.

        The lease is in the name of `owner` and of this claim alone: a step that slept past
        its lease cannot write even when the same poller claimed the render again.
        """
        name = f"{owner}/{secrets.token_hex(4)}"
        if connection.features.has_select_for_update_skip_locked:
            return self._claim_unlocked(name, at, lease)
        for pk in self.due(at).values_list("pk", flat=True)[:10]:
            if self.due(at).filter(pk=pk).update(lease_owner=name, lease_until=at + lease):
                return self.get(pk=pk)
        return None

    def _claim_unlocked(self, name: str, at: datetime, lease: timedelta) -> Render | None:
        """Pass over what another poller is claiming this moment, instead of waiting for it."""
        with transaction.atomic():
            rows = self.due(at).select_for_update(skip_locked=True, of=("self",))
            pk = rows.values_list("pk", flat=True).first()
            if pk is None:
                return None
            self.filter(pk=pk).update(lease_owner=name, lease_until=at + lease)
        return self.get(pk=pk)
