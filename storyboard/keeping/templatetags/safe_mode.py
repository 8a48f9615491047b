"""The banner that says on every page that nothing is sent."""

from __future__ import annotations

from typing import Any

from django import template
from django.db import Error

from storyboard.people.access import keeps_installation
from storyboard.renders.safe_mode import SafeMode

register = template.Library()


@register.inclusion_tag("keeping/_safe_mode.html", takes_context=True)
def safe_mode_banner(context: dict[str, Any]) -> dict[str, Any]:
    """Speak to people with an account alone; a page about a broken database stays a page."""
    user = getattr(context.get("request"), "user", None)
    try:
        if user is None or not user.is_authenticated:
            return {"mode": None}
        mode = SafeMode.objects.current()
        return {"mode": mode, "keeper": mode is not None and keeps_installation(user)}
    except Error:
        return {"mode": None}
