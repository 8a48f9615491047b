"""Pollers that break the rules on purpose, to show that the checker tells: never the product.

`python -m faults.mutants resend poller ...` is `manage.py poller ...` with that one change.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta

import django
from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "storyboard.settings")
django.setup()

from faults import HASTY, HASTY_SECONDS
from storyboard.renders import poller
from storyboard.renders.models import Render
from storyboard.renders.states import State
from storyboard.renders.steps import Steps


def resend(steps: Steps, render: Render) -> None:
    """Send again what may have been accepted, as a naive queue would."""
    at = steps.clock()
    render.advance(State.QUEUED, at=at, note="sent again by itself", next_step_at=at)


def forget(steps: Steps, render: Render) -> None:
    """Fail what may have been accepted, as if nothing could have been charged."""
    at = steps.clock()
    steps._fail(render, at, "interrupted", "Storyboard was interrupted. Nothing was charged.")


MUTANTS = {"resend": resend, "forget": forget}


def main() -> None:
    if sys.argv[1] == HASTY:
        # Not a mutant: an honest poller with short leases.
        poller.LEASE = timedelta(seconds=HASTY_SECONDS)
    else:
        Steps.orphaned = MUTANTS[sys.argv[1]]  # type: ignore[method-assign]
    execute_from_command_line(["manage.py", *sys.argv[2:]])


if __name__ == "__main__":
    main()
