"""What the faulty service does to each request: chances, drawn with a seed."""

from __future__ import annotations

import json
import random
from dataclasses import asdict, dataclass, field, fields

# How a submission goes wrong, and whether it is charged all the same.
SUBMIT_FAULTS: tuple[tuple[str, dict[str, object]], ...] = (
    ("reset", {"charge": True}),
    ("reset", {"charge": False}),
    ("error", {"status": 500, "charge": True}),
    ("error", {"status": 502, "charge": False}),
    ("error", {"status": 504, "charge": True}),
    ("garbage", {"kind": "html"}),
    ("garbage", {"kind": "cut"}),
    ("garbage", {"kind": "no_task"}),
    ("garbage", {"kind": "empty"}),
)
POLL_FAULTS: tuple[tuple[str, dict[str, object]], ...] = (
    ("reset", {}),
    ("error", {"status": 500}),
    ("error", {"status": 503}),
    ("rate_limit", {"after": 1}),
    ("garbage", {"kind": "html"}),
    ("garbage", {"kind": "cut"}),
)
DOWNLOAD_FAULTS: tuple[tuple[str, dict[str, object]], ...] = (
    ("reset", {}),
    ("expired", {}),
    ("truncated", {"share": 0.6}),
    ("html_as_video", {}),
    ("empty", {}),
    ("no_length_cut", {}),
    ("error", {"status": 500}),
)


@dataclass(frozen=True)
class Weather:
    """Chances from 0 to 1, and seconds. As it stands, every request is answered well."""

    submit: float = 0.0
    poll: float = 0.0
    download: float = 0.0
    # Submissions that are told to wait; nothing is charged.
    rate_limit: float = 0.0
    # Tasks that end as failed by the service's own word.
    fail: float = 0.0
    # Up to so many seconds pass before a request is looked at, and before it is answered.
    before: float = 0.0
    after: float = 0.0
    link_seconds: float = 3600.0
    polls_until_done: int = 1
    # Seconds from the charge to the first webhook, least and most; none are sent without.
    hooks: tuple[float, float] | None = field(default=None)
    hook_twice: float = 0.0
    hook_attempt_lost: float = 0.0
    # Tasks of which no webhook ever arrives.
    hook_lost: float = 0.0

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Weather:
        given = json.loads(text)
        if given.get("hooks"):
            given["hooks"] = tuple(given["hooks"])
        return cls(**{each.name: given[each.name] for each in fields(cls) if each.name in given})

    def draw(self, kind: str, dice: random.Random) -> tuple[str, dict[str, object]] | None:
        """Return the fault that befalls one request of this kind, or None."""
        if kind == "submit" and dice.random() < self.rate_limit:
            return "rate_limit", {"after": 1}
        chance, faults = {
            "submit": (self.submit, SUBMIT_FAULTS),
            "poll": (self.poll, POLL_FAULTS),
            "download": (self.download, DOWNLOAD_FAULTS),
        }.get(kind, (0.0, ()))
        return dice.choice(faults) if faults and dice.random() < chance else None
