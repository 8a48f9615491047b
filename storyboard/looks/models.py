"""The catalogue: the checkpoints, LoRAs and embeddings that the service offers."""

from __future__ import annotations

from django.db import models


class Kind(models.TextChoices):
    CHECKPOINT = "checkpoint", "Checkpoint"
    LORA = "lora", "LoRA"
    EMBEDDING = "embedding", "Embedding"


class CatalogueEntryQuerySet(models.QuerySet["CatalogueEntry"]):
    def offered(self, engine: str, kind: str) -> CatalogueEntryQuerySet:
        """Keep what a look may choose: SD 1.x, available now, at this engine's address."""
        return self.filter(
            engine=engine, kind=kind, available=True, base_model__istartswith="SD 1"
        )


class CatalogueEntry(models.Model):
    # The base address that offers it: two engines may offer different models by one name.
    engine = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=200)
    sd_name = models.CharField(max_length=200, blank=True)
    # What a request names: `sd_name` for a checkpoint (else `sd_name_in_api`), and
    # `sd_name_in_api` for LoRAs and embeddings (novita-api.md, sections 1 and 4).
    api_name = models.CharField(max_length=200)
    base_model = models.CharField(max_length=60, blank=True)
    tags = models.JSONField(default=list)
    cover = models.URLField(max_length=500, blank=True)
    available = models.BooleanField(default=True)
    seen_at = models.DateTimeField()

    objects = CatalogueEntryQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("engine", "kind", "api_name"), name="entry_once_an_engine"
            ),
        )

    def __str__(self) -> str:
        return self.name
