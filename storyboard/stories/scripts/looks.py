"""The look that a request carries, checked before it may become a story's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import copy
from typing import Any

from django.core.exceptions import ValidationError

from storyboard.novita import limits
from storyboard.stories.models import Project
from storyboard.stories.scripts.passages import Unreadable
from storyboard.stories.stored import LOOK

REFUSED = "The look in this request breaks a rule of the service. Import the scenes without it."


# What a request that names its checkpoint means by leaving these out.
UNSET: dict[str, Any] = {
    "negative_prompt": "",
    "clip_skip": None,
    "closed_loop": False,
    "dedicated_endpoint": False,
    "loras": [],
    "embeddings": [],
}


def carried(look: Mapping[str, Any]) -> str:
    """Return a look as the preview's form carries it; a whole one with what it leaves out."""
    return json.dumps(UNSET | dict(look) if "checkpoint" in look else look)


def checked(text: str, project: Project) -> dict[str, Any]:
    """Return the look by key, as `history.write_look` takes it; raise Unreadable."""
    try:
        look = json.loads(text)
        loras, embeddings = look.pop("loras", None), look.pop("embeddings", None)
        unknown = set(look) - set(LOOK)
        if unknown:
            raise ValueError(f"unknown settings: {unknown}")
        changed = copy(project)
        for name, value in look.items():
            setattr(changed, name, value)
        # Null where it may be null is what it says; Django would ask for a value.
        given_values = {name for name, value in look.items() if value is not None}
        others = {field.name for field in Project._meta.fields} - given_values
        changed.clean_fields(exclude=others)
        changed.validate_constraints()
        given = {f"look.{name}": getattr(changed, name) for name in look}
        if loras is not None:
            given["loras"] = _loras(loras)
        if embeddings is not None:
            given["embeddings"] = _names(embeddings, limits.EMBEDDINGS_MAX)
    except (ValidationError, ValueError, TypeError, AttributeError, RecursionError) as exc:
        raise Unreadable(REFUSED) from exc
    return given


def _loras(rows: list[Any]) -> list[list[Any]]:
    names = _names([name for name, _ in rows], limits.LORAS_MAX)
    strengths = [float(strength) for _, strength in rows]
    if not all(limits.STRENGTH_MIN <= one <= limits.STRENGTH_MAX for one in strengths):
        raise ValueError("a strength is out of its range")
    return [list(pair) for pair in zip(names, strengths, strict=True)]


def _names(names: list[Any], most: int) -> list[str]:
    sound = all(
        isinstance(name, str) and 0 < len(name) <= 200 and "\0" not in name for name in names
    )
    if not sound or len(names) > most or len(set(names)) < len(names):
        raise ValueError("names are missing, too many or double")
    return names
