"""Reading a JSON object field by field, with every field of the wrong type named."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a request: the field as the API names it, and why."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


class Reader:
    """Reads one JSON object, noting what has the wrong type instead of stopping at it."""

    def __init__(self, body: object, where: str, problems: list[Problem] | None = None) -> None:
        self.where = where
        self.problems: list[Problem] = [] if problems is None else problems
        self.body: Mapping[str, Any] = body if isinstance(body, dict) else {}
        if not isinstance(body, dict):
            self.problems.append(Problem(where.rstrip(".") or "body", "must be an object"))

    def note(self, name: str, message: str) -> None:
        self.problems.append(Problem(self.where + name, message))

    def value(self, name: str, required: bool) -> Any:
        value = self.body.get(name)
        if value is None and required:
            self.note(name, "is required")
        return value

    def text(self, name: str, *, required: bool = False) -> str:
        value = self.value(name, required)
        if value is None:
            return ""
        if isinstance(value, str):
            return value
        self.note(name, "must be a string")
        return ""

    def whole(self, name: str, *, required: bool = False) -> int | None:
        value = self.value(name, required)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, float) and value.is_integer():
            return int(value)
        self.note(name, "must be a whole number")
        return None

    def whole_or(self, name: str, default: int) -> int:
        value = self.whole(name)
        return default if value is None else value

    def number(self, name: str, default: float | None) -> float:
        """Read a finite number; a default of None makes it required."""
        value = self.value(name, required=default is None)
        if value is None:
            return default or 0.0
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            try:
                if math.isfinite(value):
                    return float(value)
            except OverflowError:
                pass
        self.note(name, "must be a number")
        return default or 0.0

    def flag(self, name: str) -> bool:
        value = self.body.get(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        self.note(name, "must be true or false")
        return False

    def part(self, name: str) -> Reader:
        value = self.body.get(name)
        return Reader({} if value is None else value, f"{self.where}{name}.", self.problems)

    def rows(self, name: str, *, required: bool = False) -> list[Reader]:
        value = self.value(name, required)
        if value is None:
            return []
        if not isinstance(value, list):
            self.note(name, "must be a list")
            return []
        return [
            Reader(row, f"{self.where}{name}[{number}].", self.problems)
            for number, row in enumerate(value)
        ]
