"""Rows that tell what was done: they are added, and neither changed nor deleted afterwards."""

from __future__ import annotations

from typing import Any

from django.db import models


class AppendOnlyQuerySet(models.QuerySet[Any]):
    def update(self, **values: object) -> int:
        raise TypeError("what was done is not changed afterwards")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("what was done is not deleted")


class AppendOnly(models.Model):
    """Goes with the rows that it belongs to, and in no other way."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: object, **kwargs: object) -> None:
        if self.pk is not None:
            raise TypeError("what was done is not changed afterwards")
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def delete(self, *args: object, **kwargs: object) -> tuple[int, dict[str, int]]:
        raise TypeError("what was done is not deleted")
