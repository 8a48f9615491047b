"""The catalogue: the checkpoints, LoRAs and embeddings that the service offers."""

from __future__ import annotations

from datetime import datetime

from django.db import models

# How the base models that this API renders with begin.
SD_1 = "SD 1"


class Kind(models.TextChoices):
    CHECKPOINT = "checkpoint", "Checkpoint"
    LORA = "lora", "LoRA"
    EMBEDDING = "embedding", "Embedding"


class CatalogueEntryQuerySet(models.QuerySet["CatalogueEntry"]):
    def offered(self, engine: str, kind: str) -> CatalogueEntryQuerySet:
        """Keep what a look may choose: SD 1.x, available now, at this engine's address."""
        return self.filter(engine=engine, kind=kind, available=True, base_model__istartswith=SD_1)

    def matching(self, words: str) -> CatalogueEntryQuerySet:
        """Keep the entries whose name, tags or technical name hold every word given."""
        found = self
        for word in words.lower().split():
            found = found.filter(search__contains=word)
        return found

    def wanting_covers(self, engine: str, ranks: int) -> CatalogueEntryQuerySet:
        """Keep the entries among the first `ranks` of each kind whose cover nobody fetched yet."""
        return self.filter(
            engine=engine, available=True, cover_tried_at=None, rank__lt=ranks
        ).exclude(cover="")


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
    # The place in the service's own order, 0 and up, for each kind.
    rank = models.PositiveIntegerField(default=0)
    # Everything that a search looks in, in lower case.
    search = models.TextField(blank=True)
    # The name of our small copy of the cover, once there is one.
    cover_file = models.CharField(max_length=80, blank=True)
    cover_tried_at = models.DateTimeField(null=True, blank=True)

    objects = CatalogueEntryQuerySet.as_manager()

    class Meta:
        ordering = ("rank", "name", "pk")
        indexes = (
            models.Index(
                fields=("engine", "rank"),
                name="entry_wanting_cover",
                condition=models.Q(cover_tried_at=None, available=True),
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("engine", "kind", "api_name"), name="entry_once_an_engine"
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def offered(self) -> bool:
        return self.available and self.base_model.lower().startswith(SD_1.lower())

    @property
    def letter(self) -> str:
        """What stands in for a cover: the first letter or digit of the name."""
        return next((sign for sign in self.name if sign.isalnum()), "?").upper()

    @classmethod
    def fields_to_update(cls) -> tuple[str, ...]:
        return (
            *("name", "sd_name", "base_model", "tags", "cover"),
            *("available", "seen_at", "rank", "search"),
        )


class CatalogueRefresh(models.Model):
    """One row an engine: when its catalogue was last read whole, and when it is due again."""

    engine = models.CharField(max_length=200, primary_key=True)
    due_at = models.DateTimeField()
    # Tries in a row that did not get through.
    failures = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.engine

    @classmethod
    def known(cls, engine: str) -> bool:
        """Whether this engine's catalogue was ever read whole: absence means nothing before."""
        return cls.objects.filter(engine=engine, finished_at__isnull=False).exists()

    @classmethod
    def claim(cls, engine: str, at: datetime, until: datetime) -> bool:
        """Take the refresh that is due, so that of many pollers one does it."""
        cls.objects.get_or_create(engine=engine, defaults={"due_at": at})
        return bool(cls.objects.filter(engine=engine, due_at__lte=at).update(due_at=until))
