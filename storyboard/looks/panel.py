"""A look as it is shown: what was chosen, joined to what the catalogue knows of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import FloatField, Q, Value

from storyboard.looks.choosing import SETTINGS
from storyboard.looks.forms import LookForm
from storyboard.looks.models import CatalogueEntry, Kind
from storyboard.novita import limits
from storyboard.people.access import Ability
from storyboard.stories.models import ChosenEmbedding, ChosenLora, Project


@dataclass
class Card:
    """One chosen model: `row` is None for the checkpoint, `entry` for a name nobody knows."""

    kind: Kind
    api_name: str
    entry: CatalogueEntry | None
    # The service no longer offers it; it stays chosen until somebody chooses otherwise.
    vanished: bool
    row: ChosenLora | ChosenEmbedding | None = None
    # What was typed as its strength and not stored, and why.
    typed: str | None = None
    error: str = ""

    @property
    def name(self) -> str:
        return self.entry.name if self.entry else self.api_name

    @property
    def letter(self) -> str:
        return self.entry.letter if self.entry else (self.api_name[:1] or "?").upper()


@dataclass
class Look:
    checkpoint: Card
    loras: list[Card]
    embeddings: list[Card]

    @property
    def cards(self) -> list[Card]:
        return [self.checkpoint, *self.loras, *self.embeddings]


def look_of(project: Project) -> Look:
    """Return a project's look, in two queries."""
    loras, embeddings = _chosen(project)
    names = {project.checkpoint, *(row.api_name for row in loras)}
    names |= {row.api_name for row in embeddings}
    engine = project.team.account.address
    listed = CatalogueEntry.objects.filter(engine=engine)
    any_one = listed.filter(available=True).order_by().values("pk")[:1]
    rows = list(listed.filter(Q(api_name__in=names) | Q(pk__in=any_one)))
    entries = {(entry.kind, entry.api_name): entry for entry in rows}
    # A service that lists nothing at all has no list: nothing is held against a look there.
    known = any(entry.available for entry in rows)

    def card(kind: Kind, api_name: str, row: ChosenLora | ChosenEmbedding | None = None) -> Card:
        entry = entries.get((kind, api_name))
        vanished = known and not (entry and entry.offered)
        return Card(kind, api_name, entry, vanished, row)

    return Look(
        card(Kind.CHECKPOINT, project.checkpoint),
        [card(Kind.LORA, row.api_name, row) for row in loras],
        [card(Kind.EMBEDDING, row.api_name, row) for row in embeddings],
    )


def _chosen(project: Project) -> tuple[list[ChosenLora], list[ChosenEmbedding]]:
    """Return the LoRAs and the embeddings of a project, in one query for both."""
    columns = ("lora", "position", "pk", "api_name", "strength")
    loras = project.loras.order_by().annotate(lora=Value(True))
    embeddings = project.embeddings.order_by().annotate(
        lora=Value(False), strength=Value(None, FloatField(null=True))
    )
    rows = sorted(loras.values_list(*columns).union(embeddings.values_list(*columns), all=True))
    return (
        [
            ChosenLora(pk=pk, project=project, api_name=name, strength=strength, position=place)
            for lora, place, pk, name, strength in rows
            if lora
        ],
        [
            ChosenEmbedding(pk=pk, project=project, api_name=name, position=place)
            for lora, place, pk, name, _ in rows
            if not lora
        ],
    )


def look_context(
    project: Project,
    *,
    form: LookForm | None = None,
    seen: dict[str, Any] | None = None,
    opened: bool = False,
    notice: str = "",
    strength: tuple[int, str, str] | None = None,
) -> dict[str, Any]:
    """Return what `looks/_look.html` shows; `project` comes from `access.find`.

    `form` holds settings that were refused, `seen` what the page has of the settings where that
    is not what is stored, `strength` a LoRA's number with what was typed as
    its strength and why it was refused, `notice` says why nothing was chosen.
    """
    form = form or LookForm(instance=project, auto_id="look-%s")
    seen = {name: getattr(project, name) for name in SETTINGS} | (seen or {})
    look = look_of(project)
    for card in look.loras:
        if strength and card.row and card.row.pk == strength[0]:
            _, card.typed, card.error = strength
    return {
        "project": project,
        "look": look,
        "look_form": form,
        # Each field beside what the page has of it, for the next save to say what it saw.
        "look_fields": [(form[name], _as_text(seen[name])) for name in SETTINGS],
        "look_opened": opened or form.is_bound,
        "look_notice": notice,
        "can_edit": Ability.EDIT in project.abilities,
        "limits": limits,
    }


def _as_text(value: object) -> str:
    return "" if value is None else str(value)
