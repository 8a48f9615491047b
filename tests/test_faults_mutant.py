"""A poller that breaks the rules does not pass `make faults`, nor does a forgotten point."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from faults.deaths import at_point
from faults.run import Run, new_folder
from storyboard.renders import crash

HOUSE = Path(crash.__file__).resolve().parent.parent


@pytest.fixture
def folder():
    found = new_folder()
    yield found
    shutil.rmtree(found)


@pytest.mark.process
@pytest.mark.parametrize(("mutant", "kind"), [("", ""), ("resend", "double"), ("forget", "orphan")])
def test_what_a_poller_does_wrong_after_a_lost_answer_is_found(folder, mutant, kind):
    result = at_point(Run(1, True, folder, mutant=mutant), "submit answered", False)
    assert result.failures == []
    assert result.passed is (not mutant), result.verdict.findings()
    assert not kind or result.verdict.counts()[kind]


def test_every_crash_point_in_the_code_is_one_that_is_run():
    passed = {
        name
        for path in HOUSE.rglob("*.py")
        for name in re.findall(r'crash\.point\("([^"]+)"\)', path.read_text())
    }
    points = (crash.POINTS, crash.HOOK_POINTS, crash.RESTORE_POINTS, crash.FILM_POINTS)
    assert passed == {name for group in points for name in group}
