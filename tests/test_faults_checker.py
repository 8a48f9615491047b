"""The checker of `make faults` can fail: one made-up fault of each kind, each named."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from faults.checker import judge
from faults.evidence import Charge, Event, Evidence, SeenRender, SeenTake
from faults.house import ends_of_tracebacks

PATH = ("", "queued", "submitting", "waiting", "rendering", "saving", "ready")


def path(*states: str) -> tuple[Event, ...]:
    """Return the log of a render that went this way."""
    return tuple(Event(a, b) for a, b in pairwise(states))


def whole(render: int = 1, story: str = "a story") -> SeenTake:
    return SeenTake(render, story, f"1/{render}.mp4", 10, "hash", 10, "hash")


def brought_home() -> Evidence:
    """Return what one press that went well leaves."""
    return Evidence(
        attempted={"a story": 1},
        acknowledged={"a story"},
        charges=[Charge("t1", "a story")],
        renders=[SeenRender(1, "a story", "ready", "t1", events=path(*PATH))],
        takes=[whole()],
    )


def unsure(**changes: object) -> SeenRender:
    seen = SeenRender(
        1,
        "a story",
        "unsure",
        reason="interrupted",
        message="It may have been accepted.",
        events=path("", "queued", "submitting", "unsure"),
    )
    return replace(seen, **changes)


def found(evidence: Evidence) -> dict[str, int]:
    """Return the kinds that were found, with how many of each."""
    return {kind: count for kind, count in judge(evidence).counts().items() if count}


def test_what_went_well_passes():
    assert judge(brought_home()).passed


def test_a_way_back_through_a_refusal_and_an_adopted_task_pass():
    evidence = brought_home()
    way = path(
        "", "queued", "submitting", "queued", "submitting", "unsure", "waiting", "saving", "ready"
    )
    evidence.renders = [replace(evidence.renders[0], events=way)]
    assert judge(evidence).passed


def test_an_acknowledged_press_without_a_render_is_lost():
    evidence = Evidence(attempted={"a story": 1}, acknowledged={"a story"})
    assert found(evidence) == {"lost": 1}


@pytest.mark.parametrize(
    "change", [{"bytes_found": None}, {"bytes_found": 9}, {"sha256_found": "x"}]
)
def test_a_take_whose_file_is_missing_or_other_is_lost(change):
    evidence = brought_home()
    evidence.takes = [replace(whole(), **change)]
    assert set(found(evidence)) == {"lost"}


def test_a_take_without_its_poster_is_lost():
    evidence = brought_home()
    evidence.takes = [replace(whole(), missing=("1/1-0.webp",))]
    assert set(found(evidence)) == {"lost"}


def test_a_paid_render_that_failed_here_alone_is_lost():
    evidence = brought_home()
    evidence.takes = []
    failed = SeenRender(1, "a story", "failed", "t1", "no_answer", "The service did not answer.")
    evidence.renders = [failed]
    assert found(evidence) == {"lost": 1}
    evidence.charges = [Charge("t1", "a story", failed=True)]
    assert judge(evidence).passed


def test_an_end_without_a_reason_is_lost():
    evidence = Evidence(attempted={"a story": 1}, renders=[unsure(message="")])
    assert found(evidence) == {"lost": 1}


def test_a_second_charge_for_one_press_is_double():
    evidence = brought_home()
    evidence.charges.append(Charge("t2", "a story"))
    # Whoever sent it again has also lost the first one.
    assert found(evidence) == {"double": 1, "orphan": 1}


def test_a_second_charge_for_a_second_press_is_not():
    evidence = brought_home()
    evidence.attempted = {"a story": 2}
    evidence.charges.append(Charge("t2", "a story"))
    evidence.renders.append(SeenRender(2, "a story", "ready", "t2", events=path(*PATH)))
    evidence.takes.append(whole(2))
    assert judge(evidence).passed


def test_a_charge_behind_nothing_visible_is_an_orphan():
    evidence = Evidence(
        attempted={"a story": 1},
        charges=[Charge("t1", "a story")],
        renders=[
            unsure(
                state="failed", reason="refused", events=path("", "queued", "submitting", "failed")
            )
        ],
    )
    assert found(evidence) == {"orphan": 1}


def test_without_hooks_one_unsure_render_stands_for_one_charge_and_no_more():
    evidence = Evidence(
        attempted={"a story": 2}, charges=[Charge("t1", "a story")], renders=[unsure()]
    )
    assert judge(evidence).passed
    evidence.charges.append(Charge("t2", "a story"))
    assert found(evidence) == {"orphan": 1}


def test_with_hooks_a_charge_stays_behind_an_unsure_render_only_when_its_hook_was_lost():
    evidence = Evidence(
        attempted={"a story": 1},
        charges=[Charge("t1", "a story")],
        renders=[unsure()],
        hooks=True,
    )
    assert found(evidence) == {"orphan": 1}
    evidence.charges = [Charge("t1", "a story", hook_lost=True)]
    assert judge(evidence).passed


def test_a_render_that_nobody_asked_for_is_unexpected():
    evidence = brought_home()
    evidence.attempted = {}
    assert found(evidence) == {"double": 1, "unexpected": 1}


def test_a_take_too_many_a_stray_file_and_a_task_never_charged_are_unexpected():
    evidence = brought_home()
    evidence.takes.append(whole())
    evidence.strays.append("1/stray.mp4")
    assert found(evidence) == {"unexpected": 2}
    evidence = brought_home()
    evidence.charges = []
    assert found(evidence) == {"unexpected": 1}


@pytest.mark.parametrize("state", ["queued", "submitting", "waiting", "rendering", "saving"])
def test_a_render_still_under_way_is_stuck(state):
    way = path(*PATH[: PATH.index(state) + 1])
    evidence = Evidence(
        attempted={"a story": 1}, renders=[SeenRender(1, "a story", state, events=way)]
    )
    assert found(evidence) == {"stuck": 1}


def test_an_end_that_is_still_leased_is_stuck():
    evidence = brought_home()
    evidence.renders = [replace(evidence.renders[0], leased=True)]
    assert found(evidence) == {"stuck": 1}


@pytest.mark.parametrize(
    "way",
    [
        path(*PATH, "saving", "ready"),
        path("", "queued", "submitting", "waiting", "rendering", "waiting", "saving", "ready"),
        path("", "queued", "submitting", "unsure", "queued", "submitting", "waiting", "ready"),
        (*path(*PATH[:4]), Event("saving", "ready")),
        path(*PATH[:-1]),
    ],
    ids=["after the end", "back to waiting", "resent", "a gap", "not as the log says"],
)
def test_a_history_that_goes_backwards_or_has_gaps_regresses(way):
    evidence = brought_home()
    evidence.renders = [replace(evidence.renders[0], events=way)]
    assert set(found(evidence)) == {"regress"}


def test_damage_and_tracebacks_are_reported():
    evidence = brought_home()
    evidence.damage.append("row 3 missing from index")
    evidence.tracebacks.append("KeyError: 'x'")
    assert found(evidence) == {"damage": 1, "tracebacks": 1}
    assert judge(evidence).findings()[0] == "damage: row 3 missing from index"


@pytest.mark.parametrize("bar", ["", "    | "])
def test_a_traceback_in_a_log_is_told_by_its_last_line(bar):
    lines = [
        "Traceback (most recent call last):",
        '  File "x.py", line 1',
        "    f()",
        "KeyError: 3",
    ]
    log = "a line\n" + "".join(f"{bar}{line}\n" for line in lines) + "another line\n"
    assert ends_of_tracebacks(log + log) == ["KeyError: 3"] * 2


def test_of_errors_that_led_to_one_another_the_last_counts():
    first = "Traceback (most recent call last):\nAttributeError: no cache\n\n"
    led = "During handling of the above exception, another exception occurred:\n\n"
    last = "Traceback (most recent call last):\nOperationalError: gone\n"
    assert ends_of_tracebacks(first + led + last) == ["OperationalError: gone"]
