"""Changing a look: each verb holds the project's row lock, so that no race breaks a limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import models, transaction

from storyboard.looks.models import CatalogueEntry, Kind
from storyboard.novita import limits
from storyboard.stories.models import ChosenEmbedding, ChosenLora, Project
from storyboard.stories.revisions import record
from storyboard.stories.stored import SETTINGS as SETTINGS
from storyboard.stories.stored import look_as_stored

NEW_STRENGTH = 0.7


class CannotChoose(Exception):
    """Refused, with nothing stored; its words say why."""


class Clash(Exception):
    """Refused, with nothing stored: others changed these fields since the page was made."""

    def __init__(self, fields: list[str]) -> None:
        super().__init__(", ".join(fields))
        self.fields = fields


@contextmanager
def changing(project: Project) -> Iterator[None]:
    """Hold the project's row lock; write down the change, or store nothing when it is refused."""
    with transaction.atomic():
        Project.objects.select_for_update().only("pk").get(pk=project.pk)
        before = look_as_stored(project)
        yield
        after = look_as_stored(project)
        record(project, {key: [before[key], after[key]] for key in after})
        project.touch()


def write_settings(project: Project, typed: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    """Store the settings that were touched; `before` is what the page had of them.

    Raises Clash where somebody else stored another value meanwhile.
    """
    if typed:
        with changing(project):
            row = Project.objects.only(*typed).get(pk=project.pk)
            clashes = [
                name for name in typed if getattr(row, name) not in (before[name], typed[name])
            ]
            if clashes:
                raise Clash(clashes)
            Project.objects.filter(pk=project.pk).update(**typed)
    project.refresh_from_db(fields=SETTINGS)


def choose_checkpoint(project: Project, api_name: str) -> None:
    """Raises CannotChoose for a checkpoint that the service does not offer."""
    _must_be_offered(project, Kind.CHECKPOINT, api_name)
    with changing(project):
        Project.objects.filter(pk=project.pk).update(checkpoint=api_name)
    project.checkpoint = api_name


def add_lora(project: Project, api_name: str) -> None:
    """Raises CannotChoose for a LoRA not offered, chosen already, or one too many."""
    _must_be_offered(project, Kind.LORA, api_name)
    with changing(project):
        position = _room_for(project.loras.all(), api_name, limits.LORAS_MAX, "LoRAs")
        project.loras.create(api_name=api_name, position=position, strength=NEW_STRENGTH)


def add_embedding(project: Project, api_name: str) -> None:
    """Raises CannotChoose for an embedding not offered, chosen already, or one too many."""
    _must_be_offered(project, Kind.EMBEDDING, api_name)
    with changing(project):
        position = _room_for(
            project.embeddings.all(), api_name, limits.EMBEDDINGS_MAX, "embeddings"
        )
        project.embeddings.create(api_name=api_name, position=position)


def set_strength(lora: ChosenLora, strength: float) -> None:
    with changing(lora.project):
        ChosenLora.objects.filter(pk=lora.pk).update(strength=strength)


def take_out(row: ChosenLora | ChosenEmbedding) -> None:
    with changing(row.project):
        row.delete()


def _must_be_offered(project: Project, kind: Kind, api_name: str) -> None:
    offered = CatalogueEntry.objects.offered(project.team.account.address, kind)
    # Not every database can hold a NUL to compare with.
    if "\0" in api_name or not offered.filter(api_name=api_name).exists():
        raise CannotChoose(f"The service does not offer this {kind.label}. Choose another.")


def _room_for(rows: models.QuerySet[Any], api_name: str, most: int, plural: str) -> int:
    """Return the position of one more row, asked under the project's lock."""
    chosen = list(rows.values_list("api_name", "position"))
    if any(name == api_name for name, _ in chosen):
        raise CannotChoose("It is part of this look already.")
    if len(chosen) >= most:
        raise CannotChoose(f"A look has at most {most} {plural}. Take one out first.")
    return max((position for _, position in chosen), default=-1) + 1
