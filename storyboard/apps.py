from __future__ import annotations

from django.apps import AppConfig

from storyboard.supervised import leave_with_supervisor


class SiteConfig(AppConfig):
    """The front door: the commands that start Storyboard, and the checks of its settings."""

    name = "storyboard"
    label = "storyboard_site"

    def ready(self) -> None:
        # Registers the system checks; they read settings, which must be whole by then.
        from storyboard import checks  # noqa: F401

        leave_with_supervisor()
