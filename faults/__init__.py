"""Storyboard under faults: kills, a failing service, and a checker of what was paid for."""

# A poller whose leases end after so many seconds, so that one can wait for it.
HASTY = "hasty"
HASTY_SECONDS = 3.0
