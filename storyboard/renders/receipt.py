"""What is known of how a take was made, when, and what it cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from storyboard.renders.models import Render, Take
from storyboard.renders.states import State


@dataclass(frozen=True)
class Receipt:
    """Times are None where nothing was written down of them."""

    render: Render
    waited: timedelta | None
    rendered: timedelta | None


def receipt_of(take: Take) -> Receipt:
    """Read the render's log; return how long it waited at the service, and was rendered there."""
    render = take.render
    entered: dict[str, datetime] = {}
    for state, at in render.events.order_by("pk").values_list("to_state", "at"):
        entered.setdefault(state, at)
    sent, begun = render.submitted_at, entered.get(State.RENDERING)
    ended = entered.get(State.SAVING) or render.finished_at
    start = begun or ended
    return Receipt(
        render,
        waited=start - sent if sent and start and start >= sent else None,
        rendered=ended - begun if begun and ended and ended >= begun else None,
    )
