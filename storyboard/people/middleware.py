"""Requests of signed-out people, answered where they can be seen."""
