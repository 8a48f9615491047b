"""The look panel, for the editor page to show."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import RequestContext

from storyboard.looks.panel import look_context
from storyboard.stories.models import Project

register = template.Library()


@register.inclusion_tag("looks/_look.html", takes_context=True)
def look_panel(context: RequestContext, project: Project) -> dict[str, Any]:
    """Show a project's look; the page's `look_refused`, if any, is what was typed in vain."""
    shown = look_context(project, **(context.get("look_refused") or {}))
    return {**shown, "csrf_token": context.get("csrf_token"), "oob": context.get("oob", False)}
