"""Rows of a service's model list, and a catalogue already read from them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from storyboard.looks.models import CatalogueEntry, CatalogueRefresh, Kind


def row(sd_name_in_api: str, **changes: Any) -> dict[str, Any]:
    """Return a row of the model list, as the service's pages show it."""
    return {
        "id": 1,
        "name": sd_name_in_api.title(),
        "sd_name": f"{sd_name_in_api}.safetensors",
        "sd_name_in_api": sd_name_in_api,
        "type": {"name": "lora", "display_name": "LoRA"},
        "base_model": "SD 1.5",
        "status": 1,
        "tags": [],
        "categories": [],
        "cover_url": "",
        "is_sdxl": False,
        **changes,
    }


def offer(engine: str, kind: Kind, *names: str, at: datetime, **changes: Any) -> None:
    """Put models into the catalogue as a refresh at that time would have."""
    for rank, name in enumerate(names):
        CatalogueEntry.objects.create(
            engine=engine,
            kind=kind,
            name=name.title(),
            api_name=name,
            seen_at=at,
            rank=rank,
            search=f"{name.title()} {name}".lower(),
            **{"base_model": "SD 1.5", **changes},
        )
    CatalogueRefresh.objects.update_or_create(
        engine=engine, defaults={"due_at": at, "finished_at": at}
    )
