"""Storyboard under faults: kills, a failing service, and a checker of what was paid for."""
