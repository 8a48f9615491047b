"""The top bar's word on what waits for this person; no word where nothing does."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context
from django.utils import timezone

from storyboard.renders import attention

register = template.Library()


@register.inclusion_tag("renders/_attention_link.html", takes_context=True)
def attention_link(context: Context) -> dict[str, Any]:
    user = context.get("user")
    known = user and user.is_authenticated
    return {
        "waiting": attention.count(user, timezone.now()) if user and known else 0,
        "most": attention.SHOWN,
        "oob": context.get("oob", False),
    }
