"""What the templates of stories need beyond Django's own filters."""

from __future__ import annotations

from django import template

from storyboard.stories.budget import Clip

register = template.Library()


@register.filter
def clip_seconds(clip: Clip, fps: float) -> str:
    """Return a clip's length in seconds, with one decimal."""
    return f"{clip.used / fps:.1f}"


@register.filter
def unlocalize_number(value: float) -> str:
    """Return a number as scripts read it, whatever the page's language."""
    return f"{value:g}"
