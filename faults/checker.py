"""Judges the evidence: nothing lost, doubled, orphaned, unexpected, stuck or going backwards."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, fields
from itertools import pairwise

from faults.evidence import Charge, Event, Evidence, SeenRender

UNDER_WAY = {"queued", "submitting", "waiting", "rendering", "saving"}
ENDS = {"ready", "failed", "cancelled", "unsure"}
# Where a state may lead, besides to itself. `ready` is the end of all ends. Only an answer that
# refuses for certain leads back to the queue, and only a task that turns up out of an end.
MAY_LEAD_TO = {
    "": {"queued"},
    "queued": {"submitting", "cancelled", "failed", "waiting"},
    "submitting": {"queued", "waiting", "unsure", "failed"},
    "waiting": {"rendering", "saving", "failed"},
    "rendering": {"saving", "failed"},
    "saving": {"ready", "failed"},
    "unsure": {"waiting", "saving", "cancelled"},
    "failed": {"waiting", "saving", "cancelled"},
    "cancelled": {"waiting", "saving"},
    "ready": set(),
}


@dataclass
class Verdict:
    """Each finding in words; all lists empty is a pass."""

    lost: list[str] = field(default_factory=list)
    double: list[str] = field(default_factory=list)
    orphan: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    regress: list[str] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)
    tracebacks: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return not any(getattr(self, each.name) for each in fields(self))

    def counts(self) -> dict[str, int]:
        return {each.name: len(getattr(self, each.name)) for each in fields(self)}

    def findings(self) -> list[str]:
        return [
            f"{each.name}: {words}" for each in fields(self) for words in getattr(self, each.name)
        ]


def judge(evidence: Evidence) -> Verdict:
    verdict = Verdict(damage=list(evidence.damage), tracebacks=list(evidence.tracebacks))
    by_story: dict[str, list[SeenRender]] = defaultdict(list)
    for render in evidence.renders:
        by_story[render.story].append(render)
    _lost(evidence, by_story, verdict)
    _double(evidence, verdict)
    _orphans(evidence, by_story, verdict)
    _unexpected(evidence, by_story, verdict)
    for render in evidence.renders:
        _history(render, verdict)
    return verdict


def _lost(evidence: Evidence, by_story: dict[str, list[SeenRender]], verdict: Verdict) -> None:
    """Find what was acknowledged or paid for and is neither there nor explained."""
    for story in sorted(evidence.acknowledged):
        if story not in by_story:
            verdict.lost.append(f"{story} was acknowledged and has no render")
    whole = _whole_takes(evidence, verdict)
    paid = {charge.task_id: charge for charge in evidence.charges}
    for render in evidence.renders:
        name = f"render {render.pk} of {render.story}"
        charge = paid.get(render.task_id or "")
        if render.state == "ready" and not whole[render.pk]:
            verdict.lost.append(f"{name} is ready without a whole take")
        elif render.state in ("failed", "unsure") and not (render.reason and render.message):
            verdict.lost.append(f"{name} is {render.state} without a reason")
        elif render.state == "failed" and charge and not charge.failed:
            verdict.lost.append(f"{name} was paid for and failed here alone: {render.reason}")
        elif render.state not in ENDS | UNDER_WAY:
            verdict.lost.append(f"{name} is {render.state!r}, which is no state")


def _whole_takes(evidence: Evidence, verdict: Verdict) -> Counter[int]:
    """Count the whole takes of each render; note those whose files are not."""
    whole: Counter[int] = Counter()
    for take in evidence.takes:
        same = (take.bytes, take.sha256) == (take.bytes_found, take.sha256_found)
        if same and not take.missing:
            whole[take.render] += 1
        else:
            what = "is missing" if take.bytes_found is None else "is not what was stored"
            verdict.lost.append(f"{take.file} of render {take.render} {what}")
    return whole


def _double(evidence: Evidence, verdict: Verdict) -> None:
    charged = Counter(charge.story for charge in evidence.charges)
    for story, count in sorted(charged.items()):
        asked = evidence.attempted.get(story, 0)
        if count > asked:
            verdict.double.append(f"{story} was asked for {asked} times and charged {count} times")


def _orphans(evidence: Evidence, by_story: dict[str, list[SeenRender]], verdict: Verdict) -> None:
    """Find charges that no render knows of.

    One whose answer was lost may stand behind a render that says that it may have been
    accepted: exactly one each, and only where no webhook could have told.
    """
    known = {render.task_id for render in evidence.renders if render.task_id}
    unknown: dict[str, list[Charge]] = defaultdict(list)
    for charge in evidence.charges:
        if charge.task_id not in known:
            unknown[charge.story].append(charge)
    for story, charges in sorted(unknown.items()):
        untold = [charge for charge in charges if not evidence.hooks or charge.hook_lost]
        seen = [
            render
            for render in by_story.get(story, [])
            if render.task_id is None and _says_unsure(render)
        ]
        for charge in [each for each in charges if each not in untold] + untold[len(seen) :]:
            verdict.orphan.append(f"task {charge.task_id} of {story} was charged, unknown to us")


def _says_unsure(render: SeenRender) -> bool:
    let_go = render.state == "cancelled" and Event("unsure", "cancelled") in render.events
    return render.state == "unsure" or let_go


def _unexpected(
    evidence: Evidence, by_story: dict[str, list[SeenRender]], verdict: Verdict
) -> None:
    for story, renders in sorted(by_story.items()):
        asked = evidence.attempted.get(story, 0)
        if len(renders) > asked:
            verdict.unexpected.append(f"{story}: {len(renders)} renders, asked for {asked} times")
    states = {render.pk: render.state for render in evidence.renders}
    takes = Counter(take.render for take in evidence.takes)
    for render, count in sorted(takes.items()):
        if states.get(render) != "ready":
            verdict.unexpected.append(f"render {render} is {states.get(render)} and has a take")
        elif count > 1:
            verdict.unexpected.append(f"render {render} has {count} takes")
    charged = {charge.task_id for charge in evidence.charges}
    for seen in evidence.renders:
        if seen.task_id and seen.task_id not in charged:
            verdict.unexpected.append(f"render {seen.pk} has a task that was never charged")
    verdict.unexpected.extend(f"{name} belongs to no take" for name in evidence.strays)


def _history(render: SeenRender, verdict: Verdict) -> None:
    """Find renders that have not come to an end, and steps that none may take."""
    name = f"render {render.pk} of {render.story}"
    if render.state in UNDER_WAY:
        verdict.stuck.append(f"{name} is still {render.state} {render.reason}".rstrip())
    elif render.leased:
        verdict.stuck.append(f"{name} is {render.state} and still leased")
    for event in render.events:
        if event.from_state != event.to_state and event.to_state not in MAY_LEAD_TO.get(
            event.from_state, set()
        ):
            verdict.regress.append(
                f"{name} went from {event.from_state or 'nothing'} to {event.to_state}"
            )
    for before, after in pairwise(render.events):
        if before.to_state != after.from_state:
            verdict.regress.append(f"{name} was {before.to_state}, then left {after.from_state}")
    if render.events and render.events[-1].to_state != render.state:
        verdict.regress.append(
            f"{name} is {render.state}, its log says {render.events[-1].to_state}"
        )
